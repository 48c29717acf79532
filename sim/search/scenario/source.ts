/**
 * A scenario before anybody has judged it: plain data, and where each part of it was written. The data has maps
 * without prototypes' names, lists, text, finite numbers, flags and null, is a tree, and is small.
 */
import { type Finding, formatPath, type Path, type Problem } from './problem.ts';

/** More levels than any scenario has. */
export const DEPTH_MAX = 40;
/** More values than any scenario has; a bomb of aliases stops here. */
export const VALUES_MAX = 50_000;

/** A position in a text, from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** Where a value and the key that leads to it were written. */
export interface Place {
  readonly value: Position;
  readonly key?: Position;
}

export type Data = null | boolean | number | string | Data[] | DataMap;
export interface DataMap {
  [key: string]: Data;
}

/** Names that mean something else to JavaScript: as keys they are errors everywhere. */
const FORBIDDEN_KEYS: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);

/** Why `key` may not be a key, or undefined if it may. */
export const forbidden = (key: string): string | undefined =>
  FORBIDDEN_KEYS.has(key) ? `"${key}" may not be a key` : undefined;

export const isMap = (value: unknown): value is DataMap =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const pathKey = (path: Path): string => path.join('\u0000');

export class Source {
  readonly file: string;
  root: Data;
  readonly #places = new Map<string, Place>();
  /** What `--set` has written, the newest last: `at` is the topmost part that was not there before. */
  readonly #overrides: { readonly at: Path; readonly set: Path }[] = [];

  constructor(file: string, root: Data = {}) {
    this.file = file;
    this.root = root;
  }

  place(path: Path, place: Place): void {
    this.#places.set(pathKey(path), place);
  }

  /** Writes a value over whatever stands at `path`; maps on the way are created. Returns why it cannot, if so. */
  override(path: Path, value: Data): string | undefined {
    if (!isMap(this.root)) return undefined; // The root will be reported as what it is.
    let target: Data = this.root;
    let created: Path | undefined;
    for (const [depth, step] of path.entries()) {
      const walked = formatPath(path.slice(0, depth));
      if (Array.isArray(target)) {
        if (typeof step !== 'number') return `${walked} is a list, and "${step}" is not an index`;
        if (step > target.length) return `${walked} has no index ${step}`;
      } else if (!isMap(target)) {
        return `${walked} is neither a map nor a list`;
      } else if (typeof step === 'number') {
        return `${walked || 'a scenario'} is a map, and ${step} is not one of its keys`;
      }
      const parent = target as Record<string | number, Data>;
      if (depth === path.length - 1) parent[step] = value;
      else if (!Object.hasOwn(parent, step) || parent[step] === null) {
        created ??= path.slice(0, depth + 1);
        parent[step] = typeof path[depth + 1] === 'number' ? [] : {};
      }
      target = parent[step]!;
    }
    this.#overrides.push({ at: created ?? path, set: path });
    return undefined;
  }

  /** The finding as a problem: at its line, under its `--set`, or with its path. */
  locate({ path, at = 'value', message, hint }: Finding): Problem {
    const said = { message, ...(hint !== undefined && { hint }) };
    const known = this.#nearestValue(path);
    const override = this.#overrides.findLast(({ at: top }) =>
      top.every((step, index) => known[index] === step),
    );
    if (override !== undefined) {
      const [set, place] = [formatPath(override.set), formatPath(known)];
      return { file: `--set ${set}`, ...(place !== set && { path: place }), ...said };
    }
    for (let length = known.length; length >= 0; length--) {
      const place = this.#places.get(pathKey(known.slice(0, length)));
      if (place === undefined) continue;
      const wantsKey = at === 'key' && length === path.length;
      return { file: this.file, ...((wantsKey && place.key) || place.value), ...said };
    }
    return { file: this.file, ...(known.length > 0 && { path: formatPath(known) }), ...said };
  }

  /** The longest beginning of `path` at which something is written. */
  #nearestValue(path: Path): Path {
    let value: unknown = this.root;
    for (const [depth, step] of path.entries()) {
      if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step))
        return path.slice(0, depth);
      value = (value as Record<string | number, unknown>)[step];
    }
    return path;
  }
}

/** Takes over a value that a module exports: a copy in plain data, or what in it cannot be. */
export function readValue(value: unknown, file: string): { source: Source; problems: Problem[] } {
  const source = new Source(file);
  const findings: Finding[] = [];
  let count = 0;
  const copy = (part: unknown, path: Path): Data => {
    count += 1;
    if (count > VALUES_MAX || path.length > DEPTH_MAX) {
      if (findings.length === 0)
        findings.push({ path: [], message: 'the value is too large, or contains itself' });
      return null;
    }
    if (part === null || typeof part === 'boolean' || typeof part === 'string') return part;
    if (typeof part === 'number' && Number.isFinite(part)) return part;
    if (Array.isArray(part)) return Array.from(part, (item, index) => copy(item, [...path, index]));
    if (typeof part === 'object') {
      const map: DataMap = {};
      for (const [key, item] of Object.entries(part)) {
        const reason = forbidden(key);
        if (reason !== undefined) findings.push({ path, message: reason });
        else if (item !== undefined) map[key] = copy(item, [...path, key]);
      }
      return map;
    }
    findings.push({
      path,
      message: `${typeof part === 'number' ? part : typeof part} is not plain data`,
    });
    return null;
  };
  try {
    source.root = copy(value ?? null, []);
  } catch (error) {
    findings.push({ path: [], message: `the value cannot be read: ${String(error)}` });
  }
  return { source, problems: findings.map((finding) => locateIn(source, finding)) };
}

// Functions and the like are not copied, so that `locate` would not find them: the path is the best there is.
function locateIn(source: Source, { path, message }: Finding): Problem {
  return { file: source.file, ...(path.length > 0 && { path: formatPath(path) }), message };
}

/**
 * What scenario files can name: protocols, workloads, checks and models. A catalogue is passed in wherever names
 * are resolved, so that the search knows no protocol and a user adds his own.
 */
import type { Clients, OptionTable, Protocol } from '../../protocols/protocol.ts';
import { hintFor } from './scenario/nearest.ts';
import { WORKLOAD_KEYS } from './scenario/schema.ts';

/** What a scenario file needs to know about a workload; how it runs is added by whoever runs it. */
export interface WorkloadInfo {
  readonly name: string;
  /** One line. */
  readonly about: string;
  /** The client library that it works through. */
  readonly needs: keyof Clients;
  /** The model that its history is judged by. */
  readonly model?: string;
  readonly options: OptionTable;
  /** The checks of a scenario that names none. */
  readonly checks: readonly string[];
}

export interface CheckInfo {
  readonly name: string;
  /** One line. */
  readonly about: string;
  /**
   * When it is judged: at every turn, once in a sweep, in the recovery phase, at its end, or over the finished history.
   */
  readonly kind: 'always' | 'sometimes' | 'eventually' | 'finally' | 'history';
  readonly options: OptionTable;
  /** Judged in every run, named or not; such a check may be the one that `expect` names. */
  readonly everywhere?: boolean;
}

export interface ModelInfo {
  readonly name: string;
  /** One line. */
  readonly about: string;
}

export interface Catalogue<
  W extends WorkloadInfo = WorkloadInfo,
  C extends CheckInfo = CheckInfo,
  M extends ModelInfo = ModelInfo,
> {
  readonly protocols: ReadonlyMap<string, Protocol>;
  readonly workloads: ReadonlyMap<string, W>;
  readonly checks: ReadonlyMap<string, C>;
  readonly models: ReadonlyMap<string, M>;
}

/** What goes into a catalogue; names are taken from the entries. */
export interface Entries<
  W extends WorkloadInfo = WorkloadInfo,
  C extends CheckInfo = CheckInfo,
  M extends ModelInfo = ModelInfo,
> {
  readonly protocols?: readonly Protocol[];
  readonly workloads?: readonly W[];
  readonly checks?: readonly C[];
  readonly models?: readonly M[];
}

/**
 * Builds a catalogue.
 * @throws TypeError if two entries have one name, or an entry refers to another that is missing
 */
export function catalogueOf<W extends WorkloadInfo, C extends CheckInfo, M extends ModelInfo>(
  entries: Entries<W, C, M>,
): Catalogue<W, C, M> {
  const catalogue = {
    protocols: named('protocol', entries.protocols ?? []),
    workloads: named('workload', entries.workloads ?? []),
    checks: named('check', entries.checks ?? []),
    models: named('model', entries.models ?? []),
  };
  for (const workload of catalogue.workloads.values()) {
    const { name, model, checks, options } = workload;
    if (model !== undefined && !catalogue.models.has(model)) {
      throw new TypeError(`workload "${name}" refers to model "${model}", which the catalogue does not have`);
    }
    for (const check of checks) {
      if (catalogue.checks.has(check)) continue;
      throw new TypeError(`workload "${name}" refers to check "${check}", which the catalogue does not have`);
    }
    const clash = Object.keys(options).find((option) => WORKLOAD_KEYS.includes(option));
    if (clash !== undefined)
      throw new TypeError(`workload "${name}" cannot have an option called "${clash}"`);
  }
  return catalogue;
}

function named<T extends { readonly name: string }>(noun: string, entries: readonly T[]): Map<string, T> {
  const map = new Map<string, T>();
  for (const entry of entries) {
    if (map.has(entry.name))
      throw new TypeError(`two entries of the catalogue are called ${noun} "${entry.name}"`);
    map.set(entry.name, entry);
  }
  return map;
}

/** An entry by its name, or a hint at the nearest names. */
export function lookUp<T>(
  entries: ReadonlyMap<string, T>,
  name: string,
): { readonly found: T } | { readonly found: undefined; readonly hint?: string } {
  const found = entries.get(name);
  if (found !== undefined) return { found };
  const hint = hintFor(name, [...entries.keys()]);
  return { found: undefined, ...(hint !== undefined && { hint }) };
}

/** True of what names a module (`./my-protocol.ts`) rather than an entry of a catalogue. */
export const isModulePath = (name: string): boolean =>
  /^(\.{1,2}[/\\]|[/\\]|file:)/.test(name) || /\.[cm]?[jt]s$/.test(name);

/**
 * Adds what a user's module exports: `protocol` (or the default export), which the scenario names by `path`, and if
 * it likes arrays of `workloads`, `checks` and `models`. Entries of the same name as a built-in one replace it.
 * Says what is wrong with the module instead of throwing.
 */
export function withModule<W extends WorkloadInfo, C extends CheckInfo, M extends ModelInfo>(
  catalogue: Catalogue<W, C, M>,
  path: string,
  module: unknown,
):
  | { readonly ok: true; readonly catalogue: Catalogue<W, C, M> }
  | { readonly ok: false; readonly message: string } {
  const exported = isRecord(module) ? module : {};
  const protocol = exported.protocol ?? exported.default;
  const flaw = flawOfProtocol(protocol);
  if (flaw !== undefined) return { ok: false, message: `${path}: ${flaw}` };
  const added: Record<'workloads' | 'checks' | 'models', readonly unknown[]> = {
    workloads: [],
    checks: [],
    models: [],
  };
  for (const key of ['workloads', 'checks', 'models'] as const) {
    const list = exported[key] ?? [];
    if (!Array.isArray(list) || !list.every((entry) => isRecord(entry) && typeof entry.name === 'string')) {
      return { ok: false, message: `${path}: its export "${key}" is not an array of entries with names` };
    }
    added[key] = list;
  }
  try {
    const { workloads, checks, models } = catalogue;
    const merged = catalogueOf<W, C, M>({
      workloads: [...new Map([...workloads, ...byName(added.workloads as readonly W[])]).values()],
      checks: [...new Map([...checks, ...byName(added.checks as readonly C[])]).values()],
      models: [...new Map([...models, ...byName(added.models as readonly M[])]).values()],
    });
    const protocols = new Map(catalogue.protocols).set(path, protocol as Protocol);
    return { ok: true, catalogue: { ...merged, protocols } };
  } catch (error) {
    return { ok: false, message: `${path}: ${(error as Error).message}` };
  }
}

const byName = <T extends { readonly name: string }>(entries: readonly T[]): [string, T][] =>
  entries.map((entry) => [entry.name, entry]);

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null;

/** What a value lacks of a protocol; undefined if nothing. */
function flawOfProtocol(value: unknown): string | undefined {
  if (!isRecord(value)) return 'the module exports no "protocol"';
  for (const key of ['name', 'about', 'promise']) {
    if (typeof value[key] !== 'string') return `its protocol has no text called "${key}"`;
  }
  for (const key of ['options', 'roles', 'clients']) {
    if (!isRecord(value[key])) return `its protocol has no "${key}"`;
  }
  const roles = Object.entries(value.roles as Record<string, unknown>);
  if (roles.length === 0) return 'its protocol has no role';
  for (const [name, role] of roles) {
    const complete =
      isRecord(role) &&
      typeof role.prefix === 'string' &&
      Number.isSafeInteger(role.count) &&
      typeof role.program === 'function';
    if (!complete) return `role "${name}" of its protocol lacks a prefix, a count or a program`;
  }
  for (const [name, option] of Object.entries(value.options as Record<string, unknown>)) {
    const known = isRecord(option) && ['duration', 'integer', 'flag', 'choice'].includes(String(option.type));
    if (!known) return `option "${name}" of its protocol has no known type`;
  }
  return undefined;
}

/**
 * Failure files: everything that it takes to see a failure again, as JSON. The tape (every draw of the run) is by far
 * the largest part and is kept compressed.
 */
import { createHash } from 'node:crypto';
import { mkdir, open, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { deflateSync, inflateSync } from 'node:zlib';
import { z } from 'zod';
import type { Tape } from '../kernel/choices.ts';
import type { Outcome, Story } from '../search/outcome.ts';
import type { Scenario } from '../search/scenario/scenario.ts';
import type { Smallest } from '../search/shrink/smallest.ts';
import { near, writeWhole } from './bundle.ts';
import { version } from './installation.ts';

export interface Failure {
  /** The version of skerry that wrote it. */
  readonly version: string;
  readonly scenario: {
    /** As in reports: `raft/partition`. */
    readonly name: string;
    readonly file: string;
    /** `hashOf(value)` when it was written. */
    readonly hash: string;
    readonly value: Scenario;
  };
  /** What ran: for a user's module, see `LoadedModule`. */
  readonly program: { readonly hash: string; readonly modules: readonly string[] };
  readonly seed: string;
  readonly verdict: Outcome['verdict'];
  readonly violations: Outcome['violations'];
  readonly fingerprint: string;
  readonly events: number;
  readonly tape: Tape;
  readonly story?: Story;
  /** The smallest failure that was found for the seed. */
  readonly shrunk?: Smallest;
  /** What is expected of it when it is run as a regression: at first what its scenario expects. */
  readonly expect: 'held' | 'broken';
}

/** A file that is no failure file, or not one that this version can read. */
export class FailureFileError extends Error {
  override readonly name = 'FailureFileError';
  readonly file: string;
  /** What is wrong, without the name of the file. */
  readonly reason: string;
  constructor(file: string, reason: string) {
    super(`${near(file)}: ${reason}`);
    this.file = file;
    this.reason = reason;
  }
}

const schemaNumber = 1;
const word = z.string();
const count = z.number().int().nonnegative();

const StoredStory = z.object({
  check: word.optional(),
  promise: word.optional(),
  headline: word,
  sentences: z.array(
    z.object({
      atUs: z.number(),
      kind: z.enum(['fault', 'heal', 'host', 'operation', 'violation']).optional(),
      text: word,
    }),
  ),
});

const StoredViolation = z.looseObject({
  check: word,
  message: word,
  atUs: z.number().optional(),
  evidence: z.looseObject({}).or(z.array(z.unknown())).optional(),
});

const fingerprint = z.string().regex(/^[0-9a-f]{16}$/, 'it has 16 hexadecimal digits');
const StoredSize = z.object({
  faults: count,
  operations: count,
  nodes: count,
  clients: count,
  virtualUs: z.number(),
});

const StoredSmallest = z.object({
  scenario: z.looseObject({ schema: z.number() }),
  /** `hashOf(scenario)`. */
  hash: word,
  ...{ seed: word, check: word, violations: z.array(StoredViolation).min(1), fingerprint, events: count },
  ...{ before: StoredSize, after: StoredSize, runs: count, wallMs: z.number() },
  ...{ isCutShort: z.boolean(), ranOutOfTime: z.boolean().default(false) },
  necessity: z.array(z.object({ fault: count, text: word, isNeeded: z.boolean() })),
  decisions: z.array(word),
  story: StoredStory,
});

const Stored = z.object({
  schema: z.literal(schemaNumber),
  tool: z.literal('skerry'),
  version: word,
  scenario: z.object({ name: word, file: word, hash: word, value: z.looseObject({ schema: z.number() }) }),
  program: z.object({ hash: word, modules: z.array(word) }),
  seed: word,
  expect: z.enum(['held', 'broken']).default('held'),
  verdict: z.enum(['held', 'broken', 'unknown']),
  violations: z.array(StoredViolation),
  fingerprint,
  events: count,
  tape: z.base64(),
  story: StoredStory.optional(),
  shrunk: StoredSmallest.optional(),
});

/** Each label with the gaps between its ordinals and the values drawn: small numbers, which compress well. */
const StoredTape = z.array(z.tuple([word, z.array(count), z.array(count)]));

/** SHA-256 in hexadecimal of plain data, whatever the order of keys. */
export function hashOf(value: unknown): string {
  const sorted = JSON.stringify(value, (_, part: unknown) => {
    if (typeof part !== 'object' || part === null || Array.isArray(part)) return part;
    return Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
  return createHash('sha256').update(sorted).digest('hex');
}

/** Where the failure of a scenario with a seed is kept: `.skerry/failures/raft-partition-42.json`. */
export function failurePath(scenario: string, seed: string): string {
  const name = `${scenario}-${seed}`;
  let plain = name.replace(/[^\w.]+/g, '-').replace(/^[-.]+/, '');
  // Scenarios differ in the place of a slash hardly ever, seeds may be any text.
  if (!/^[\w.-]{1,40}$/.test(seed) || plain.length > 120) {
    plain = `${plain.slice(0, 100)}-${hashOf(name).slice(0, 8)}`;
  }
  return join('.skerry', 'failures', `${plain}.json`);
}

/**
 * Writes a failure to its place in a folder, which comes to exist; nobody ever sees half a file.
 * @param folder default: the working directory
 * @returns the path from that folder
 */
export async function writeFailure(failure: Omit<Failure, 'version'>, folder = '.'): Promise<string> {
  const { scenario, seed, expect, tape, story, shrunk, ...rest } = failure;
  const path = failurePath(scenario.name, seed);
  const stored = {
    ...{ schema: schemaNumber, tool: 'skerry', version: version() },
    // What a person may want to change stands first.
    ...{ expect, scenario, seed, ...rest, ...(story !== undefined && { story }) },
    ...(shrunk !== undefined && { shrunk: { ...shrunk, hash: hashOf(shrunk.scenario) } }),
    tape: packTape(tape),
  };
  const file = resolve(folder, path);
  await mkdir(resolve(folder, '.skerry', 'failures'), { recursive: true });
  await writeWhole(file, `${JSON.stringify(stored, undefined, 2)}\n`);
  return path;
}

/** Whether a file begins as failure files do. */
export async function isFailureFile(file: string): Promise<boolean> {
  const handle = await open(file).catch(() => undefined);
  if (handle === undefined) return false;
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(200), 0, 200, 0);
    const head = buffer.toString('utf8', 0, bytesRead);
    return /^\s*\{\s*"schema":\s*\d+,\s*"tool":\s*"skerry"/.test(head);
  } catch {
    return false;
  } finally {
    await handle.close();
  }
}

/** @throws FailureFileError if the file is missing, damaged, of another tool, or of a newer version */
export async function readFailure(file: string): Promise<Failure> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    const reasons: Record<string, string> = { ENOENT: 'there is no such file', EISDIR: 'it is a folder' };
    throw new FailureFileError(file, reasons[error.code ?? ''] ?? `it cannot be read (${error.code})`);
  });
  return failureOf(text, file);
}

function failureOf(text: string, file: string): Failure {
  const raw = parse(text, file);
  if (typeof raw !== 'object' || raw === null || (raw as { tool?: unknown }).tool !== 'skerry') {
    throw new FailureFileError(file, 'it is JSON, but no failure file of skerry ("tool" is not "skerry")');
  }
  const { schema, version: writer } = raw as { schema?: unknown; version?: unknown };
  if (typeof schema === 'number' && schema > schemaNumber) {
    const reason = `it was written by skerry ${writer}, which is newer than this one (${version()})`;
    throw new FailureFileError(file, `${reason}; update skerry to replay it`);
  }
  if (schema === undefined) {
    throw new FailureFileError(file, 'it comes from skerry, but is no failure file: it has no "schema"');
  }
  const parsed = Stored.safeParse(raw);
  if (!parsed.success) {
    const { path, message } = parsed.error.issues[0]!;
    throw new FailureFileError(file, `it was edited or damaged: ${path.join('.')}: ${message}`);
  }
  const { scenario, shrunk, tape, tool: _, schema: __, ...rest } = parsed.data;
  const value = scenario.value as unknown as Scenario;
  return {
    ...rest,
    scenario: { ...scenario, value },
    ...(shrunk !== undefined && { shrunk: unedited(shrunk, file) }),
    tape: unpackTape(tape, file),
  } as Failure;
}

function unedited({ hash, ...shrunk }: z.infer<typeof StoredSmallest>, file: string): object {
  if (hashOf(shrunk.scenario) === hash) return shrunk;
  throw new FailureFileError(
    file,
    'the shrunk scenario in it was edited or damaged: it does not match its hash',
  );
}

function parse(text: string, file: string): unknown {
  if (text.trim() === '') throw new FailureFileError(file, 'it is empty');
  try {
    return JSON.parse(text);
  } catch (error) {
    // A whole one ends in a brace; everything else is not for us to tell apart.
    const isCut = text.trimStart().startsWith('{') && !text.trimEnd().endsWith('}');
    if (isCut) throw new FailureFileError(file, `it was cut off after ${text.length} characters`);
    throw new FailureFileError(file, `it is not JSON: ${(error as Error).message}`);
  }
}

/** A tape as text: deflated JSON in base64. */
function packTape(tape: Tape): string {
  const stored: z.infer<typeof StoredTape> = [];
  for (const [label, values] of tape) {
    const ordinals = [...values.keys()].sort((a, b) => a - b);
    const gaps = ordinals.map((ordinal, index) => ordinal - (ordinals[index - 1] ?? 0));
    stored.push([label, gaps, ordinals.map((ordinal) => values.get(ordinal)!)]);
  }
  return deflateSync(JSON.stringify(stored)).toString('base64');
}

/** More than any run draws; a hostile file stops here. */
const tapeBytesMax = 1 << 29;

function unpackTape(packed: string, file: string): Tape {
  let stored: z.infer<typeof StoredTape>;
  try {
    const json = inflateSync(Buffer.from(packed, 'base64'), { maxOutputLength: tapeBytesMax });
    stored = StoredTape.parse(JSON.parse(json.toString()));
  } catch {
    throw new FailureFileError(file, 'its tape is damaged; its seed may still show the failure');
  }
  const tape = new Map<string, Map<number, number>>();
  for (const [label, gaps, drawn] of stored) {
    if (gaps.length !== drawn.length) throw new FailureFileError(file, `its tape is damaged at "${label}"`);
    const values = new Map<number, number>();
    let ordinal = 0;
    for (const [index, gap] of gaps.entries()) {
      ordinal += gap;
      values.set(ordinal, drawn[index]!);
    }
    tape.set(label, values);
  }
  return tape;
}

/** From a text, or from the value that a module exports, to a scenario or to everything that is wrong with it. */
import type { Catalogue } from '../catalogue.ts';
import { check, unknownKey } from './findings.ts';
import { type Finding, formatProblem, type Problem } from './problem.ts';
import { resolve } from './resolve.ts';
import type { Scenario } from './scenario.ts';
import { type ScenarioFile, type Sections, scenarioFile } from './schema.ts';
import { forbidden, isMap, readValue, type Source } from './source.ts';
import { shown } from './units.ts';
import { readYaml } from './yaml.ts';

export interface ParseOptions {
  /** As problems name it. */
  readonly file: string;
  readonly catalogue: Catalogue;
  /** Values written over those of the file: `network.loss=5%`, `faults[0].at=2s`. Later ones win. */
  readonly set?: readonly string[];
}

/** A scenario, or at least one problem. */
export type Parsed =
  | { readonly ok: true; readonly scenario: Scenario }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/** Reads the text of a scenario file. Never throws: whatever is wrong with the text is a problem with its place. */
export function parseScenario(text: string, options: ParseOptions): Parsed {
  return parse(readYaml(text, options.file), options);
}

/** Reads the value that a scenario module exports, in the notation of a file; problems name the path of the value. */
export function readScenario(value: unknown, options: ParseOptions): Parsed {
  return parse(readValue(value, options.file), options);
}

/** Gives a scenario in a module its type: `export default defineScenario({ schema: 1, … })`. */
export const defineScenario = (scenario: ScenarioFile): ScenarioFile => scenario;

/** The protocol that a text asks for, so that a module can be loaded before the text is parsed. */
export function protocolNameOf(text: string, set: readonly string[] = []): string | undefined {
  return protocolIn(readYaml(text, '').source, set);
}

/** The same for the value that a scenario module exports. */
export function protocolNameOfValue(value: unknown, set: readonly string[] = []): string | undefined {
  return protocolIn(readValue(value, '').source, set);
}

function protocolIn(source: Source, set: readonly string[]): string | undefined {
  for (const assignment of set) assign(source, assignment);
  const name = isMap(source.root) ? source.root.protocol : undefined;
  return typeof name === 'string' ? name : undefined;
}

function parse(
  read: { readonly source: Source; readonly problems: readonly Problem[] },
  options: ParseOptions,
): Parsed {
  const { source } = read;
  const problems = [...read.problems];
  // Nothing more can be said about what could not be read at all.
  const unread = problems.length > 0 && isMap(source.root) && Object.keys(source.root).length === 0;
  if (unread) return { ok: false, problems };
  for (const assignment of options.set ?? []) problems.push(...assign(source, assignment));
  const { scenario, findings } = judge(source, options.catalogue);
  // What could not be read has been told: that nothing stands in its place is no news.
  const told = new Set(problems.map(placeOf));
  for (const problem of findings.map((finding) => source.locate(finding))) {
    if (problem.line === undefined || !told.has(placeOf(problem))) problems.push(problem);
  }
  if (scenario !== undefined && problems.length === 0) return { ok: true, scenario };
  // A value that several aliases stand for is wrong in each place, and told once.
  const distinct = new Map(problems.map((problem) => [formatProblem(problem), problem]));
  return { ok: false, problems: [...distinct.values()].sort(byPlace) };
}

function judge(
  source: Source,
  catalogue: Catalogue,
): { scenario: Scenario | undefined; findings: Finding[] } {
  const { root } = source;
  if (!isMap(root)) {
    const message = `a scenario is a map, not ${shown(root)}`;
    return { scenario: undefined, findings: [{ path: [], message, hint: 'it starts with schema: 1' }] };
  }
  const sections: Record<string, unknown> = {};
  const { shape } = scenarioFile;
  const findings = Object.keys(root)
    .filter((key) => !Object.hasOwn(shape, key))
    .map((key) => unknownKey([], key, Object.keys(shape)));
  // Section by section, so that a problem in one does not hide what can be said about the others.
  for (const [key, schema] of Object.entries(shape)) {
    const section = check(schema, root[key], [key]);
    sections[key] = section.data;
    findings.push(...section.findings);
  }
  const resolved = resolve(sections as Sections, root, catalogue);
  findings.push(...resolved.findings);
  return { scenario: findings.length > 0 ? undefined : resolved.scenario, findings };
}

/** Applies one `path=value`, or says why it cannot be. */
function assign(source: Source, assignment: string): Problem[] {
  const equals = assignment.indexOf('=');
  const written = equals < 0 ? assignment : assignment.slice(0, equals);
  const refused = (message: string, hint?: string): Problem[] => [
    { file: `--set ${written}`, message, ...(hint !== undefined && { hint }) },
  ];
  const wellFormed = /^[\w-]+(\.[\w-]+|\[\d{1,6}\])*$/.test(written);
  if (equals < 0 || !wellFormed) return refused('not a path and a value', 'write --set network.loss=5%');
  const path = written
    .split(/\.|(?=\[)/)
    .map((step) => (/^\[?\d+\]?$/.test(step) ? Number(step.replace(/[[\]]/g, '')) : step));
  const reason = path.map((step) => forbidden(String(step))).find((found) => found !== undefined);
  if (reason !== undefined) return refused(reason);
  if (assignment.slice(equals + 1).trim() === '')
    return refused('there is no value', 'write --set network.loss=5%');
  const value = readYaml(assignment.slice(equals + 1), '');
  if (value.problems[0] !== undefined) return refused(value.problems[0].message, value.problems[0].hint);
  const failure = source.override(path, value.source.root);
  return failure === undefined ? [] : refused(failure);
}

const placeOf = ({ line, column }: Problem): string => `${line}:${column}`;

/** In the order of the text; what has no line comes last. */
function byPlace(a: Problem, b: Problem): number {
  const last = Number.MAX_SAFE_INTEGER;
  return (a.line ?? last) - (b.line ?? last) || (a.column ?? 0) - (b.column ?? 0);
}

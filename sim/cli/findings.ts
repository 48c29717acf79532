/** Broken seeds are run again with everything recorded, told, and kept as failure files. */
import type { Finding, Nondeterminism } from '../../reports/index.ts';
import {
  type Crew,
  findSmallest,
  type Loaded,
  type Outcome,
  promiseOf,
  runFully,
  type Smallest,
  tellStory,
} from '../entry/main.ts';
import { type Failure, writeFailure } from '../platform/failures.ts';
import { shellWord } from './arguments.ts';
import { fileTrouble } from './mistake.ts';
import { type ShrinkCost, shrinkingLine } from './shrinking.ts';
import type { Terminal } from './terminal.ts';

/** So many different checks of one scenario are told. */
const findingsMax = 3;

/** The first broken outcome of each check, in the order of the outcomes. */
function worthTelling(outcomes: readonly Outcome[]): Outcome[] {
  const first = new Map<string, Outcome>();
  for (const outcome of outcomes) {
    const check = outcome.violations[0]?.check;
    if (check !== undefined && !first.has(check)) first.set(check, outcome);
  }
  return [...first.values()].slice(0, findingsMax);
}

export interface Seen {
  readonly findings: readonly Finding[];
  /** Seeds that did not break in the same way when they were run again. */
  readonly nondeterministic: readonly Nondeterminism[];
}

export interface Looking {
  readonly crew: Crew;
  readonly watchdogMs?: number;
  readonly set: readonly string[];
  readonly terminal: Terminal;
  readonly signal: AbortSignal;
  readonly shrink: Shrinking;
}

/** What is shrunk: the first unexpected failure, if anything. */
export interface Shrinking {
  readonly what: 'nothing' | 'unexpected' | 'all';
  readonly budget: ShrinkCost;
}

/** Runs the broken seeds that are worth telling again, writes their failure files, and tells their stories. */
export async function lookCloser(
  loaded: Loaded,
  outcomes: readonly Outcome[],
  options: Looking,
): Promise<Seen> {
  const findings: Finding[] = [];
  const nondeterministic: Nondeterminism[] = [];
  let isOpen = true;
  for (const outcome of worthTelling(outcomes)) {
    if (isStuck(outcome)) {
      findings.push({ outcome, replay: seedCommand(loaded, outcome.seed, options.set) });
      continue;
    }
    const again = await runFully(loaded, outcome.seed, options);
    if (again.fingerprint !== outcome.fingerprint) {
      const message = `it broke (fingerprint ${outcome.fingerprint}), and was another run (${again.fingerprint}) when it was repeated`;
      nondeterministic.push({ seed: outcome.seed, message });
      continue;
    }
    let shrunk: Smallest | undefined;
    if (isOpen && isToShrink(loaded, outcome, options.shrink)) {
      isOpen = false;
      shrunk = await smallest(loaded, outcome, options);
    }
    findings.push(await told(loaded, again, shrunk, options));
  }
  return { findings, nondeterministic };
}

function isToShrink(loaded: Loaded, { violations }: Outcome, { what }: Shrinking): boolean {
  const { expect } = loaded.scenario;
  if (what !== 'unexpected') return what === 'all';
  // It was shrunk when it was found.
  if (loaded.regression !== undefined) return false;
  return expect.verdict === 'held' || (expect.by !== undefined && violations[0]?.check !== expect.by);
}

async function smallest(loaded: Loaded, { seed }: Outcome, options: Looking): Promise<Smallest | undefined> {
  const { crew, terminal, signal, shrink } = options;
  const line = shrinkingLine(terminal, loaded.name, seed);
  const { budget } = shrink;
  const found = await findSmallest(loaded, seed, { budget, onProgress: line.show, signal, crew }).finally(
    line.stop,
  );
  if (found.smallest === undefined && !signal.aborted) {
    terminal.say(terminal.sayPalette.doubt(`seed ${seed} was not shrunk: ${found.doubt}`));
  }
  return found.smallest;
}

async function told(
  loaded: Loaded,
  outcome: Outcome,
  shrunk: Smallest | undefined,
  { terminal, set }: Looking,
): Promise<Finding> {
  const { seed, violations } = outcome;
  const promise = promiseOf(violations[0]?.check);
  const story = tellStory(outcome, promise === undefined ? {} : { promise });
  // A folder that takes no files must not cost anybody the result; what comes from a failure file is kept already.
  const kept = loaded.regression === undefined ? undefined : regressionCommand(loaded, loaded.regression);
  const replay =
    kept ??
    (await keep(loaded, outcome, { story, shrunk }).then(
      (path) => `skerry replay ${shellWord(path)}`,
      (error) => {
        const text = `warning: no failure file for seed ${seed} in .skerry/failures: ${fileTrouble(error)}`;
        terminal.say(terminal.sayPalette.doubt(text));
        return seedCommand(loaded, seed, set);
      },
    ));
  const { full: _, ...lean } = outcome;
  return {
    outcome: lean,
    ...(story !== undefined && { story }),
    ...(shrunk !== undefined && { shrunk }),
    replay,
  };
}

/** What is known of broken seeds without running them again. */
export function lookQuickly(loaded: Loaded, outcomes: readonly Outcome[], set: readonly string[]): Finding[] {
  return worthTelling(outcomes).map((outcome) => ({
    outcome,
    replay: seedCommand(loaded, outcome.seed, set),
  }));
}

/** The watchdog ended it: there is no whole run to record, and running it again would only end the same way. */
const isStuck = ({ fingerprint }: Outcome): boolean => /^0+$/.test(fingerprint);

function seedCommand(loaded: Loaded, seed: string, set: readonly string[]): string {
  const { file, regression } = loaded;
  if (regression !== undefined) return regressionCommand(loaded, regression);
  const values = set.map((value) => ` --set ${shellWord(value)}`).join('');
  return `skerry replay ${shellWord(file)} --seed ${shellWord(seed)}${values}`;
}

function regressionCommand({ file }: Loaded, regression: NonNullable<Loaded['regression']>): string {
  return `skerry replay ${shellWord(file)}${regression === 'shrunk' ? ' --shrunk' : ''}`;
}

async function keep(
  loaded: Loaded,
  outcome: Outcome,
  { story, shrunk }: Pick<Failure, 'story' | 'shrunk'>,
): Promise<string> {
  const { name, file, hash, scenario, programHash, modules } = loaded;
  const { seed, verdict, violations, fingerprint, events, full } = outcome;
  return writeFailure({
    scenario: { name, file, hash, value: scenario },
    expect: scenario.expect.verdict,
    program: { hash: programHash, modules },
    ...{ seed, verdict, violations, fingerprint, events },
    tape: full?.tape ?? new Map(),
    ...(story !== undefined && { story }),
    ...(shrunk !== undefined && { shrunk }),
  });
}

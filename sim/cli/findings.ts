/** Broken seeds are run again with everything recorded, told, and kept as failure files. */
import type { Finding, Nondeterminism } from '../../reports/index.ts';
import { type Loaded, type Outcome, runFully, tellStory } from '../entry/main.ts';
import { writeFailure } from '../platform/failures.ts';
import { shellWord } from './arguments.ts';
import { fileTrouble } from './mistake.ts';

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

/** Runs the broken seeds that are worth telling again, writes their failure files, and tells their stories. */
export async function lookCloser(
  loaded: Loaded,
  outcomes: readonly Outcome[],
  options: { readonly watchdogMs?: number; readonly set: readonly string[]; warn(text: string): void },
): Promise<Seen> {
  const findings: Finding[] = [];
  const nondeterministic: Nondeterminism[] = [];
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
    const story = tellStory(again);
    // A folder that takes no files must not cost anybody the result.
    const replay = await keep(loaded, again).then(
      (path) => `skerry replay ${shellWord(path)}`,
      (error) => {
        options.warn(`no failure file for seed ${outcome.seed} in .skerry/failures: ${fileTrouble(error)}`);
        return seedCommand(loaded, outcome.seed, options.set);
      },
    );
    findings.push({
      outcome,
      ...(story !== undefined && { story }),
      replay,
    });
  }
  return { findings, nondeterministic };
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

function seedCommand({ file }: Loaded, seed: string, set: readonly string[]): string {
  const values = set.map((value) => ` --set ${shellWord(value)}`).join('');
  return `skerry replay ${shellWord(file)} --seed ${shellWord(seed)}${values}`;
}

async function keep(loaded: Loaded, outcome: Outcome): Promise<string> {
  const { name, file, hash, scenario, programHash, modules } = loaded;
  const { seed, verdict, violations, fingerprint, events, full } = outcome;
  const story = tellStory(outcome);
  const failure = {
    scenario: { name, file, hash, value: scenario },
    program: { hash: programHash, modules },
    ...{ seed, verdict, violations, fingerprint, events },
    tape: full?.tape ?? new Map(),
    ...(story !== undefined && { story }),
  };
  return writeFailure(failure);
}

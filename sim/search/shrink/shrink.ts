/**
 * From a broken run to the smallest one that breaks the same check: fewer faults, operations, clients and servers, less
 * time, a calmer world, rounder numbers. Everything that is left out is left out of a script (`concrete`), so that the
 * draws of the rest stay where they were.
 */
import type { Outcome } from '../outcome.ts';
import type { Scenario } from '../scenario/index.ts';
import { concrete } from './concrete.ts';
import { minimal } from './minimal.ts';
import { type Reduction, reductions } from './reductions.ts';

export interface ShrinkBudget {
  /** Runs at most. */
  readonly runs: number;
  /** Real milliseconds at most. */
  readonly wallMs: number;
}

export const shrinkBudgetDefault: ShrinkBudget = { runs: 3_000, wallMs: 30_000 };

/** Runs a scenario with the seed in question. */
export type Trial = (scenario: Scenario, record: 'lean' | 'full') => Promise<Outcome>;

/** How far shrinking is. */
export interface ShrinkProgress {
  readonly runs: number;
  readonly faults: number;
  readonly operations: number;
  readonly nodes: number;
}

export interface Shrunk {
  readonly scenario: Scenario;
  /** The run of it, recorded in full. */
  readonly outcome: Outcome;
  /** The check that breaks, before and after. */
  readonly check: string;
  readonly before: Size;
  readonly after: Size;
  readonly runs: number;
  readonly wallMs: number;
  /** True if the budget ended before everything was tried. */
  readonly isCutShort: boolean;
  /** Of each fault that is left, what becomes of the run without it. */
  readonly necessity: readonly { readonly fault: number; readonly without: Outcome['verdict'] }[];
}

export interface Size {
  readonly faults: number;
  readonly operations: number;
  readonly nodes: number;
  readonly clients: number;
  readonly virtualUs: number;
}

/**
 * @param outcome a broken run of the scenario, recorded in full
 * @returns undefined if the run cannot be written out: its script breaks nothing, or something else
 */
export async function shrink(
  scenario: Scenario,
  outcome: Outcome,
  trial: Trial,
  options: {
    readonly nowMs: () => number;
    /** Whether the workload takes a script (`Workload.performer`). */
    readonly takesScript: boolean;
    readonly budget?: Partial<ShrinkBudget>;
    readonly onProgress?: (progress: ShrinkProgress) => void;
  },
): Promise<Shrunk | undefined> {
  const check = outcome.violations[0]?.check;
  if (check === undefined) return undefined;
  const search = new Search(scenario, check, trial, options);
  return search.run(outcome);
}

class Search {
  readonly #scenario: Scenario;
  readonly #check: string;
  readonly #trial: Trial;
  readonly #nowMs: () => number;
  readonly #takesScript: boolean;
  readonly #startMs: number;
  readonly #budget: ShrinkBudget;
  readonly #onProgress: (progress: ShrinkProgress) => void;
  #runs = 0;
  #best: Scenario;
  #violatedUs = 0;

  constructor(scenario: Scenario, check: string, trial: Trial, options: Parameters<typeof shrink>[3]) {
    this.#scenario = scenario;
    this.#best = scenario;
    this.#check = check;
    this.#trial = trial;
    this.#nowMs = options.nowMs;
    this.#takesScript = options.takesScript;
    this.#startMs = options.nowMs();
    this.#budget = { ...shrinkBudgetDefault, ...options.budget };
    this.#onProgress = options.onProgress ?? (() => {});
  }

  async run(outcome: Outcome): Promise<Shrunk | undefined> {
    const script = concrete(this.#scenario, outcome, this.#takesScript);
    const before = sizeOf(script, outcome);
    this.#violatedUs = violatedUs(outcome);
    if (!(await this.#breaks(script))) return undefined;
    let size = -1;
    while (size !== weight(this.#best) && !this.#isOver) {
      size = weight(this.#best);
      await this.#leaveOut();
      for (const reduction of reductions) await this.#reduce(reduction);
    }
    const shown = await this.#trial(this.#best, 'full');
    const isCutShort = this.#isOver;
    return {
      scenario: this.#best,
      outcome: shown,
      check: this.#check,
      before,
      after: sizeOf(this.#best, shown),
      necessity: await this.#necessity(),
      runs: this.#runs,
      wallMs: this.#nowMs() - this.#startMs,
      isCutShort,
    };
  }

  /** Faults first: without them the rest is a shorter run. Then whole clients, then single operations. */
  async #leaveOut(): Promise<void> {
    const time = reductions.find(({ name }) => name === 'time')!;
    await this.#reduce(time);
    await minimal(this.#best.faults, (faults) => this.#breaks({ ...this.#best, faults }));
    await this.#reduce(time);
    const script = () => this.#best.workload.script ?? [];
    const clients = [...new Set(script().map(({ client }) => client))];
    const withScript = (operations: ReturnType<typeof script>): Scenario => ({
      ...this.#best,
      workload: { ...this.#best.workload, script: operations },
    });
    await minimal(clients, (kept) =>
      this.#breaks(withScript(script().filter(({ client }) => kept.includes(client)))),
    );
    await minimal(script(), (operations) => this.#breaks(withScript(operations)));
  }

  /** Tries the candidates until none of them breaks the check. */
  async #reduce(reduction: Reduction): Promise<void> {
    let isBetter = true;
    while (isBetter && !this.#isOver) {
      isBetter = false;
      for (const candidate of reduction.candidates(this.#best, this.#violatedUs)) {
        if (this.#isOver) return;
        if (!(await this.#breaks(candidate))) continue;
        isBetter = true;
        break;
      }
    }
  }

  async #necessity(): Promise<Shrunk['necessity']> {
    const found: { fault: number; without: Outcome['verdict'] }[] = [];
    for (const fault of this.#best.faults.keys()) {
      const { faults } = this.#best;
      const outcome = await this.#attempt({ ...this.#best, faults: faults.toSpliced(fault, 1) });
      const isSame = outcome?.violations[0]?.check === this.#check;
      // Another check may break in its place; this one holds.
      const verdict = outcome?.verdict ?? 'unknown';
      found.push({ fault, without: isSame ? 'broken' : verdict === 'broken' ? 'held' : verdict });
    }
    return found;
  }

  /** Whether the scenario breaks the same check; if so, it is the best one so far. */
  async #breaks(scenario: Scenario): Promise<boolean> {
    if (this.#isOver) return false;
    const outcome = await this.#attempt(scenario);
    if (outcome?.violations[0]?.check !== this.#check) return false;
    this.#best = scenario;
    this.#violatedUs = violatedUs(outcome);
    return true;
  }

  async #attempt(scenario: Scenario): Promise<Outcome | undefined> {
    this.#runs += 1;
    const { faults, nodes, workload } = this.#best;
    this.#onProgress({
      runs: this.#runs,
      faults: faults.length,
      operations: workload.script?.length ?? 0,
      nodes: sum(nodes),
    });
    try {
      return await this.#trial(scenario, 'lean');
    } catch {
      // A scenario that cannot be built, say with a fault on a server that is gone, is no failure.
      return undefined;
    }
  }

  get #isOver(): boolean {
    const { runs, wallMs } = this.#budget;
    return this.#runs >= runs || this.#nowMs() - this.#startMs >= wallMs;
  }
}

const sum = (counts: Readonly<Record<string, number>>): number =>
  Object.values(counts).reduce((total, count) => total + count, 0);

/** Changes whenever anything was made smaller or plainer. */
const weight = (scenario: Scenario): number => JSON.stringify(scenario).length;

/** When the violation was seen; claims of liveness are seen at the end. */
function violatedUs({ violations, virtualUs }: Outcome): number {
  return Math.min(virtualUs, violations[0]?.atUs ?? virtualUs);
}

function sizeOf({ faults, nodes, workload }: Scenario, { virtualUs }: Outcome): Size {
  return {
    faults: faults.length,
    operations: workload.script?.length ?? 0,
    nodes: sum(nodes),
    clients: workload.clients,
    virtualUs,
  };
}

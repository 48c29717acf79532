/**
 * From a broken run to the smallest one that breaks the same check: fewer faults, operations, clients and servers, less
 * time, a calmer world, rounder numbers. Everything that is left out is left out of a script (`concrete`), so that the
 * draws of the rest stay where they were.
 */
import type { Violation } from '../../check/index.ts';
import type { ChoicesOptions, Tape } from '../../kernel/choices.ts';
import type { TimedFault } from '../../world/spec.ts';
import type { Outcome } from '../outcome.ts';
import type { Scenario } from '../scenario/index.ts';
import { concrete } from './concrete.ts';
import { minimal } from './minimal.ts';
import { bold, endsEarlier, plain, type Reduction } from './reductions.ts';
import { witnessScripts } from './witnesses.ts';

/**
 * What shrinking may cost. Where runs and events bound it, its result is a function of scenario, seed and code; real time
 * is the stop behind them, and says so when it was needed.
 */
export interface ShrinkBudget {
  /** Runs at most. */
  readonly runs: number;
  /** Events of all runs together at most: work, wherever it is done. */
  readonly events: number;
  /** Real milliseconds at most. */
  readonly wallMs: number;
}

export const shrinkBudgetDefault: ShrinkBudget = { runs: 10_000, events: 10_000_000, wallMs: 120_000 };

/** Runs a scenario with a seed; `replay` puts draws of a tape in the place of the seed's. */
export type Trial = (
  scenario: Scenario,
  seed: string,
  record: 'lean' | 'full',
  replay?: ChoicesOptions['replay'],
) => Promise<Outcome>;

/** How far shrinking is. */
export interface ShrinkProgress {
  readonly runs: number;
  readonly faults: number;
  readonly operations: number;
  readonly nodes: number;
}

export interface Shrunk {
  readonly scenario: Scenario;
  /** Of the smallest failure: another one than at first if that made a shorter story. */
  readonly seed: string;
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
  /** True if real time ended it, or a part of it: on another machine it may come out otherwise. */
  readonly ranOutOfTime: boolean;
  /** Of each fault that is left: whether the check holds without it. */
  readonly necessity: readonly Necessity[];
  /**
   * The draws that matter: with these, and every other draw calm, the check breaks as well. Undefined if it took too
   * long to find them.
   */
  readonly draws?: Tape;
}

export interface Necessity {
  readonly line: TimedFault;
  readonly isNeeded: boolean;
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
  const search = new Search(scenario, outcome.seed, check, trial, options);
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
  #events = 0;
  #ranOutOfTime = false;
  /** The smallest failure so far. */
  #best: Scenario;
  #seed: string;
  #violatedUs = 0;
  #violation: Violation | undefined;
  /** How many other seeds are tried for a scenario that holds with the one in hand. */
  #others = 0;

  constructor(
    scenario: Scenario,
    seed: string,
    check: string,
    trial: Trial,
    options: Parameters<typeof shrink>[3],
  ) {
    this.#scenario = scenario;
    this.#best = scenario;
    this.#seed = seed;
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
    // Whatever the budget says: without this run there is nothing to tell.
    const first = await this.#attempt(script, this.#seed);
    if (!this.#isSame(first)) return undefined;
    this.#take(script, this.#seed, first);
    // First what the seed itself allows: it is the run that was seen.
    await this.#until(0.25, () => this.#leaveOut());
    // A run is a chain of coincidences, and a shorter one needs others: a few other seeds for each try.
    for (const others of [6, 12]) {
      this.#others = others;
      let size = -1;
      while (size !== weight(this.#best) && !this.#isOver) {
        size = weight(this.#best);
        for (const reduction of bold) await this.#reduce(reduction);
        await this.#leaveOut();
        for (const reduction of plain) await this.#reduce(reduction);
      }
    }
    const isCutShort = this.#isOver;
    const necessity = await this.#necessity();
    const shown = await this.#trial(this.#best, this.#seed, 'full');
    const draws = isCutShort ? undefined : await this.#decisive(shown);
    return {
      scenario: {
        ...this.#best,
        seeds: [this.#seed],
        expect: { verdict: 'broken', by: this.#check },
      },
      seed: this.#seed,
      outcome: shown,
      check: this.#check,
      before,
      after: sizeOf(this.#best, shown),
      necessity,
      ...(draws !== undefined && { draws }),
      runs: this.#runs,
      wallMs: this.#nowMs() - this.#startMs,
      isCutShort,
      ranOutOfTime: this.#ranOutOfTime,
    };
  }

  /** Faults first: without them the rest is a shorter run. Then whole clients, then single operations. */
  async #leaveOut(): Promise<void> {
    await this.#reduce(endsEarlier);
    await minimal(this.#best.faults, (faults) => this.#breaks({ ...this.#best, faults }));
    await this.#reduce(endsEarlier);
    const script = this.#best.workload.script;
    if (script === undefined) return;
    const withScript = (operations: typeof script): Scenario => ({
      ...this.#best,
      workload: { ...this.#best.workload, script: operations },
    });
    for (const witnesses of witnessScripts(script, this.#violation)) {
      // A few operations are a short run: many other seeds cost little, and one of them may save all the rest.
      if (await this.#breaks(withScript(witnesses), this.#others > 0 ? witnessSeeds : 0)) break;
    }
    const clients = [...new Set((this.#best.workload.script ?? []).map(({ client }) => client))];
    await minimal(clients, (kept) => {
      const all = this.#best.workload.script ?? [];
      return this.#breaks(withScript(all.filter(({ client }) => kept.includes(client))));
    });
    await minimal(this.#best.workload.script ?? [], (operations) => this.#breaks(withScript(operations)));
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

  /**
   * Runs without each of the faults that are left, whatever the budget says: a few runs. What breaks without a fault is
   * smaller, and taken.
   */
  async #necessity(): Promise<Necessity[]> {
    let needed: TimedFault[] = [];
    while (needed.length < this.#best.faults.length && needed.length < necessityMax) {
      const line = this.#best.faults.find((own) => !needed.includes(own))!;
      const scenario = { ...this.#best, faults: this.#best.faults.filter((own) => own !== line) };
      const outcome = await this.#attempt(scenario, this.#seed);
      if (this.#isSame(outcome)) {
        this.#take(scenario, this.#seed, outcome);
        // What was needed before may have been needed for what is gone only.
        needed = [];
      } else needed.push(line);
    }
    return this.#best.faults.map((line) => ({ line, isNeeded: needed.includes(line) }));
  }

  /** The draws that must be as they are, first whole labels, then one by one, all others being calm. */
  async #decisive(outcome: Outcome): Promise<Tape | undefined> {
    const all: Draw[] = [...(outcome.full?.tape ?? [])].flatMap(([label, values]) =>
      [...values].flatMap(([ordinal, value]) => (value === 0 ? [] : [{ label, ordinal, value }])),
    );
    const runsMax = this.#runs + Math.ceil(this.#budget.runs * drawsPart);
    const eventsMax = this.#events + Math.ceil(this.#budget.events * drawsPart);
    const isOver = () => this.#runs >= runsMax || this.#events >= eventsMax || this.#isLate(1 + drawsPart);
    let kept: readonly Draw[] = all;
    const breaks = async (draws: readonly Draw[]): Promise<boolean> => {
      if (isOver()) return false;
      const replay = { tape: tapeOf(draws), fallback: 'calm' } as const;
      const isSame = this.#isSame(await this.#attempt(this.#best, this.#seed, replay));
      if (isSame) kept = draws;
      return isSame;
    };
    const labels = [...new Set(all.map(({ label }) => label))];
    await minimal(labels, (some) => breaks(all.filter(({ label }) => some.includes(label))));
    await minimal(kept, breaks);
    return isOver() ? undefined : tapeOf(kept);
  }

  /** Whether the scenario breaks the same check with some seed; if so, it is the best one so far. */
  async #breaks(scenario: Scenario, others = this.#others): Promise<boolean> {
    const seeds = [this.#seed];
    for (let other = 1; seeds.length <= others; other += 1) {
      if (String(other) !== this.#seed) seeds.push(String(other));
    }
    for (const seed of seeds) {
      if (this.#isOver) return false;
      const outcome = await this.#attempt(scenario, seed);
      if (!this.#isSame(outcome)) continue;
      this.#take(scenario, seed, outcome);
      return true;
    }
    return false;
  }

  #isSame(outcome: Outcome | undefined): outcome is Outcome {
    return outcome?.violations[0]?.check === this.#check;
  }

  #take(scenario: Scenario, seed: string, outcome: Outcome): void {
    this.#best = scenario;
    this.#seed = seed;
    this.#violatedUs = violatedUs(outcome);
    this.#violation = outcome.violations[0];
  }

  async #attempt(
    scenario: Scenario,
    seed: string,
    replay?: ChoicesOptions['replay'],
  ): Promise<Outcome | undefined> {
    this.#runs += 1;
    const { faults, nodes, workload } = this.#best;
    this.#onProgress({
      runs: this.#runs,
      faults: faults.length,
      operations: workload.script?.length ?? 0,
      nodes: sum(nodes),
    });
    try {
      const outcome = await this.#trial(scenario, seed, 'lean', replay);
      this.#events += outcome.events;
      return outcome;
    } catch {
      // A scenario that cannot be built, say with a fault on a server that is gone, is no failure.
      return undefined;
    }
  }

  /** Works with a part of the budget only. */
  async #until(part: number, work: () => Promise<void>): Promise<void> {
    this.#part = part;
    await work();
    this.#part = 1;
  }

  #part = 1;

  get #isOver(): boolean {
    const { runs, events } = this.#budget;
    return (
      this.#runs >= runs * this.#part || this.#events >= events * this.#part || this.#isLate(this.#timePart)
    );
  }

  /** Where work is bounded, only all of the time is a bound: a part of it would make the result one of this machine. */
  get #timePart(): number {
    return this.#budget.events === Number.POSITIVE_INFINITY ? this.#part : 1;
  }

  /** Whether so many times the real time is over. */
  #isLate(part: number): boolean {
    const isLate = this.#nowMs() - this.#startMs >= this.#budget.wallMs * part;
    this.#ranOutOfTime ||= isLate;
    return isLate;
  }
}

/** How many other seeds are tried for what is left of a script when only its witnesses stay. */
const witnessSeeds = 30;

/** More faults than this are not tried one by one. */
const necessityMax = 40;

/** The part of the budget that finding the draws that matter may cost in addition. */
const drawsPart = 0.1;

interface Draw {
  readonly label: string;
  /** From 0. */
  readonly ordinal: number;
  readonly value: number;
}

function tapeOf(draws: readonly Draw[]): Tape {
  const tape = new Map<string, Map<number, number>>();
  for (const { label, ordinal, value } of draws) {
    const values = tape.get(label) ?? new Map<number, number>();
    tape.set(label, values.set(ordinal, value));
  }
  return tape;
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

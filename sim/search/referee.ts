/** Watches the claims of a scenario during a run, and judges what is left after it. */
import {
  broken,
  combined,
  type FinallyClaim,
  held,
  type Observation,
  unknown,
  type Verdict,
  type Violation,
} from '../check/index.ts';
import type { Machine } from '../world/machine.ts';
import type { World } from '../world/world.ts';
import type { Content, FinishedRun } from './content.ts';
import type { Scenario } from './scenario/index.ts';

export class Referee {
  readonly #scenario: Scenario;
  readonly #content: Content;
  readonly #always: { observe(observation: Observation): Violation | undefined }[] = [];
  readonly #sometimes: {
    name: string;
    fold: { observe(observation: Observation): boolean };
    isTrue: boolean;
  }[] = [];
  readonly #finally = new Map<string, ReturnType<FinallyClaim['start']>>();
  readonly #violations: Violation[] = [];
  /** One object for all observations: folds keep numbers, not observations. */
  readonly #observation = {
    seq: 0,
    atUs: 0,
    host: '',
    incarnation: 0,
    up: false,
    stalled: false,
    state: undefined as unknown,
  };

  constructor(scenario: Scenario, content: Content) {
    this.#scenario = scenario;
    this.#content = content;
    for (const { name, options } of scenario.checks) {
      const check = found('check', content.checks, name);
      if (check.kind === 'always') this.#always.push(check.claim(options).start());
      else if (check.kind === 'finally') this.#finally.set(name, check.claim(options).start());
      else if (check.kind === 'sometimes') {
        this.#sometimes.push({ name, fold: check.claim(options).start(), isTrue: false });
      }
    }
  }

  /** True if a claim broke. */
  observe(machine: Machine, world: World): boolean {
    if (this.#always.length + this.#sometimes.length + this.#finally.size === 0) return false;
    const observation = this.#observation;
    observation.seq = world.loop.event;
    observation.atUs = world.nowUs;
    observation.host = machine.id;
    observation.incarnation = machine.boots;
    observation.up = machine.up;
    observation.stalled = machine.stalled;
    observation.state = machine.state();
    const before = this.#violations.length;
    for (const fold of this.#always) {
      const violation = fold.observe(observation);
      if (violation !== undefined) this.#violations.push(violation);
    }
    for (const claim of this.#sometimes) {
      if (!claim.isTrue) claim.isTrue = claim.fold.observe(observation);
    }
    for (const fold of this.#finally.values()) fold.observe(observation);
    return this.#violations.length > before;
  }

  accuse(violation: Violation): void {
    this.#violations.push(violation);
  }

  verdict(): Verdict {
    return this.#violations.length === 0 ? held : { verdict: 'broken', violations: this.#violations };
  }

  /** How one check stands now; undefined if nobody asked for it. */
  standing(name: string, sofar: FinishedRun): Verdict | undefined {
    const asked = this.#scenario.checks.find((check) => check.name === name);
    if (asked === undefined) return undefined;
    const check = found('check', this.#content.checks, name);
    if (check.kind === 'always') return this.verdict();
    if (check.kind === 'sometimes') {
      const isTrue = this.#sometimes.some((claim) => claim.name === name && claim.isTrue);
      return isTrue ? held : broken({ check: name, message: `it has not come true so far: ${check.about}` });
    }
    return check.kind === 'finally' ? this.#inTheEnd(name, sofar) : check.judge(sofar, asked.options);
  }

  /** The checks that need the whole run. */
  judge(finished: FinishedRun): Verdict {
    const verdicts: Verdict[] = [];
    for (const { name, options } of this.#scenario.checks) {
      const check = found('check', this.#content.checks, name);
      if (check.kind === 'always' || check.kind === 'sometimes') continue;
      // Nobody can promise to get going again after anything at all was destroyed.
      if (check.kind === 'eventually' && this.#scenario.nemesis?.damage === 'any') continue;
      const verdict =
        check.kind === 'finally' ? this.#inTheEnd(name, finished) : check.judge(finished, options);
      // Judges name what was broken in their own words; a scenario names the check.
      const named = (violation: Violation): Violation => ({ ...violation, check: name });
      verdicts.push(
        verdict.verdict === 'broken' ? { ...verdict, violations: verdict.violations.map(named) } : verdict,
      );
    }
    return combined(verdicts);
  }

  #inTheEnd(name: string, { recoveryUs }: FinishedRun): Verdict {
    if (recoveryUs === undefined) return unknown('the run ended before its recovery phase');
    return this.#finally.get(name)!.judge();
  }

  sometimes(): Record<string, boolean> {
    return Object.fromEntries(this.#sometimes.map(({ name, isTrue }) => [name, isTrue]));
  }
}

/** @throws TypeError if there is no such entry */
export function found<T>(noun: string, entries: ReadonlyMap<string, T>, name: string): T {
  const entry = entries.get(name);
  if (entry === undefined) throw new TypeError(`the catalogue has no ${noun} "${name}"`);
  return entry;
}

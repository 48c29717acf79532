/**
 * What a judge may say. There are three verdicts, never two: a check that ran out of its budget, or that had nothing
 * to look at, has not held.
 */

/** One broken promise, as plain JSON data. */
export interface Violation {
  /** The name of the claim or checker that was broken. */
  readonly check: string;
  /** An English sentence that names hosts, terms, values and virtual times. */
  readonly message: string;
  /** Virtual microseconds since the start of the run, where it became visible. */
  readonly atUs?: number;
  /** The smallest set of operations or states that shows it; its shape is the check's own. */
  readonly evidence?: object;
}

export interface Held {
  readonly verdict: 'held';
}

export interface Broken {
  readonly verdict: 'broken';
  /** At least one. */
  readonly violations: readonly Violation[];
}

export interface Unknown {
  readonly verdict: 'unknown';
  /** What was missing: which budget ran out and how far it got, or why there was nothing to judge. */
  readonly reason: string;
}

export type Verdict = Held | Broken | Unknown;

export const held: Held = { verdict: 'held' };

/** @throws RangeError if there is no violation: nothing can be broken without evidence */
export function broken(...violations: readonly Violation[]): Broken {
  if (violations.length === 0) throw new RangeError('a broken verdict needs at least one violation');
  return { verdict: 'broken', violations };
}

export function unknown(reason: string): Unknown {
  return { verdict: 'unknown', reason };
}

/**
 * One verdict for many: broken if any is, with all violations in order; otherwise unknown if any is, with all
 * reasons; otherwise held. Nothing to combine is held.
 */
export function combined(verdicts: Iterable<Verdict>): Verdict {
  const violations: Violation[] = [];
  const reasons: string[] = [];
  for (const verdict of verdicts) {
    switch (verdict.verdict) {
      case 'held':
        break;
      case 'broken':
        violations.push(...verdict.violations);
        break;
      case 'unknown':
        reasons.push(verdict.reason);
        break;
      default:
        unreachable(verdict);
    }
  }
  if (violations.length > 0) return broken(...violations);
  return reasons.length > 0 ? unknown(reasons.join('; ')) : held;
}

/** Closes a switch over a union: the compiler rejects a call that can be reached. */
function unreachable(value: never): never {
  throw new Error(`unreachable: ${JSON.stringify(value)}`);
}

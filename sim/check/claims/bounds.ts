/** What must happen within a bound of virtual time, and what must not happen too often in one. */
import type { History } from '../history.ts';
import { counted, show, showUs } from '../plain.ts';
import { broken, held, unknown, type Verdict } from '../verdict.ts';
import { type AlwaysClaim, always, type EventuallyClaim, type Observation, perHost } from './claim.ts';
import { type Beginning, RunTime } from './run-time.ts';

export interface Bound {
  readonly withinUs: number;
  /** The clock starts here at the earliest, such as at the end of all faults; at once unless given. */
  readonly fromUs?: number;
}

/** `isTrue` comes true of some observation within the bound. Without any later observation nothing is said. */
export function eventuallyWithin(
  name: string,
  about: string,
  { withinUs, fromUs = 0 }: Bound,
  isTrue: (observation: Observation) => boolean,
): AlwaysClaim {
  return always(name, about, () => {
    let came = false;
    let isLate = false;
    return (observation) => {
      const { atUs } = observation;
      if (came || isLate || atUs < fromUs) return undefined;
      isLate = atUs > fromUs + withinUs;
      if (!isLate) {
        came = isTrue(observation);
        return undefined;
      }
      const message = `by ${showUs(fromUs + withinUs)} it had not come true: ${about}`;
      return { message, evidence: { fromUs, withinUs } };
    };
  });
}

/** What is pending at a host, and for how long it has run. */
class Account {
  readonly time = new RunTime();
  /** When each began: in order of their deadlines, since all have the same bound. */
  readonly open = new Map<string, Beginning>();
  /** What is pending, be it that somebody was told of it already. */
  readonly known = new Set<string>();
}

/**
 * Nothing is pending at a host for longer than the bound: a transaction in doubt, a lock whose holder is gone, a
 * reservation. What is pending ends with its host. The time for which a host stands still, or its processor is behind
 * with what is due, does not count: it could do nothing. Every observation of any host looks at the clock, so that a host
 * which is stuck without a turn is found out.
 */
export function pendingAtMost(
  name: string,
  about: string,
  noun: string,
  { withinUs, fromUs = 0 }: Bound,
  pending: (state: unknown) => Iterable<string> | undefined,
): AlwaysClaim {
  return always(name, about, () => {
    const accountOf = perHost(() => new Account());
    /** Those at which something is pending. */
    const busy = new Map<string, Account>();
    return ({ host, up, stalled = false, state, atUs }) => {
      const now = up && state !== undefined ? pending(state) : undefined;
      const still = now === undefined ? undefined : new Set(now);
      const own = accountOf(host);
      for (const what of own.known) {
        if (still?.has(what)) continue;
        own.known.delete(what);
        own.open.delete(what);
      }
      own.time.runs(up && !stalled, atUs, fromUs);
      for (const what of still ?? []) {
        if (own.known.has(what)) continue;
        own.known.add(what);
        own.open.set(what, own.time.begin(atUs, fromUs));
      }
      if (own.open.size > 0) busy.set(host, own);
      else busy.delete(host);
      for (const [one, account] of busy) {
        for (const [what, beginning] of account.open) {
          const missed = account.time.missed(beginning, withinUs, atUs, one);
          if (missed === undefined) break;
          account.open.delete(what);
          const { sinceUs } = beginning;
          const message =
            `${noun} ${show(what)} has been pending at ${one} since ${showUs(sinceUs)}, and still was at ` +
            `${showUs(atUs)}; it was due by ${missed}`;
          return { message, evidence: { host: one, what, sinceUs } };
        }
      }
      return undefined;
    };
  });
}

export interface Growth extends Bound {
  /** What grows: `term`. */
  readonly noun: string;
  readonly by: number;
  value(state: unknown): number | undefined;
}

/** The highest value that any host shows grows by at most so much in any stretch of `withinUs`. */
export function growsAtMost(name: string, about: string, growth: Growth): AlwaysClaim {
  const { noun, by, withinUs, fromUs = 0, value } = growth;
  return always(name, about, () => {
    // Each time at which the highest value grew, as long as it may matter.
    const steps: { atUs: number; value: number }[] = [];
    let highest: number | undefined;
    return ({ host, up, state, atUs }) => {
      const shown = up && state !== undefined ? value(state) : undefined;
      if (shown === undefined || (highest !== undefined && shown <= highest)) return undefined;
      const base = highest;
      highest = shown;
      if (base === undefined) return undefined;
      steps.push({ atUs, value: base });
      while (steps[0].atUs < Math.max(fromUs, atUs - withinUs)) {
        steps.shift();
        if (steps.length === 0) return undefined;
      }
      if (shown - steps[0].value <= by) return undefined;
      const message =
        `the ${noun} grew from ${steps[0].value} to ${shown}, at ${host}, between ${showUs(steps[0].atUs)} and ` +
        `${showUs(atUs)}: by more than ${by} in ${showUs(withinUs)}`;
      return { message, evidence: { host, before: steps[0].value, after: shown } };
    };
  });
}

export interface GoodputOptions {
  /** When nothing was wrong yet, in virtual microseconds. */
  readonly baselineUs: { readonly from: number; readonly to: number };
  /** How long recovery may take. */
  readonly withinUs: number;
  /** How much of the baseline must be reached again. */
  readonly percent: number;
}

/**
 * After the faults as many operations succeed a second as before, or `percent` of that (Bronson et al., *Metastable
 * Failures in Distributed Systems*, HotOS 2021). Operations count where they return.
 */
export function goodputRecovers({ baselineUs, withinUs, percent }: GoodputOptions): EventuallyClaim {
  const name = 'goodput-recovers';
  const succeeded = (history: History, from: number, to: number): number =>
    history.filter(({ type, returnUs }) => type === 'ok' && (returnUs ?? -1) >= from && (returnUs ?? -1) < to)
      .length;
  return {
    name,
    about: `Within ${showUs(withinUs)} after the faults, ${percent}% of the former goodput is reached again.`,
    kind: 'eventually',
    judge(history, recoveryUs): Verdict {
      const from = recoveryUs.from + withinUs;
      const beforeUs = baselineUs.to - baselineUs.from;
      const afterUs = recoveryUs.to - from;
      const before = succeeded(history, baselineUs.from, baselineUs.to);
      if (before === 0)
        return unknown('no operation succeeded before the faults, so there is nothing to reach again');
      if (afterUs <= 0) return unknown(`the recovery phase ends within ${showUs(withinUs)}`);
      const after = succeeded(history, from, recoveryUs.to);
      if (after * beforeUs * 100 >= before * afterUs * percent) return held;
      const message =
        `${counted(after, 'operation')} succeeded in the ${showUs(afterUs)} from ${showUs(from)} on, and ${before} in ` +
        `the ${showUs(beforeUs)} before the faults: less than ${percent}% of what was`;
      return broken({
        check: name,
        message,
        atUs: recoveryUs.to,
        evidence: { before, beforeUs, after, afterUs },
      });
    },
  };
}

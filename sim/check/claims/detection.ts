/** Whether failures are detected: strong completeness (Chandra & Toueg, JACM 1996, §2.2), within a bound of time. */
import { showUs } from '../plain.ts';
import { type AlwaysClaim, always, changes, perHost, type Revision } from './claim.ts';
import { type Beginning, RunTime } from './run-time.ts';

/** How what members believe of each other is read off what hosts expose. */
export interface Detector {
  /** For how long a member that runs may go on believing in one that is down, in virtual microseconds. */
  readonly withinUs: number;
  /** The hosts that a member takes for up, suspects included, each with the incarnation that it believes in. */
  believed(state: unknown): Iterable<readonly [host: string, incarnation: number]>;
  readonly revision?: Revision;
}

/** A belief in a host that is down: what it was due to give up, and since when. */
interface Debt extends Beginning {
  readonly incarnation: number;
}

class Believer {
  readonly time = new RunTime();
  /** The incarnation in which it believes, of each host. */
  readonly beliefs = new Map<string, number>();
  readonly debts = new Map<string, Debt>();

  forget(): void {
    this.beliefs.clear();
    this.debts.clear();
  }
}

/**
 * A host that is down is not taken for up by any member for longer than the bound: of the time for which it is down and
 * the member runs, counted anew when the member learns of a later incarnation. Late news of one may still be under way
 * when it dies. Nothing is asked of the network: who is really down answers nobody, wherever the member has been cut off.
 * Every observation of any host looks at the clock, so that a member which is stuck without a turn is found out.
 */
export function failuresDetected(name: string, about: string, detector: Detector): AlwaysClaim {
  const { withinUs, believed, revision } = detector;
  return always(name, about, () => {
    const believers = new Map<string, Believer>();
    const believerOf = perHost((): Believer => new Believer());
    const downSinceUs = new Map<string, number>();
    const hasChanged = changes(revision);

    const owe = (believer: Believer, host: string, incarnation: number, atUs: number) =>
      believer.debts.set(host, { incarnation, ...believer.time.begin(atUs) });

    return (observation) => {
      const { host, up, stalled = false, state, atUs } = observation;
      const own = believerOf(host);
      believers.set(host, own);
      own.time.runs(up && !stalled, atUs);
      const isChanged = hasChanged(observation);
      if (!up) {
        own.forget();
        if (!downSinceUs.has(host)) {
          downSinceUs.set(host, atUs);
          for (const other of believers.values()) {
            const incarnation = other.beliefs.get(host);
            if (incarnation !== undefined) owe(other, host, incarnation, atUs);
          }
        }
      } else {
        if (downSinceUs.delete(host)) for (const other of believers.values()) other.debts.delete(host);
        if (isChanged) {
          const now = new Map(state === undefined ? [] : believed(state));
          for (const of of own.beliefs.keys()) {
            if (now.has(of)) continue;
            own.beliefs.delete(of);
            own.debts.delete(of);
          }
          for (const [of, incarnation] of now) {
            if (own.beliefs.get(of) === incarnation) continue;
            own.beliefs.set(of, incarnation);
            if (downSinceUs.has(of)) owe(own, of, incarnation, atUs);
          }
        }
      }
      if (downSinceUs.size === 0) return undefined;
      for (const [member, { time, debts }] of believers) {
        for (const [of, debt] of debts) {
          const missed = time.missed(debt, withinUs, atUs, member);
          if (missed === undefined) continue;
          debts.delete(of);
          const { incarnation, sinceUs } = debt;
          const downUs = downSinceUs.get(of)!;
          const message =
            `${of} has been down since ${showUs(downUs)}, and ${member} still took it for alive in incarnation ` +
            `${incarnation} at ${showUs(atUs)}; it was due to find out by ${missed}`;
          return { message, evidence: { member, of, incarnation, downUs, sinceUs } };
        }
      }
      return undefined;
    };
  });
}

/** Logical clocks: what stamps must say of what happened before what. */
import { show, showUs } from '../plain.ts';
import { type AlwaysClaim, always, perHost } from './claim.ts';

/** Something that happened and was stamped. */
export interface StampedEvent<Stamp> {
  readonly host: string;
  readonly stamp: Stamp;
  /** For the receipt of a message, where in the list its sending stands. */
  readonly sentAt?: number;
  /** How messages name it, stamp included; without it by its place in the list. */
  readonly inWords?: string;
}

/**
 * Lamport's clock condition (*Time, Clocks, and the Ordering of Events*, CACM 1978): if a happened before b, then the
 * stamp of a is less. Events are in order for each host, and sending comes before receipt.
 * @returns what is wrong, in words
 * @throws RangeError if a receipt stands before its sending
 */
export function clockConditionProblem<Stamp>(
  events: readonly StampedEvent<Stamp>[],
  isLess: (left: Stamp, right: Stamp) => boolean,
): string | undefined {
  const lastOf = new Map<string, number>();
  for (const [at, event] of events.entries()) {
    // Less is transitive, so immediate predecessors are enough.
    for (const before of predecessors(events, at, lastOf)) {
      if (isLess(events[before].stamp, event.stamp)) continue;
      return `${inWords(events, before)} happened before ${inWords(events, at)}, but its stamp is not less`;
    }
    lastOf.set(event.host, at);
  }
  return undefined;
}

/**
 * The strong clock condition (Fidge 1988, Mattern 1989): a happened before b exactly if the stamp of a is less. Takes
 * time n².
 * @param known how many of the first events were found right among themselves
 * @returns what is wrong, in words
 * @throws RangeError if a receipt stands before its sending
 */
export function vectorClockProblem<Stamp>(
  events: readonly StampedEvent<Stamp>[],
  isLess: (left: Stamp, right: Stamp) => boolean,
  known = 0,
): string | undefined {
  /** Of each event a row with a 1 for every event of its past. */
  const pasts: Uint8Array[] = [];
  const lastOf = new Map<string, number>();
  for (const [at, event] of events.entries()) {
    const past = new Uint8Array(events.length);
    for (const before of predecessors(events, at, lastOf)) {
      past[before] = 1;
      for (let earlier = 0; earlier < before; earlier++) past[earlier]! |= pasts[before]![earlier]!;
    }
    pasts.push(past);
    lastOf.set(event.host, at);
    for (let other = 0; at >= known && other < at; other++) {
      const before = events[other]!;
      const happened = past[other] === 1;
      if (isLess(before.stamp, event.stamp) !== happened) {
        const [one, two] = [inWords(events, other), inWords(events, at)];
        return happened
          ? `${one} happened before ${two}, but its stamp is not less`
          : `${one} and ${two} are concurrent, but the stamp of the former is less`;
      }
      // What is less one way round cannot be so the other way.
      if (!happened && isLess(event.stamp, before.stamp)) {
        const [one, two] = [inWords(events, other), inWords(events, at)];
        return `${two} did not happen before ${one}, but its stamp is less`;
      }
    }
  }
  return undefined;
}

function predecessors<Stamp>(
  events: readonly StampedEvent<Stamp>[],
  at: number,
  lastOf: ReadonlyMap<string, number>,
): number[] {
  const { host, sentAt } = events[at];
  if (sentAt !== undefined && sentAt >= at) {
    throw new RangeError(
      `event ${at} receives what is sent at ${sentAt}: a sending comes before its receipt`,
    );
  }
  return [lastOf.get(host), sentAt].filter((one) => one !== undefined);
}

function inWords<Stamp>(events: readonly StampedEvent<Stamp>[], at: number): string {
  const { host, stamp, inWords: words } = events[at];
  return words ?? `event ${at} of ${host} (${show(stamp)})`;
}

/** A hybrid logical clock's reading. */
export interface HybridReading {
  readonly physicalUs: number;
  readonly logical: number;
}

const showReading = ({ physicalUs, logical }: HybridReading): string => `${showUs(physicalUs)}+${logical}`;

/**
 * Hybrid logical clocks (Kulkarni et al., *Logical Physical Clocks*, OPODIS 2014, §3): the last reading of a host never
 * goes back, over restarts neither, and is at most `aheadUsMax` of virtual time ahead of real time. Its physical time
 * counts from the start of the run; `inWords` names a reading in messages.
 */
export function hybridClockSound(
  name: string,
  about: string,
  aheadUsMax: number,
  reading: (state: unknown) => HybridReading | undefined,
  inWords: (reading: HybridReading) => string = showReading,
): AlwaysClaim {
  return always(name, about, () => {
    const lastOf = perHost(() => ({ physicalUs: Number.NEGATIVE_INFINITY, logical: 0, atUs: 0 }));
    return ({ host, up, state, atUs }) => {
      const shown = up && state !== undefined ? reading(state) : undefined;
      if (shown === undefined) return undefined;
      const last = lastOf(host);
      const { physicalUs, logical } = shown;
      if (physicalUs === last.physicalUs && logical === last.logical) return undefined;
      const before = { ...last };
      Object.assign(last, { physicalUs, logical, atUs });
      const isBack =
        physicalUs < before.physicalUs || (physicalUs === before.physicalUs && logical < before.logical);
      if (isBack) {
        const message =
          `the clock of ${host} went back from ${inWords(before)}, read at ${showUs(before.atUs)}, to ` +
          `${inWords(shown)} at ${showUs(atUs)}`;
        return { message, evidence: { host, before, after: { physicalUs, logical } } };
      }
      if (physicalUs - atUs <= aheadUsMax) return undefined;
      const message =
        `the clock of ${host} reads ${inWords(shown)} at ${showUs(atUs)}: ${showUs(physicalUs - atUs)} ahead, ` +
        `more than ${showUs(aheadUsMax)}`;
      return { message, evidence: { host, physicalUs, logical } };
    };
  });
}

/** Promises that are watched while a run goes on, as values. */
import type { History } from '../history.ts';
import type { Verdict, Violation } from '../verdict.ts';

/**
 * What one host shows after one of its turns, or at the moment at which its program ends, perhaps in the midst of one. It
 * is valid during the observation only: the state is live, and the object may be the caller's to use again. A fold keeps
 * numbers and names, never these objects.
 */
export interface Observation {
  /** The number of the event whose turn it is. */
  readonly seq: number;
  /** Virtual microseconds since the start of the run. */
  readonly atUs: number;
  readonly host: string;
  /** Counts the boots of this host. */
  readonly incarnation: number;
  readonly up: boolean;
  /**
   * Whether it stands still as a whole, or its processor is behind with what is due: it can do nothing yet about what it
   * shows. Not unless it is said.
   */
  readonly stalled?: boolean;
  /** What the host exposes; `undefined` while it boots, or if it exposes nothing. */
  readonly state: unknown;
}

interface Named {
  readonly name: string;
  /** One sentence. */
  readonly about: string;
}

/** Holds in every observation. */
export interface AlwaysClaim extends Named {
  readonly kind: 'always';
  /** A fresh fold for one run; it allocates nothing while nothing changes. */
  start(): { observe(observation: Observation): Violation | undefined };
}

/** Comes true in some run of a sweep; otherwise the sweep proves nothing about it. */
export interface SometimesClaim extends Named {
  readonly kind: 'sometimes';
  /** A fresh fold for one run, which says whether it has come true by now. */
  start(): { observe(observation: Observation): boolean };
}

/** Comes true within a bound of the recovery phase, in which nothing breaks any more. */
export interface EventuallyClaim extends Named {
  readonly kind: 'eventually';
  judge(history: History, recoveryUs: RecoveryUs): Verdict;
}

/** When the recovery phase began and ended, in virtual microseconds. */
export interface RecoveryUs {
  readonly from: number;
  readonly to: number;
}

/** Is true of what the hosts show at the end of the recovery phase, when all is quiet. */
export interface FinallyClaim extends Named {
  readonly kind: 'finally';
  /** A fresh fold for one run; `judge` is asked once, at the end. */
  start(): { observe(observation: Observation): void; judge(): Verdict };
}

export type Claim = AlwaysClaim | SometimesClaim | EventuallyClaim | FinallyClaim;

/** A *sometimes* claim that comes true with the first observation for which `isTrue` says so. */
export function sometimes(
  name: string,
  about: string,
  isTrue: (observation: Observation) => boolean,
): SometimesClaim {
  return {
    name,
    about,
    kind: 'sometimes',
    start() {
      let came = false;
      return {
        observe(observation) {
          came ||= isTrue(observation);
          return came;
        },
      };
    },
  };
}

/** An *always* claim whose fold says what is wrong; name and time are filled in. */
export function always(
  name: string,
  about: string,
  start: () => (observation: Observation) => Omit<Violation, 'check' | 'atUs'> | undefined,
): AlwaysClaim {
  return {
    name,
    about,
    kind: 'always',
    start() {
      const look = start();
      return {
        observe(observation) {
          const found = look(observation);
          return found === undefined ? undefined : { check: name, atUs: observation.atUs, ...found };
        },
      };
    },
  };
}

/** A memory for each host of a run, made when the host is first seen. */
export function perHost<Memory>(fresh: () => Memory): (host: string) => Memory {
  const memories = new Map<string, Memory>();
  return (host) => {
    const known = memories.get(host);
    if (known !== undefined) return known;
    const memory = fresh();
    memories.set(host, memory);
    return memory;
  };
}

/**
 * Counts the changes of what a host shows, within a life: a fold that knows it looks only where something has changed.
 * Undefined: look.
 */
export type Revision = (state: unknown) => number | undefined;

/** Whether a host may show something else than it showed when this was asked last. */
export function changes(revision: Revision | undefined): (observation: Observation) => boolean {
  if (revision === undefined) return () => true;
  const memoryOf = perHost(() => ({ incarnation: -1, revision: -1 }));
  return ({ host, incarnation, state }) => {
    const now = state === undefined ? undefined : revision(state);
    const memory = memoryOf(host);
    if (now !== undefined && memory.revision === now && memory.incarnation === incarnation) return false;
    memory.incarnation = incarnation;
    memory.revision = now ?? -1;
    return true;
  };
}

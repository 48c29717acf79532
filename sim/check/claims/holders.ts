/** Offices that one host at a time may hold, each holder for an epoch: a leader for a term, a primary for a view. */
import { showUs } from '../plain.ts';
import { type AlwaysClaim, type Observation, perHost, type SometimesClaim } from './claim.ts';

/** How an office is read off what hosts expose. */
export interface Office {
  /** What its holder is called: `leader`. */
  readonly holder: string;
  /** What it is held for: `term`. */
  readonly epoch: string;
  /** The epoch for which a host holds it, a whole number from 0; -1 if it does not. */
  held(state: unknown): number;
}

const none = -1;

const heldIn = (office: Office, { up, state }: Observation): number =>
  up && state !== undefined ? office.held(state) : none;

/**
 * At most one host holds the office in an epoch, and none takes it twice: a host that was elected, restarted, and is
 * elected again in the same epoch breaks it too.
 */
export function atMostOneHolder(name: string, about: string, office: Office): AlwaysClaim {
  return {
    name,
    about,
    kind: 'always',
    start() {
      const holders = new Map<number, { host: string; incarnation: number; sinceUs: number }>();
      const lastOf = perHost(() => ({ epoch: none, incarnation: none }));
      return {
        observe(observation) {
          const epoch = heldIn(office, observation);
          const { host, incarnation, atUs } = observation;
          const last = lastOf(host);
          if (epoch === last.epoch && incarnation === last.incarnation) return undefined;
          last.epoch = epoch;
          last.incarnation = incarnation;
          if (epoch === none) return undefined;
          const known = holders.get(epoch);
          if (known === undefined) {
            holders.set(epoch, { host, incarnation, sinceUs: atUs });
            return undefined;
          }
          if (known.host === host && known.incarnation === incarnation) return undefined;
          const { holder, epoch: span } = office;
          const since = showUs(known.sinceUs);
          const message =
            known.host === host
              ? `${host} became ${holder} of ${span} ${epoch} twice: at ${since}, and after a restart at ${showUs(atUs)}`
              : `${known.host} and ${host} were both ${holder} of ${span} ${epoch}: ` +
                `${known.host} since ${since}, ${host} since ${showUs(atUs)}`;
          return {
            check: name,
            message,
            atUs,
            evidence: { epoch, first: known, second: { host, incarnation } },
          };
        },
      };
    },
  };
}

/** The office passes on: somebody holds it in a later epoch than an earlier holder, be it the same host again. */
export function holderReplaced(name: string, about: string, office: Office): SometimesClaim {
  return {
    name,
    about,
    kind: 'sometimes',
    start() {
      let first = none;
      let replaced = false;
      return {
        observe(observation) {
          if (replaced) return true;
          const epoch = heldIn(office, observation);
          if (epoch === none) return false;
          if (first === none || epoch < first) first = epoch;
          replaced = epoch > first;
          return replaced;
        },
      };
    },
  };
}

/** How a number is read off what hosts expose; `undefined` if a host does not show it now. */
export interface Counter {
  /** What it is called: `applied index`. */
  readonly noun: string;
  /** Whether a restart may take it back. */
  readonly restarts: 'may take it back' | 'keep it';
  value(state: unknown): number | undefined;
}

/** A number of each host never decreases. */
export function neverGoesBack(name: string, about: string, counter: Counter): AlwaysClaim {
  return {
    name,
    about,
    kind: 'always',
    start() {
      const lastOf = perHost(() => ({ value: Number.NEGATIVE_INFINITY, incarnation: none, atUs: 0 }));
      return {
        observe({ host, incarnation, up, state, atUs }) {
          if (!up || state === undefined) return undefined;
          const value = counter.value(state);
          if (value === undefined) return undefined;
          const last = lastOf(host);
          const isComparable = counter.restarts === 'keep it' || incarnation === last.incarnation;
          const before = last.value;
          const beforeUs = last.atUs;
          if (value !== before) {
            last.value = value;
            last.atUs = atUs;
          }
          last.incarnation = incarnation;
          if (!isComparable || value >= before) return undefined;
          const message =
            `the ${counter.noun} of ${host} went back from ${before}, reached at ${showUs(beforeUs)}, ` +
            `to ${value} at ${showUs(atUs)}`;
          return { check: name, message, atUs, evidence: { host, before, after: value } };
        },
      };
    },
  };
}

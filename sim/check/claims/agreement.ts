/** What hosts must agree on: when all is quiet, and wherever they have taken in the same updates. */
import { canonical, show, showUs } from '../plain.ts';
import { broken, held, unknown, type Verdict } from '../verdict.ts';
import {
  type AlwaysClaim,
  always,
  changes,
  type FinallyClaim,
  type Observation,
  type Revision,
} from './claim.ts';

/** A claim about what each host showed last while it was up, at the end. */
function atTheEnd<Shown>(
  name: string,
  about: string,
  shown: (observation: Observation) => Shown | null | undefined,
  judge: (last: ReadonlyMap<string, Shown>, atUs: number) => Verdict,
  keepsDown: boolean,
  revision?: Revision,
): FinallyClaim {
  return {
    name,
    about,
    kind: 'finally',
    start() {
      const last = new Map<string, Shown>();
      let lastUs = 0;
      const hasChanged = changes(revision);
      return {
        observe(observation) {
          const { host, up, state, atUs } = observation;
          lastUs = atUs;
          if (up && !hasChanged(observation)) return;
          const value = up && state !== undefined ? shown(observation) : undefined;
          if (value === null) last.delete(host);
          else if (value !== undefined) last.set(host, value);
          else if (!up && !keepsDown) last.delete(host);
        },
        judge: () => judge(last, lastUs),
      };
    },
  };
}

/**
 * In the end all hosts that are up and show a view show the same. Unknown unless two do. Views are plain data; null says
 * that the host has none any more.
 */
export function viewsConverge(
  name: string,
  about: string,
  noun: string,
  view: (state: unknown) => unknown,
  revision?: Revision,
): FinallyClaim {
  const shown = ({ state }: Observation): string | null | undefined => {
    const value = view(state);
    return value === undefined || value === null ? value : canonical(value);
  };
  const judge = (views: ReadonlyMap<string, string>, atUs: number): Verdict => {
    if (views.size < 2) return unknown(`fewer than two hosts showed a ${noun} in the end`);
    const [[host, first]] = views;
    const other = [...views].find(([, one]) => one !== first);
    if (other === undefined) return held;
    const message = `the ${noun} differs in the end, at ${showUs(atUs)}: ${host} shows ${cut(first)}, ${other[0]} ${cut(other[1])}`;
    const evidence = { first: { host, view: first }, second: { host: other[0], view: other[1] } };
    return broken({ check: name, message, atUs, evidence });
  };
  return atTheEnd(name, about, shown, judge, false, revision);
}

const cut = (text: string): string => show(JSON.parse(text));

/** What a store holds and what a cache holds of it, as a host shows them; a host may be both. */
export interface CacheView {
  readonly stored?: Iterable<readonly [key: string, value: unknown]>;
  readonly cached?: Iterable<readonly [key: string, value: unknown]>;
}

/** In the end every value that is cached is the one stored. Unknown if nothing is cached, or nobody shows a store. */
export function cacheCoherent(
  name: string,
  about: string,
  view: (state: unknown) => CacheView | undefined,
): FinallyClaim {
  type Copy = { stored: Map<string, unknown> | undefined; cached: [string, unknown][] };
  const shown = ({ state }: Observation): Copy | undefined => {
    const seen = view(state);
    if (seen === undefined) return undefined;
    const stored = seen.stored === undefined ? undefined : new Map(seen.stored);
    return { stored, cached: [...(seen.cached ?? [])].map(([key, value]) => [key, value]) };
  };
  const judge = (copies: ReadonlyMap<string, Copy>, atUs: number): Verdict => {
    const stores = [...copies].filter(([, { stored }]) => stored !== undefined);
    const entries = [...copies].flatMap(([host, { cached }]) =>
      cached.map((entry) => [host, ...entry] as const),
    );
    if (stores.length === 0 || entries.length === 0)
      return unknown('in the end there was no store, or nothing was cached');
    for (const [host, key, value] of entries) {
      const [storeHost, store] = stores.find(([, { stored }]) => stored?.has(key)) ?? stores[0];
      const stored = store.stored?.get(key);
      if (canonical(stored) === canonical(value)) continue;
      const message = `${host} caches ${show(value)} for ${show(key)} in the end, at ${showUs(atUs)}, but ${storeHost} stores ${show(stored)}`;
      return broken({
        check: name,
        message,
        atUs,
        evidence: { key, host, cached: value, storeHost, stored },
      });
    }
    return held;
  };
  return atTheEnd(name, about, shown, judge, false);
}

/**
 * In the end the amounts of all hosts add up to what was there before: `expected`, in whole units. A host that is down
 * counts with what it showed last.
 */
export function sumConserved(
  name: string,
  about: string,
  noun: string,
  expected: number,
  amount: (state: unknown) => number | undefined,
): FinallyClaim {
  const judge = (amounts: ReadonlyMap<string, number>, atUs: number): Verdict => {
    if (amounts.size === 0) return unknown(`no host showed any ${noun}`);
    let sum = 0;
    for (const one of amounts.values()) sum += one;
    if (sum === expected) return held;
    const parts = [...amounts].map(([host, one]) => `${host} ${one}`).join(', ');
    const message = `the ${noun} adds up to ${sum} in the end, at ${showUs(atUs)}, not to ${expected}: ${parts}`;
    return broken({
      check: name,
      message,
      atUs,
      evidence: { sum, expected, amounts: Object.fromEntries(amounts) },
    });
  };
  return atTheEnd(name, about, ({ state }) => amount(state), judge, true);
}

/** A replica of a data type whose updates may come in any order. */
export interface ReplicaView {
  /** Names the set of updates delivered, such as a version vector or a hash of the set. */
  readonly delivered: string;
  /** Names the state that clients can see, such as its canonical text or a hash of it. */
  readonly state: string;
}

/**
 * Strong eventual consistency (Shapiro et al., *Conflict-free Replicated Data Types*, SSS 2011, definition 2.3):
 * replicas that have delivered the same updates have the same state, in whatever order they came.
 */
export function sameUpdatesSameState(
  name: string,
  about: string,
  replica: (state: unknown) => ReplicaView | undefined,
): AlwaysClaim {
  return always(name, about, () => {
    const known = new Map<string, { state: string; host: string; atUs: number }>();
    return ({ host, up, state, atUs }) => {
      const shown = up && state !== undefined ? replica(state) : undefined;
      if (shown === undefined) return undefined;
      const other = known.get(shown.delivered);
      if (other === undefined) known.set(shown.delivered, { state: shown.state, host, atUs });
      if (other === undefined || other.state === shown.state) return undefined;
      const message =
        `after the updates ${show(shown.delivered)}, ${other.host} had the state ${show(other.state)} at ` +
        `${showUs(other.atUs)}, and ${host} has ${show(shown.state)} at ${showUs(atUs)}`;
      return {
        message,
        evidence: { delivered: shown.delivered, first: other, second: { host, state: shown.state } },
      };
    };
  });
}

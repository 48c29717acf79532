/** What servers of Raft show, written in one line each, and what claims say of it. */
import { expect } from 'vitest';
import type { RaftView } from '../../protocols/raft/index.ts';
import type { AlwaysClaim, Observation, Violation } from '../../sim/index.ts';

export interface Shown {
  host: string;
  role?: RaftView['role'];
  term?: number;
  /** Entries as their terms, `2` or `2b` for another entry of the same term: `1 1 2b`. */
  log?: string;
  /** How many entries are compacted away. */
  compacted?: number;
  commit?: number;
  applied?: number;
  state?: number;
  incarnation?: number;
}

export function viewOf(shown: Shown): RaftView {
  const entries = (shown.log ?? '').split(' ').filter((entry) => entry !== '');
  const firstIndex = (shown.compacted ?? 0) + 1;
  const valid = (index: number): void => {
    if (index < firstIndex - 1 || index > entries.length) throw new RangeError(`there is no entry ${index}`);
  };
  const log = {
    firstIndex,
    lastIndex: entries.length,
    termAt(index: number) {
      valid(index);
      return index === 0 ? 0 : Number.parseInt(entries[index - 1], 10);
    },
    prefixHashAt(index: number) {
      valid(index);
      return [...entries.slice(0, index).join(' ')].reduce(
        (hash, letter) => (hash * 131 + letter.charCodeAt(0)) % 2 ** 40,
        7,
      );
    },
  };
  return {
    role: shown.role ?? 'follower',
    term: shown.term ?? 1,
    leader: null,
    commitIndex: shown.commit ?? 0,
    lastApplied: shown.applied ?? 0,
    stateHash: shown.state ?? 0,
    configuration: { index: 0, voters: [] },
    log,
  };
}

export const down = (host: string, incarnation = 1): Shown & { up: false } => ({
  host,
  incarnation,
  up: false,
});
export const booting = (host: string, incarnation: number): Shown & { booting: true } => ({
  host,
  incarnation,
  booting: true,
});

/** Shows the claim one observation after another, in one object, as a run does. */
function watched(claim: AlwaysClaim, shown: readonly Shown[]): Violation[] {
  const fold = claim.start();
  const violations: Violation[] = [];
  const observation: { -readonly [K in keyof Observation]: Observation[K] } = {
    seq: 0,
    atUs: 0,
    host: '',
    incarnation: 1,
    up: true,
    state: undefined,
  };
  shown.forEach((one, at) => {
    observation.seq = at;
    observation.atUs = at * 1_000_000;
    observation.host = one.host;
    observation.incarnation = one.incarnation ?? 1;
    observation.up = !('up' in one);
    observation.state = 'up' in one || 'booting' in one ? undefined : viewOf(one);
    const violation = fold.observe(observation);
    if (violation !== undefined) violations.push(violation);
  });
  return violations;
}

export const holds = (claim: AlwaysClaim, ...shown: Shown[]): void => {
  expect(watched(claim, shown)).toEqual([]);
  expect(watched(claim, shown), 'a second run knows nothing of the first').toEqual([]);
};

export const breaks = (claim: AlwaysClaim, message: string, ...shown: Shown[]): void => {
  const violations = watched(claim, shown);
  expect(violations.map((violation) => violation.message)).toEqual([message]);
  expect(violations[0]).toMatchObject({ check: claim.name, atUs: (shown.length - 1) * 1_000_000 });
  expect(JSON.parse(JSON.stringify(violations))).toEqual(violations);
  expect(watched(claim, shown.slice(0, -1))).toEqual([]);
};

export const lead = (host: string, term: number, log = '', more: Partial<Shown> = {}): Shown => ({
  host,
  role: 'leader',
  term,
  log,
  ...more,
});

/** What locks promise, read off what clients, nodes and resources show. */
import type { ResourceView, TableView } from '../../protocols/locks/index.ts';
import type { RaftView } from '../../protocols/raft/index.ts';
import {
  type AlwaysClaim,
  type Check,
  type Holding,
  mutualExclusion,
  pendingAtMost,
  type SometimesClaim,
  sometimes,
} from '../../sim/index.ts';
import type { LockHolderView } from '../workloads/lock.ts';

type Write = ResourceView['accepted'][number];

/**
 * Leases do not overlap. A lease lasts as long as its holder said when it last showed itself: one that is paused does
 * not hold beyond that, though it may believe so when it wakes up. What it does then is for `fencing` to judge.
 */
export const leasesDoNotOverlap: AlwaysClaim = {
  name: 'mutual-exclusion',
  about: 'No two clients believe in the same lock at one time.',
  kind: 'always',
  start() {
    let nowUs = 0;
    const holdings = (state: unknown): Holding[] | undefined =>
      (state as Partial<LockHolderView>).held?.map(({ key, remainingMs }) => ({
        resource: key,
        untilUs: nowUs + Math.floor(remainingMs * 1000),
      }));
    const { name, about } = leasesDoNotOverlap;
    const fold = mutualExclusion(name, about, holdings).start();
    return {
      observe(observation) {
        nowUs = observation.atUs;
        return fold.observe(observation);
      },
    };
  },
};

/**
 * The resource is written by one holder after another (Kleppmann, *How to do distributed locking*, 2016): its tokens
 * never go back, and a holder that another one has followed is never let in again, be it that they share a token or that
 * there are no tokens.
 */
export const fencing: AlwaysClaim = {
  name: 'fencing',
  about: 'The resource accepts nothing from a holder once it has accepted something from a later one.',
  kind: 'always',
  start() {
    const lastOf = new Map<string, Write>();
    const followed = new Map<string, string>();
    /** What is wrong with a write after those before it. */
    const problem = (write: Write): string | undefined => {
      const { key, holder, token } = write;
      const last = lastOf.get(key);
      lastOf.set(key, write);
      if (last === undefined || (last.holder === holder && last.token === token)) return undefined;
      if (last.token !== null && (token === null || token < last.token)) {
        return `token ${token} of ${holder} for "${key}" after token ${last.token} of ${last.holder}`;
      }
      const follower = followed.get(`${key} ${holder}`);
      if (follower !== undefined) return `${holder} for "${key}" again, although ${follower} had followed it`;
      followed.set(`${key} ${last.holder}`, holder);
      return undefined;
    };
    return {
      observe({ host, up, state, atUs }) {
        const { accepted, role } = (up ? (state ?? {}) : {}) as Partial<ResourceView>;
        if (role !== 'resource') return undefined;
        for (const write of accepted ?? []) {
          const found = problem(write);
          if (found === undefined) continue;
          return { check: fencing.name, message: `${host} accepted ${found}`, atUs, evidence: write };
        }
        return undefined;
      },
    };
  },
};

/** Locks changed hands, and were used by both. */
const lockPassedOn: SometimesClaim = {
  name: 'lock-passed-on',
  about: 'A resource is written by one holder after another.',
  kind: 'sometimes',
  start() {
    const lastOf = new Map<string, string>();
    let came = false;
    return {
      observe({ state }) {
        for (const { key, holder } of (state as Partial<ResourceView> | undefined)?.accepted ?? []) {
          came ||= lastOf.has(key) && lastOf.get(key) !== holder;
          lastOf.set(key, holder);
        }
        return came;
      },
    };
  },
};

/** The resource had to keep a holder out: without that a run proves nothing about fencing. */
const staleWriteRefused: SometimesClaim = sometimes(
  'stale-write-refused',
  'The resource refuses a write of a holder that another one has followed.',
  ({ state }) => ((state as Partial<ResourceView> | undefined)?.refused ?? 0) > 0,
);

/** What a host that keeps locks shows of them: a node by itself, or the leader of those that agree. */
function tableOf(state: unknown): TableView | undefined {
  const { role, machine, locked, waiting } = state as Partial<TableView> & Partial<RaftView>;
  if (role === 'leader') return machine as TableView;
  return locked === undefined || waiting === undefined ? undefined : { locked, waiting };
}

const pending = (state: unknown): string[] | undefined =>
  tableOf(state)?.locked.map(({ key, owner, renewals }) => `${key} of ${owner}, renewal ${renewals}`);

/**
 * First come, first served, by the order in which whoever keeps the locks has seen those who ask. Who has given up, or
 * has not asked again in time, has left the line.
 */
export const noOvertaking: AlwaysClaim = {
  name: 'no-overtaking',
  about: 'Nobody who stands in line for a key sees somebody get it who came later.',
  kind: 'always',
  start: () => ({
    observe({ host, up, state, atUs }) {
      const table = up && state !== undefined ? tableOf(state) : undefined;
      if (table === undefined || table.waiting.length === 0) return undefined;
      for (const { key, owner, ticket } of table.locked) {
        const passed = table.waiting.find((one) => one.key === key && ticket !== null && one.ticket < ticket);
        if (passed === undefined) continue;
        const message =
          `at ${host} ${owner} got "${key}" with ticket ${ticket}, ` +
          `while ${passed.owner} still waits with ticket ${passed.ticket}`;
        return { check: noOvertaking.name, message, atUs, evidence: { key, owner, ticket, passed } };
      }
      return undefined;
    },
  }),
};

/**
 * What fencing rests on, as clients were told: what a node gave and nobody heard of may be lost with it, and given again.
 */
export const tokensUnique: AlwaysClaim = {
  name: 'tokens-unique',
  about: 'No fencing token is given to two owners.',
  kind: 'always',
  start() {
    const ownerOf = new Map<number, string>();
    return {
      observe({ host, up, state, atUs }) {
        const held = up ? (state as Partial<LockHolderView> | undefined)?.held : undefined;
        for (const { key, owner, token } of held ?? []) {
          if (token === null) continue;
          const other = ownerOf.get(token);
          if (other === owner) continue;
          ownerOf.set(token, owner);
          if (other === undefined) continue;
          const message = `token ${token} was given to ${other}, and for "${key}" to ${owner} at ${host}`;
          return { check: tokensUnique.name, message, atUs, evidence: { key, token, owner, other } };
        }
        return undefined;
      },
    };
  },
};

/** Without that a run proves nothing about lines. */
const lineFormed: SometimesClaim = sometimes('line-formed', 'Several wait for one key.', ({ up, state }) => {
  const waiting = (up && state !== undefined ? tableOf(state)?.waiting : undefined) ?? [];
  return waiting.some(({ key }, at) => waiting.findIndex((other) => other.key === key) < at);
});

/** Without that a run proves nothing about renewing. */
const lockRenewed: SometimesClaim = sometimes(
  'lock-renewed',
  'A lock is renewed again and again.',
  ({ up, state }) =>
    (up && state !== undefined ? (tableOf(state)?.locked ?? []) : []).some(({ renewals }) => renewals >= 3),
);

const workStops: Check = {
  name: 'work-stops',
  about: 'Work whose lock is lost is stopped within a bound.',
  kind: 'always',
  options: {
    within: { type: 'duration', default: 50, min: 1, about: 'How long it may take to notice.' },
  },
  claim: ({ within }) =>
    pendingAtMost(
      ...([workStops.name, workStops.about, 'work without a lock'] as const),
      { withinUs: Number(within) * 1000 },
      (state) => {
        const { working, held } = state as Partial<LockHolderView>;
        return working
          ?.filter(({ owner }) => !held?.some((lock) => lock.owner === owner))
          .map(({ key, owner }) => `on ${key} as ${owner}`);
      },
    ),
};

/** Without that a run proves nothing about work being stopped. */
const workStopped: SometimesClaim = sometimes(
  'work-stopped',
  'Work is stopped because its lock is lost.',
  ({ state }) => ((state as Partial<LockHolderView> | undefined)?.stopped ?? 0) > 0,
);

const lockFreed: Check = {
  name: 'lock-freed',
  about: 'No key stays locked for longer than a bound on a node that runs, unless it is renewed.',
  kind: 'always',
  options: {
    within: {
      type: 'duration',
      default: 11_000,
      min: 1,
      about:
        'The longest ttl, and how long it may take to notice its end, of the time for which the node runs and its ' +
        'processor keeps up: it may be down, stand still or be behind besides. It counts anew with each leader of ' +
        'those who agree on the locks.',
    },
  },
  claim: ({ within }) =>
    inOffice(
      pendingAtMost(lockFreed.name, lockFreed.about, 'lock', { withinUs: Number(within) * 1000 }, pending),
    ),
};

/** For how long a host leads others, in their count; -1 if it does not. */
function termOf(state: object): number {
  const { role, term, epoch } = state as { role?: string; term?: number; epoch?: number };
  return role === 'leader' ? (term ?? -1) : role === 'primary' ? (epoch ?? -1) : -1;
}

/**
 * Of the leaders of a cluster only the latest is shown, and only as long as it leads: one that was followed by another may
 * not know it, and show for ever what it knew. Other hosts are shown as they are.
 */
function inOffice(claim: AlwaysClaim): AlwaysClaim {
  return {
    ...claim,
    start() {
      const fold = claim.start();
      let latest = { host: '', term: 0 };
      return {
        observe(observation) {
          const { host, up, state } = observation;
          const term = up && state !== undefined ? termOf(state as object) : -1;
          if (term > latest.term || (term === latest.term && latest.host === '')) {
            const former = latest.host;
            latest = { host, term };
            // Whatever it has, it is not for it any more to see to its end.
            if (former !== '' && former !== host) {
              const ended = fold.observe({ ...observation, host: former, up: false, state: undefined });
              if (ended !== undefined) return ended;
            }
          } else if (term >= 0 && host !== latest.host) return undefined;
          return fold.observe(observation);
        },
      };
    },
  };
}

const alwaysCheck = (claim: AlwaysClaim): Check => ({ ...named(claim), kind: 'always', claim: () => claim });
const sometimesCheck = (claim: SometimesClaim): Check => ({
  ...named(claim),
  kind: 'sometimes',
  claim: () => claim,
});
const named = ({ name, about }: AlwaysClaim | SometimesClaim) => ({ name, about, options: {} });

export const lockChecks: readonly Check[] = [
  alwaysCheck(leasesDoNotOverlap),
  alwaysCheck(fencing),
  alwaysCheck(noOvertaking),
  alwaysCheck(tokensUnique),
  workStops,
  lockFreed,
  sometimesCheck(lockPassedOn),
  sometimesCheck(staleWriteRefused),
  sometimesCheck(lineFormed),
  sometimesCheck(lockRenewed),
  sometimesCheck(workStopped),
];

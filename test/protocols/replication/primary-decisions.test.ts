/** Primary and secondaries: the decisions, in the sentences of the papers. */
import { describe, expect, test } from 'vitest';
import { RaftLog, textOf } from '../../../protocols/raft/log.ts';
import type { Entry } from '../../../protocols/raft/messages.ts';
import {
  agreesToFailover,
  freshest,
  isFresher,
  mayTakeOffice,
  noPledge,
  type Pledge,
  patienceMs,
  promised,
} from '../../../protocols/replication/primary-secondary/failover.ts';
import { leaseMs } from '../../../protocols/replication/primary-secondary/lease.ts';
import { acknowledgedTo, quorumsOf } from '../../../protocols/replication/primary-secondary/quorums.ts';
import { tokenAfter } from '../../../protocols/replication/primary-secondary/session.ts';
import { Standing } from '../../../protocols/replication/primary-secondary/standing.ts';

describe('how many servers a decision takes', () => {
  const modes = [
    ['synchronous', 0],
    ['semi-synchronous', 0],
    ...[1, 2, 3, 4, 9].map((count) => ['semi-synchronous', count] as const),
  ] as const;
  const sizes = [1, 2, 3, 4, 5, 6, 7];
  const table = modes.flatMap(([mode, acknowledgements]) =>
    sizes.map((servers) => [mode, acknowledgements, servers] as const),
  );

  test.each(table)(
    '%s, %i acknowledgements, %i servers: whoever is asked for a promise includes one who has stored what was acknowledged',
    (mode, acknowledgements, servers) => {
      const quorums = quorumsOf({ mode, acknowledgements }, servers);
      expect(quorums.promises + quorums.acknowledgements + 1).toBeGreaterThan(servers);
      expect(quorums.promises, 'and so no two coordinators get an epoch').toBeGreaterThan(servers / 2);
      expect(quorums.promises + quorums.confirmations, 'and a deposed primary reads nothing').toBeGreaterThan(
        servers,
      );
      expect(Math.max(quorums.promises, quorums.acknowledgements + 1)).toBeLessThanOrEqual(servers);
    },
  );

  test('an asynchronous primary asks nobody, and a failover after it asks no more than a majority', () => {
    const quorums = quorumsOf({ mode: 'asynchronous', acknowledgements: 3 }, 5);
    expect(quorums).toEqual({ acknowledgements: 0, promises: 3, confirmations: 3 });
  });

  test('with one acknowledgement of four, writes go on with three away, and failovers with one', () => {
    const quorums = quorumsOf({ mode: 'semi-synchronous', acknowledgements: 1 }, 5);
    expect(quorums).toEqual({ acknowledgements: 1, promises: 4, confirmations: 2 });
  });

  test.each([
    [9, [7, 3, 5, 1], 0, 9],
    [9, [7, 3, 5, 1], 1, 7],
    [9, [7, 3, 5, 1], 2, 5],
    [9, [7, 3, 5, 1], 4, 1],
    [2, [7, 3, 5, 1], 2, 2],
    [9, [], 1, 0],
  ])(
    'a primary at %i with secondaries at %j and %i of them needed has acknowledged %i',
    (own, stored, needed, to) => {
      expect(acknowledgedTo(own, stored, needed)).toBe(to);
    },
  );
});

describe('failing over', () => {
  const pledge: Pledge = { epoch: 4, coordinator: 'n2', taken: false };
  const quiet = { pledge, hearsPrimary: false };

  test('a server that hears the primary neither agrees that it is gone nor promises anything', () => {
    const hearing = { pledge, hearsPrimary: true };
    expect(agreesToFailover(hearing, 5)).toBe(false);
    expect(promised(hearing, 'n2', 5)).toBeNull();
  });

  test('subjectively down becomes objectively down when others agree', () => {
    expect(agreesToFailover(quiet, 5)).toBe(true);
    expect(agreesToFailover(quiet, 4)).toBe(false);
  });

  test.each([
    [3, 'n2', null],
    [4, 'n2', pledge],
    [4, 'n3', null],
    [5, 'n3', { epoch: 5, coordinator: 'n3', taken: false }],
  ] as const)(
    'asked for epoch %i by %s, one who has promised 4 to n2 promises %j',
    (epoch, from, expected) => {
      expect(promised(quiet, from, epoch)).toEqual(expected);
    },
  );

  test('an epoch that was promised because its primary was heard is promised to no coordinator', () => {
    const heard = { pledge: { epoch: 4, coordinator: null, taken: false }, hearsPrimary: false };
    expect(promised(heard, 'n2', 4)).toBeNull();
  });

  test('a server is primary of an epoch once, however often it is named', () => {
    expect(mayTakeOffice(pledge, 'n2', 4)).toBe(true);
    expect(mayTakeOffice({ ...pledge, taken: true }, 'n2', 4)).toBe(false);
  });

  test('it is named by the coordinator that it promised the epoch to, for that epoch', () => {
    expect(mayTakeOffice(pledge, 'n3', 4)).toBe(false);
    expect(mayTakeOffice(pledge, 'n2', 3)).toBe(false);
    expect(mayTakeOffice(pledge, 'n2', 5)).toBe(false);
    expect(mayTakeOffice(noPledge, 'n2', 0)).toBe(false);
  });

  test('the log of the latest epoch is the freshest, and of these the longest (VR Revisited, §4.2)', () => {
    const [old, short, long] = [
      { lastTerm: 2, lastIndex: 9 },
      { lastTerm: 3, lastIndex: 4 },
      { lastTerm: 3, lastIndex: 5 },
    ];
    expect(isFresher(short, old)).toBe(true);
    expect(isFresher(old, short)).toBe(false);
    expect(isFresher(long, short)).toBe(true);
    expect(isFresher(long, long)).toBe(false);
    const ends = new Map(Object.entries({ n1: old, n2: short, n3: long, n4: long }));
    expect(freshest(ends)).toBe('n3');
  });
});

test.each([
  [0, 150],
  [1, 300],
  [3, 1200],
  [9, 1200],
])('after %i failovers in vain a server is silent for %i ms at least', (vain, ms) => {
  expect(patienceMs(150, vain)).toBe(ms);
});

describe('what a primary knows of a secondary', () => {
  const logOf = (...epochs: number[]): RaftLog => {
    const log = new RaftLog();
    for (const term of epochs) {
      const entry: Entry = { term, command: { kind: 'noop' } };
      log.append(entry, textOf(entry));
    }
    return log;
  };
  const ask = (prevIndex: number, count: number) => ({
    epoch: 3,
    prevIndex,
    prevEpoch: 3,
    entries: Array.from({ length: count }, (): Entry => ({ term: 3, command: { kind: 'noop' } })),
    commitIndex: 0,
  });
  const accepted = { epoch: 3, accepted: true, conflictTerm: 0, conflictIndex: 0 };

  test('an answer that comes late takes nothing back', () => {
    const log = logOf(3, 3, 3, 3);
    const standing = new Standing('n2', 1);
    standing.answered(ask(0, 4), accepted, log, 20, 7);
    standing.answered(ask(0, 2), accepted, log, 10, 6);
    expect(standing).toMatchObject({ storedTo: 4, nextIndex: 5, heardFrom: 20, confirmedRound: 7 });
    const conflict = { epoch: 3, accepted: false, conflictTerm: 2, conflictIndex: 1 };
    expect(standing.answered(ask(3, 1), conflict, log, 10, 6)).toBe(false);
    expect(standing).toMatchObject({ storedTo: 4, nextIndex: 5 });
  });

  test('where the logs differ it goes back by a whole epoch', () => {
    const standing = new Standing('n2', 5);
    const conflict = { epoch: 3, accepted: false, conflictTerm: 2, conflictIndex: 2 };
    expect(standing.answered(ask(4, 0), conflict, logOf(1, 3, 3, 3), 10, 0)).toBe(true);
    expect(standing).toMatchObject({ storedTo: 0, nextIndex: 2 });
  });
});

describe('reads', () => {
  test('a lease ends before the first clock, however fast, says that it may (Gray and Cheriton 1989)', () => {
    for (const driftPpm of [0, 100, 1000, 50_000, 500_000]) {
      for (const failoverTimeout of [20, 150, 200, 10_000]) {
        const slowest = leaseMs(failoverTimeout, driftPpm) / (1_000_000 - driftPpm);
        expect(slowest).toBeLessThan(failoverTimeout / (1_000_000 + driftPpm));
      }
    }
  });

  test('a session has seen the later of what it wrote and what it read (Terry et al., §5)', () => {
    expect(tokenAfter(4, 7, 'write')).toBe(7);
    expect(tokenAfter(7, 4, 'read')).toBe(7);
  });
});

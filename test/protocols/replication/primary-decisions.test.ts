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
import {
  comparable,
  hasAll,
  isSnapshotDue,
} from '../../../protocols/replication/primary-secondary/snapshot.ts';
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

const ask = (prevIndex: number, count: number) => ({
  epoch: 3,
  prevIndex,
  prevEpoch: 3,
  entries: Array.from({ length: count }, (): Entry => ({ term: 3, command: { kind: 'noop' } })),
  commitIndex: 0,
});
const accepted = { epoch: 3, life: 1, accepted: true, conflictTerm: 0, conflictIndex: 0 };

describe('what a primary knows of a secondary', () => {
  const logOf = (...epochs: number[]): RaftLog => {
    const log = new RaftLog();
    for (const term of epochs) {
      const entry: Entry = { term, command: { kind: 'noop' } };
      log.append(entry, textOf(entry));
    }
    return log;
  };
  test('an answer that comes late takes nothing back', () => {
    const log = logOf(3, 3, 3, 3);
    const standing = new Standing('n2', 1);
    standing.answered(ask(0, 4), accepted, log, 25, 20, 7);
    standing.answered(ask(0, 2), accepted, log, 26, 10, 6);
    expect(standing).toMatchObject({ storedTo: 4, nextIndex: 5, heardFrom: 20, confirmedRound: 7 });
    const conflict = { epoch: 3, life: 1, accepted: false, conflictTerm: 2, conflictIndex: 1 };
    expect(standing.answered(ask(3, 1), conflict, log, 27, 10, 6)).toBe(false);
    expect(standing).toMatchObject({ storedTo: 4, nextIndex: 5 });
  });

  test('what it had, and has no more, is sent again', () => {
    const log = logOf(3, 3, 3, 3);
    const standing = new Standing('n2', 1);
    standing.answered(ask(0, 4), accepted, log, 25, 20, 7);
    const conflict = { epoch: 3, life: 2, accepted: false, conflictTerm: 0, conflictIndex: 3 };
    // It was sent before that was known: it may have come before what was stored.
    expect(standing.answered(ask(3, 1), conflict, log, 30, 24, 7)).toBe(false);
    expect(standing.answered(ask(4, 0), conflict, log, 40, 30, 7)).toBe(true);
    expect(standing).toMatchObject({ storedTo: 3, nextIndex: 4, life: 2 });
  });

  test('where the logs differ it goes back by a whole epoch', () => {
    const standing = new Standing('n2', 5);
    const conflict = { epoch: 3, life: 1, accepted: false, conflictTerm: 2, conflictIndex: 2 };
    expect(standing.answered(ask(4, 0), conflict, logOf(1, 3, 3, 3), 12, 10, 0)).toBe(true);
    expect(standing).toMatchObject({ storedTo: 0, nextIndex: 2 });
  });
});

/** A log that begins after place 3 of epoch 2, with two entries of epoch 2 and one of 3. */
function compacted(): RaftLog {
  const log = new RaftLog();
  for (const term of [1, 1, 2, 2, 2, 3]) {
    const entry: Entry = { term, command: { kind: 'noop' } };
    log.append(entry, textOf(entry));
  }
  log.compactTo(3);
  return log;
}

describe('a log that does not reach back to its beginning', () => {
  test('knows the epoch and the hash of the place before it, and goes on as before', () => {
    const log = compacted();
    expect([log.firstIndex, log.lastIndex, log.lastTerm]).toEqual([4, 6, 3]);
    expect([1, 2, 3, 4, 6, 7].map((index) => log.termAt(index))).toEqual([0, 0, 2, 2, 3, 0]);
    expect(log.prefixHashAt(2)).toBe(0);
    log.compactTo(6);
    expect([log.lastIndex, log.lastTerm, log.firstIndexFrom(2)]).toEqual([6, 3, 7]);
    log.compactTo(2);
    expect(log.firstIndex).toBe(7);
  });

  const entries = (...epochs: number[]): Entry[] =>
    epochs.map((term) => ({ term, command: { kind: 'noop' } }));
  const cases = [
    ['behind its beginning', 3, [3, 3], -1, 3, 2],
    ['across it, with the same entry there', 1, [1, 2, 2], -1, 3, 1],
    ['across it, with another one there', 1, [1, 3, 3], -1, null, 0],
    ['before it', 0, [1, 1], -1, null, 0],
    ['before it, after an agreement', 0, [1, 1], 3, 3, 0],
    ['before it, after an agreement on less', 0, [1, 1], 1, null, 0],
  ] as const;
  test.each(cases)('entries that lie %s', (_, prevIndex, epochs, agreedTo, from, count) => {
    const sent = { prevIndex, prevEpoch: 1, entries: entries(...epochs) };
    const stretch = comparable({ log: compacted(), agreedTo }, sent);
    if (from === null) expect(stretch).toBeNull();
    else expect([stretch?.prevIndex, stretch?.entries.length]).toEqual([from, count]);
  });

  test.each([
    [5, 2, -1, true],
    [5, 3, -1, false],
    [3, 2, -1, true],
    [2, 1, -1, false],
    [2, 1, 4, true],
    [7, 3, -1, false],
  ])(
    'a snapshot of place %i and epoch %i, with an agreement up to %i, is not needed: %s',
    (index, epoch, agreedTo, has) => {
      expect(hasAll({ log: compacted(), agreedTo }, { index, epoch, hash: 0 })).toBe(has);
    },
  );

  test('a snapshot is due after so many entries', () => {
    expect([isSnapshotDue(9, 5, 5), isSnapshotDue(10, 5, 5)]).toEqual([false, true]);
  });

  test('a secondary that lacks more than the log has needs a snapshot, and one whose state differs', () => {
    const log = compacted();
    const standing = new Standing('n2', 7);
    expect(standing.lacksSnapshot(log)).toBe(false);
    standing.answered(ask(6, 0), { ...accepted, accepted: false, conflictIndex: 3 }, log, 1, 1, 0);
    expect(standing.lacksSnapshot(log)).toBe(true);
    standing.installed(5, 2, 2, 1);
    expect(standing).toMatchObject({ storedTo: 5, nextIndex: 6, heardFrom: 2, confirmedRound: 1 });
    expect(standing.lacksSnapshot(log)).toBe(false);
    const differs = { ...accepted, accepted: false, needsSnapshot: true } as const;
    expect(standing.answered(ask(6, 0), differs, log, 3, 3, 1)).toBe(true);
    expect(standing.lacksSnapshot(log)).toBe(true);
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

/** Locks as a state machine: what is over is decided by the log. */
import { describe, expect, test } from 'vitest';
import { LockMachine, type LockOperation } from '../../../protocols/locks/raft/machine.ts';
import { soundRules } from '../../../protocols/locks/rules.ts';
import { ClusterClock, clusterTime, lastStamp } from '../../../protocols/raft/cluster-time.ts';
import { RaftLog, textOf } from '../../../protocols/raft/log.ts';
import { type Machine, StateMachine } from '../../../protocols/raft/machine.ts';
import type { Command } from '../../../protocols/raft/messages.ts';
import { freshness } from '../../../protocols/raft/sessions.ts';

const acquire = (owner: string, ttlMs = 100): LockOperation => ({
  ...{ kind: 'acquire', key: 'a', owner, ttlMs, fair: false },
});
const machine = () => new StateMachine(new LockMachine(soundRules) as unknown as Machine, 10, freshness);
const write = (session: number, seq: number, operation: LockOperation, at: number): Command => ({
  ...{ kind: 'write', session, seq, operation, at },
});

describe('a lock in the log', () => {
  test('its token is the index of the entry that gave it (Burrows 2006, §2.4: sequencers)', () => {
    const locks = machine();
    locks.apply(1, { kind: 'register' });
    expect(locks.apply(7, write(1, 1, acquire('x'), 0))).toMatchObject({ result: { token: 7 } });
  });

  test('thesis §6.3 a retried command is answered again, and gives no second token', () => {
    const locks = machine();
    locks.apply(1, { kind: 'register' });
    locks.apply(2, write(1, 1, acquire('x'), 0));
    expect(locks.apply(3, write(1, 1, acquire('x'), 50))).toMatchObject({ result: { token: 2 } });
  });

  test('thesis §6.3 it ends at the time that an entry carries, at all replicas alike', () => {
    const [one, other] = [machine(), machine()];
    const log: Command[] = [
      { kind: 'register' },
      write(1, 1, acquire('x'), 1000),
      write(1, 2, acquire('y'), 1099),
      write(1, 3, acquire('y'), 1100),
    ];
    const results = log.map((command, at) => one.apply(at + 1, command));
    expect(results.slice(1)).toMatchObject([
      { result: { token: 2 } },
      { result: null },
      { result: { token: 4 } },
    ]);
    log.map((command, at) => other.apply(at + 1, command));
    expect(other.hash).toBe(one.hash);
  });

  test('an entry with nothing but the time ends it too', () => {
    const locks = machine();
    const { time, read } = { time: locks.machine.time!, read: () => locks.machine.read({ key: 'a' }, 0) };
    locks.apply(1, { kind: 'register' });
    locks.apply(2, write(1, 1, acquire('x'), 1000));
    expect(time.dueMs).toBe(1100);
    const before = locks.hash;
    locks.apply(3, { kind: 'time', at: 1100 });
    expect([time.dueMs, read()]).toEqual([null, null]);
    expect(locks.hash).not.toBe(before);
  });

  test('a read tells how long the holder has it still', () => {
    const locks = machine();
    locks.apply(1, { kind: 'register' });
    locks.apply(2, write(1, 1, acquire('x'), 1000));
    expect(locks.machine.read({ key: 'a' }, 1030)).toEqual({ owner: 'x', token: 2, sinceMs: 30, leftMs: 70 });
  });
});

describe('cluster time', () => {
  const clockAt = (now: { ms: number }) => ({ elapsed: () => now.ms }) as never;

  test('goes on where the log ends, and then with the clock of the leader that never jumps', () => {
    const now = { ms: 5000 };
    const clock = new ClusterClock(clockAt(now), 70, clusterTime);
    expect(clock.now()).toBe(70);
    now.ms += 12.9;
    expect(clock.now()).toBe(82);
  });

  test('the last time in a log is that of its last entry which has one', () => {
    const log = new RaftLog();
    expect(lastStamp(log)).toBe(0);
    const commands: Command[] = [
      { kind: 'time', at: 40 },
      { ...write(1, 1, acquire('x'), 70) },
      { kind: 'noop' },
      { kind: 'write', session: 1, seq: 2, operation: null },
    ];
    for (const command of commands) log.append({ term: 1, command }, textOf({ term: 1, command }));
    expect(lastStamp(log)).toBe(70);
  });
});

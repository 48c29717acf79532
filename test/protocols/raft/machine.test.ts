import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { KeyValues, type KvOperation as Operation } from '../../../protocols/raft/kv.ts';
import { KvStateMachine } from '../../../protocols/raft/kv-machine.ts';
import type { Command } from '../../../protocols/raft/messages.ts';
import { freshness } from '../../../protocols/raft/sessions.ts';

const put = (key: string, value: string | number | null): Operation => ({ kind: 'put', key, value });
const write = (session: number, seq: number, operation: Operation): Command => ({
  kind: 'write',
  session,
  seq,
  operation,
});

describe('the map', () => {
  test('a cas puts its value only where it finds what it expects', () => {
    const map = new KeyValues();
    expect(map.apply({ kind: 'cas', key: 'x', from: 1, to: 2 })).toBe(false);
    expect(map.apply({ kind: 'cas', key: 'x', from: null, to: 2 })).toBe(true);
    expect(map.apply({ kind: 'cas', key: 'x', from: '2', to: 3 })).toBe(false);
    expect(map.read({ key: 'x' })).toBe(2);
    expect(map.apply({ kind: 'cas', key: 'x', from: 2, to: null })).toBe(true);
    expect(map.read({ key: 'x' })).toBe(null);
  });

  test('its hash depends on the content alone', () => {
    const key = fc.constantFrom('a', 'b', 'c');
    const value = fc.constantFrom(null, 0, 1, '1', 'x');
    fc.assert(
      fc.property(fc.array(fc.tuple(key, value)), (puts) => {
        const map = new KeyValues();
        for (const [key, value] of puts) map.apply(put(key, value));
        const direct = new KeyValues();
        for (const key of ['c', 'b', 'a']) direct.apply(put(key, map.read({ key })));
        expect(map.hash).toBe(direct.hash);
        direct.apply(put('b', 'another'));
        expect(direct.hash).not.toBe(map.hash);
      }),
    );
  });
});

describe('sessions', () => {
  const machineOf = (max: number) => new KvStateMachine(max, freshness);

  test('§8 a command that was executed already is answered again without being executed', () => {
    const machine = machineOf(10);
    machine.apply(1, { kind: 'register' });
    const cas: Operation = { kind: 'cas', key: 'x', from: null, to: 1 };
    expect(machine.apply(2, write(1, 1, cas))).toEqual({ status: 'done', result: true });
    expect(machine.apply(3, write(1, 1, cas))).toEqual({ status: 'done', result: true });
    expect(machine.get('x')).toBe(1);
  });

  test('§8 a late copy does not undo what the client did since', () => {
    const machine = machineOf(10);
    machine.apply(1, { kind: 'register' });
    machine.apply(2, write(1, 1, put('x', 'old')));
    machine.apply(3, write(1, 2, put('x', 'new')));
    expect(machine.apply(4, write(1, 1, put('x', 'old')))).toEqual({ status: 'superseded' });
    expect(machine.get('x')).toBe('new');
  });

  test('thesis §6.3 the least recently used session expires, on all servers alike', () => {
    const machine = machineOf(2);
    machine.apply(1, { kind: 'register' });
    machine.apply(2, { kind: 'register' });
    machine.apply(3, write(1, 1, put('x', 1)));
    machine.apply(4, { kind: 'register' });
    expect(machine.apply(5, write(2, 1, put('x', 2)))).toEqual({ status: 'expired' });
    expect(machine.apply(6, write(1, 2, put('x', 3)))).toEqual({ status: 'done', result: null });
    expect(machine.apply(7, write(4, 1, put('x', 4)))).toEqual({ status: 'done', result: null });
  });

  test('thesis §6.3 a command of no session is not executed', () => {
    const machine = machineOf(2);
    expect(machine.apply(1, write(7, 1, put('x', 1)))).toEqual({ status: 'expired' });
    expect(machine.get('x')).toBe(null);
  });

  test('the hash tells apart states that differ only in what they remember of sessions', () => {
    const [left, right] = [machineOf(2), machineOf(2)];
    for (const machine of [left, right]) machine.apply(1, { kind: 'register' });
    expect(left.hash).toBe(right.hash);
    left.apply(2, write(1, 1, put('x', null)));
    expect(left.hash).not.toBe(right.hash);
  });
});

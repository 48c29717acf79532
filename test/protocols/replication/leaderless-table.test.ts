/** What a node stores outlives it. */
import { describe, expect, test } from 'vitest';
import type { Disk } from '../../../protocols/host.ts';
import type { State } from '../../../protocols/replication/conflicts/resolution.ts';
import { lastWriteWins } from '../../../protocols/replication/conflicts/stamped.ts';
import { Table } from '../../../protocols/replication/leaderless/table.ts';
import { CrashDisk, quiet } from '../crash-disk.ts';

const state = (time: number, value: number | null = time): State =>
  lastWriteWins.written({ time, writer: 'n1.1', count: time }, value, {});
const open = (disk: Disk, compactionRecords = 3) => Table.open(disk, lastWriteWins, compactionRecords);
const shown = (table: Table, key: string) => {
  const known = table.states.get(key);
  return known === undefined ? undefined : lastWriteWins.found(known).values[0];
};
const hintOf = (table: Table, key: string) => table.hints.get('n2')?.get(key);

/** Many changes, one after the other, through several journals; calls `done` after each. */
async function work(disk: Disk, done: (change: number) => void): Promise<void> {
  const table = await open(disk);
  const changes = [
    () => table.store('a', state(1)),
    () => table.store('b', state(2)),
    () => table.hint('n2', 'c', state(3)),
    () => table.store('a', state(4)),
    () => table.store('b', state(5, null)),
    () => table.hint('n2', 'd', state(6)),
    () => table.handedOver('n2', 'c', state(3)),
    () => table.forget('b', state(5, null)),
    () => table.store('a', state(7)),
  ];
  for (const [at, change] of changes.entries()) {
    await change();
    done(at + 1);
  }
}

/** What must be there after so many changes, and what may be. */
function expectAfter(table: Table, done: number): void {
  const a = Number(shown(table, 'a') ?? 0);
  expect(a).toBeGreaterThanOrEqual(done >= 9 ? 7 : done >= 4 ? 4 : done >= 1 ? 1 : 0);
  if (done >= 2 && done < 4) expect(shown(table, 'b')).toBe(2);
  if (done === 5 || done === 6) expect(lastWriteWins.isTombstone(table.states.get('b')!)).toBe(true);
  if (done >= 8) expect([table.states.has('b'), table.floor]).toEqual([false, 5]);
  if (done >= 3 && done < 6) expect(hintOf(table, 'c')).toEqual(state(3));
  if (done >= 7) expect(hintOf(table, 'c')).toBeUndefined();
  if (done >= 6) expect(hintOf(table, 'd')).toEqual(state(6));
}

describe('a crash at any point of a disk’s work', () => {
  const fates = [() => false, () => true, alternating(1), alternating(3), alternating(5)];

  test.each(fates.map((survives, at) => [at, survives] as const))(
    'loses nothing that was promised, whatever becomes of the rest (fate %i)',
    async (_, survives) => {
      for (let effects = 0; ; effects++) {
        const disk = new CrashDisk(effects);
        let done = 0;
        void work(disk, (change) => {
          done = change;
        });
        while (!disk.isDead && done < 9) await quiet();
        if (done === 9) {
          expect(effects, 'there were many points').toBeGreaterThan(40);
          break;
        }
        disk.crash(survives);
        const table = await open(disk);
        expectAfter(table, done);
        await table.store('after', state(9));
        disk.crash(() => false);
        expect(shown(await open(disk), 'after')).toBe(9);
      }
    },
  );
});

test('no two lives have the same number, however short they are', async () => {
  const boots = new Set<number>();
  for (let effects = 0; effects < 8; effects++) {
    const disk = new CrashDisk();
    boots.clear();
    for (let life = 0; life < 4; life++) {
      boots.add((await open(disk)).boot);
      disk.crash(() => false);
    }
    expect([...boots]).toEqual([1, 2, 3, 4]);
  }
});

test('nothing is shown before it is durable', async () => {
  const disk = new CrashDisk();
  const table = await open(disk, 100);
  const storing = table.store('a', state(1));
  expect(shown(table, 'a')).toBeUndefined();
  await storing;
  expect(shown(table, 'a')).toBe(1);
});

test('what is older than what is stored is no change; the journal does not grow by it', async () => {
  const disk = new CrashDisk();
  const table = await open(disk, 100);
  await table.store('a', state(5));
  const before = disk.asked.length;
  expect(await table.store('a', state(4))).toBe(false);
  expect(await table.store('a', state(5))).toBe(false);
  expect(disk.asked).toHaveLength(before);
});

test('a hint stays if more has come while it was handed over', async () => {
  const table = await open(new CrashDisk(), 100);
  await table.hint('n2', 'a', state(1));
  await table.hint('n2', 'a', state(2));
  await table.handedOver('n2', 'a', state(1));
  expect(hintOf(table, 'a')).toEqual(state(2));
});

test('a journal that has grown is written anew, with changes that are under way meanwhile', async () => {
  const disk = new CrashDisk();
  const table = await open(disk, 5);
  for (let round = 0; round < 5; round++) {
    const changes = Array.from({ length: 8 }, (_, at) =>
      table.store(`k${at % 4}`, state(8 * round + at + 1)),
    );
    await Promise.all(changes);
  }
  expect(table.log.rewritten).toBeGreaterThan(0);
  expect(table.log.records).toBeLessThan(25);
  disk.crash(() => false);
  const again = await open(disk, 5);
  expect([0, 1, 2, 3].map((at) => shown(again, `k${at}`))).toEqual([37, 38, 39, 40]);
});

function alternating(pattern: number): () => boolean {
  let asked = 0;
  return () => ((asked++ >> (pattern - 1)) & 1) === 0;
}

/** The log of a copy outlives crashes, and does not grow for ever. */
import { expect, test } from 'vitest';
import { type Entry, Replica } from '../../../protocols/gossip/index.ts';
import { openStore } from '../../../protocols/gossip/store.ts';
import type { Disk } from '../../../protocols/host.ts';
import { CrashDisk, quiet } from '../crash-disk.ts';

const entryOf = (version: number): Entry => ({
  key: `k${version % 3}`,
  value: version % 5 === 0 ? null : version,
  version,
  writer: 'n1',
});

/** A copy, as a host has it. */
async function copy(disk: Disk) {
  const replica = new Replica();
  const whole = () => ({ entries: [...replica.entries.values()], seen: replica.seen });
  const store = await openStore(disk, 4, whole);
  for (const { entries, seen } of store.records) replica.apply(entries, seen, 0);
  const take = (version: number) => {
    const record = { entries: [entryOf(version)], seen: { n1: version } };
    return store.write(record, () => replica.apply(record.entries, record.seen, 0));
  };
  return { replica, store, take };
}

const newest = (replica: Replica): number =>
  Math.max(0, ...[...replica.entries.values()].map(({ version }) => version));

test('what is on disk is in proportion to the copy, with what is under way meanwhile', async () => {
  const disk = new CrashDisk();
  const { replica, store, take } = await copy(disk);
  for (let round = 0; round < 10; round++) await Promise.all([1, 2, 3, 4].map((at) => take(4 * round + at)));
  expect(store.log.rewritten).toBeGreaterThan(3);
  expect(store.log.records).toBeLessThan(14);
  disk.crash(() => false);
  const again = await copy(disk);
  expect([...again.replica.entries].sort()).toEqual([...replica.entries].sort());
  expect(again.replica.seen).toEqual({ n1: 40 });
});

test.each([false, true])(
  'a crash at any point of the disk’s work loses nothing that took effect (%s)',
  async (kept) => {
    for (let effects = 0; ; effects++) {
      const disk = new CrashDisk(effects);
      let done = 0;
      void (async () => {
        const { take } = await copy(disk);
        for (let version = 1; version <= 14; version += 2) {
          await Promise.all([take(version), take(version + 1)]);
          done = version + 1;
        }
      })();
      while (!disk.isDead && done < 14) await quiet();
      if (done === 14) {
        expect(effects, 'there were many points').toBeGreaterThan(20);
        return;
      }
      disk.crash(() => kept);
      const { replica, take } = await copy(disk);
      expect(newest(replica)).toBeGreaterThanOrEqual(done);
      await take(100);
      disk.crash(() => false);
      expect(newest((await copy(disk)).replica)).toBe(100);
    }
  },
);

/** A log that begins with a snapshot: what was stored outlives a crash, and the state is the one that all entries make. */
import { describe, expect, test } from 'vitest';
import type { Disk } from '../../../protocols/host.ts';
import type { Entry } from '../../../protocols/raft/messages.ts';
import type { PrimarySecondaryOptions } from '../../../protocols/replication/primary-secondary/options.ts';
import { Replica } from '../../../protocols/replication/primary-secondary/replica.ts';
import { soundRules } from '../../../protocols/replication/primary-secondary/rules.ts';
import { CrashDisk, quiet } from '../crash-disk.ts';

const options = { sessionsMax: 2, snapshotEntries: 3 } as PrimarySecondaryOptions;
const open = (disk: Disk, snapshotEntries = 3) =>
  Replica.recover(disk, { ...options, snapshotEntries }, soundRules);

/** Registers two sessions, then writes in turn; each entry changes the state. */
function entry(index: number, term = 1): Entry {
  if (index <= 2) return { term, command: { kind: 'register' } };
  const operation = { kind: 'put', key: `k${index % 4}`, value: index * 10 + term };
  const session = term * 0x8000000 + (index % 2) + 1;
  return { term, command: { kind: 'write', session, seq: index, operation } };
}

/** Replica that never takes a snapshot, with the entries 1 to `count`, all applied. */
async function whole(count: number, term = 1): Promise<Replica> {
  const replica = await open(new CrashDisk(), 1e9);
  for (let index = 1; index <= count; index++) replica.append(entry(index, term));
  replica.commitTo(count);
  return replica;
}

async function fill(replica: Replica, upTo: number, done: (index: number) => void): Promise<void> {
  replica.onSnapshot((stored) => void stored.catch(() => {}));
  while (replica.log.lastIndex < upTo) {
    const index = replica.append(entry(replica.log.lastIndex + 1));
    await replica.save();
    done(index);
    replica.commitTo(index - 1);
  }
}

test('a log reaches back to the snapshot before the last one, and the state is as if it were whole', async () => {
  const disk = new CrashDisk();
  const replica = await open(disk);
  await fill(replica, 20, () => {});
  await quiet();
  expect(replica.log.firstIndex).toBeGreaterThan(10);
  expect(replica.log.firstIndex - 1).toBeLessThan(replica.snapshot.index);
  const all = await whole(19);
  expect(replica.machine.hash).toBe(all.machine.hash);
  expect(replica.log.prefixHashAt(19)).toBe(all.log.prefixHashAt(19));
  expect((await disk.list()).filter((name) => name.startsWith('log'))).toHaveLength(1);
});

test('after a restart it begins with the state of the snapshot, sessions and all', async () => {
  const disk = new CrashDisk();
  await fill(await open(disk), 20, () => {});
  await quiet();
  disk.crash(() => false);
  const again = await open(disk);
  expect(again.lastApplied).toBe(again.snapshot.index);
  expect(again.machine.hash).toBe((await whole(again.snapshot.index)).machine.hash);
  again.commitTo(20);
  expect(again.machine.hash).toBe((await whole(20)).machine.hash);
});

describe('a crash at any point of a disk’s work', () => {
  const fates = [() => false, () => true, (at: number) => at % 2 === 0, (at: number) => at % 3 === 0];
  test.each(fates.map((fate, at) => [at, fate] as const))(
    'loses no entry that was stored (fate %i)',
    async (_, fate) => {
      const hashes = (await whole(12)).log;
      for (let effects = 0; ; effects++) {
        const disk = new CrashDisk(effects);
        let saved = 0;
        void open(disk).then((replica) =>
          fill(replica, 12, (index) => {
            saved = index;
          }),
        );
        while (!disk.isDead && saved < 12) await quiet();
        if (!disk.isDead) {
          expect(effects, 'there were many points').toBeGreaterThan(40);
          break;
        }
        let at = 0;
        disk.crash(() => fate(at++));
        const { log, snapshot } = await open(disk);
        expect(log.lastIndex).toBeGreaterThanOrEqual(saved);
        expect(log.prefixHashAt(saved)).toBe(saved < log.firstIndex - 1 ? 0 : hashes.prefixHashAt(saved));
        expect(snapshot.index).toBeLessThanOrEqual(log.lastIndex);
      }
    },
  );
});

describe('a primary’s snapshot', () => {
  const snapshotOf = async (term: number) => {
    const other = await open(new CrashDisk());
    other.onSnapshot((stored) => void stored.catch(() => {}));
    for (let index = 1; index <= 8; index++) other.append(entry(index, term));
    other.commitTo(8);
    await quiet();
    return other.snapshot;
  };

  test('takes the place of log and state, also after a restart', async () => {
    const disk = new CrashDisk();
    const replica = await open(disk);
    await fill(replica, 5, () => {});
    const snapshot = await snapshotOf(2);
    expect(await replica.install(snapshot, () => true)).toBe(true);
    for (const one of [replica, await open(disk)]) {
      expect([one.log.firstIndex, one.log.lastIndex, one.log.lastTerm]).toEqual([9, 8, 2]);
      expect([one.commitIndex, one.savedTo]).toEqual([8, 8]);
      expect(one.machine.hash).toBe((await whole(8, 2)).machine.hash);
    }
  });

  test('changes nothing if it is not wanted any more', async () => {
    const replica = await open(new CrashDisk());
    await fill(replica, 5, () => {});
    expect(await replica.install(await snapshotOf(2), () => false)).toBe(false);
    expect(replica.log.lastIndex).toBe(5);
  });
});

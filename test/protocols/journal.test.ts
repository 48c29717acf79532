import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CorruptFile } from '../../protocols/checksum.ts';
import { Journal, scan } from '../../protocols/journal.ts';
import { CrashDisk, quiet } from './crash-disk.ts';

const bytesOf = (text: string) => new TextEncoder().encode(text);
const textOf = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
const never = () => false;

async function open(disk: CrashDisk) {
  const { journal, records, tornBytes } = await Journal.open(disk, 'log');
  return { journal, texts: records.map(textOf), tornBytes };
}

async function filled(disk: CrashDisk, ...batches: readonly string[][]): Promise<Journal> {
  const { journal } = await open(disk);
  for (const batch of batches) {
    for (const text of batch) journal.append(bytesOf(text));
    await journal.sync();
  }
  return journal;
}

test('what was synced survives a crash, name included', async () => {
  const disk = new CrashDisk();
  await filled(disk, ['one', 'two'], ['three', '']);
  disk.crash(never);
  expect(await open(disk)).toMatchObject({ texts: ['one', 'two', 'three', ''], tornBytes: 0 });
});

test('what was not synced may be lost', async () => {
  const disk = new CrashDisk();
  const journal = await filled(disk, ['one']);
  journal.append(bytesOf('two'));
  disk.crash(never);
  expect((await open(disk)).texts).toEqual(['one']);
});

test('what recovery returns is durable, even if a dead process never synced it', async () => {
  const disk = new CrashDisk(2);
  const { journal } = await open(disk);
  journal.append(bytesOf('one'));
  void journal.sync();
  await quiet();
  disk.crash(() => true);
  expect((await open(disk)).texts).toEqual(['one']);
  disk.crash(never);
  expect((await open(disk)).texts).toEqual(['one']);
});

test('appends during a sync share the next one', async () => {
  const disk = new CrashDisk();
  const journal = await filled(disk, ['one']);
  const before = disk.asked.length;
  const syncs = ['two', 'three', 'four', 'five'].map((text) => {
    journal.append(bytesOf(text));
    return journal.sync();
  });
  await syncs[0];
  journal.append(bytesOf('six'));
  await journal.sync();
  expect(disk.asked.slice(before)).toEqual(['write log', 'sync log', 'write log', 'sync log']);
  await Promise.all(syncs);
});

test('truncate forgets records that are stored, on their way, or pending', async () => {
  const disk = new CrashDisk();
  const journal = await filled(disk, ['one', 'two', 'three']);
  journal.append(bytesOf('four'));
  const underWay = journal.sync();
  await null;
  journal.append(bytesOf('five'));
  journal.truncate(4);
  expect(journal.length).toBe(4);
  journal.truncate(2);
  journal.append(bytesOf('six'));
  expect(journal.length).toBe(3);
  await underWay;
  await journal.sync();
  disk.crash(never);
  expect((await open(disk)).texts).toEqual(['one', 'two', 'six']);
});

test('a cut is durable before anything is written behind it', async () => {
  const disk = new CrashDisk();
  const journal = await filled(disk, ['one', 'two']);
  const before = disk.asked.length;
  journal.truncate(1);
  journal.append(bytesOf('three'));
  await journal.sync();
  expect(disk.asked.slice(before)).toEqual(['truncate log', 'sync log', 'write log', 'sync log']);
});

describe('after a crash', () => {
  test('a torn end is cut off, and new records follow the last good one', async () => {
    const disk = new CrashDisk(4);
    const journal = await filled(disk, ['one']);
    journal.append(bytesOf('a longer record, which will be torn somewhere in the middle of it'));
    void journal.sync();
    await quiet();
    let part = 0;
    disk.crash(() => part++ !== 3);
    const { journal: again, texts, tornBytes } = await open(disk);
    expect(texts).toEqual(['one']);
    expect(tornBytes).toBeGreaterThan(0);
    again.append(bytesOf('two'));
    await again.sync();
    disk.crash(never);
    expect(await open(disk)).toMatchObject({ texts: ['one', 'two'], tornBytes: 0 });
  });

  test('good records behind a bad one of the same batch are a torn end too', async () => {
    const disk = new CrashDisk();
    await filled(disk, ['zero'], ['one', 'two', 'three']);
    const size = await disk.size('log');
    disk.decay('log', size - 60);
    expect((await open(disk)).texts.length).toBeLessThan(4);
  });

  test('good records behind a bad one that had been durable are corruption', async () => {
    const disk = new CrashDisk();
    await filled(disk, ['one', 'two'], ['three']);
    disk.decay('log', 22);
    await expect(open(disk)).rejects.toThrow(CorruptFile);
    await expect(open(disk)).rejects.toThrow('log is corrupt at byte 0');
  });

  test('bits that flip are noticed wherever they are', async () => {
    const disk = new CrashDisk();
    await filled(disk, ['one', 'two'], ['three'], ['four']);
    const bytes = await disk.read('log', 0, 1000);
    for (let at = 0; at < bytes.length; at++) {
      const flipped = bytes.slice();
      flipped[at]! ^= 0x40;
      const { state, records } = scan(flipped);
      const isPadding = records.length === 4;
      if (!isPadding) expect(state).toBe(records.length < 3 ? 'corrupt' : 'torn');
    }
  });

  test('records are what they were before, or a beginning of what they were to be', async () => {
    const step = fc.oneof(
      { weight: 4, arbitrary: fc.record({ append: fc.string({ maxLength: 40 }) }) },
      { weight: 1, arbitrary: fc.record({ truncate: fc.nat(6) }) },
      { weight: 2, arbitrary: fc.record({ sync: fc.boolean() }) },
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 24 }),
        fc.nat(30),
        fc.infiniteStream(fc.boolean()),
        async (steps, changes, fates) => {
          const disk = new CrashDisk(changes);
          const { journal } = await open(disk);
          let now: string[] = [];
          const contents: string[][] = [now];
          /** The last of them that is known to be durable. */
          let durable = 0;
          for (const step of steps) {
            if ('append' in step) {
              now = [...now, step.append];
              journal.append(bytesOf(step.append));
            } else if ('truncate' in step) {
              now = now.slice(0, step.truncate);
              journal.truncate(step.truncate);
            } else {
              const latest = contents.length - 1;
              const synced = journal.sync().then(() => {
                durable = Math.max(durable, latest);
              });
              // Not to await it leaves the batch open while the next steps come.
              if (step.sync) await Promise.race([synced, quiet()]);
              if (disk.isDead) break;
              continue;
            }
            contents.push(now);
          }
          await quiet();
          disk.crash(() => fates.next().value);
          const { texts } = await open(disk);
          const possible = contents.slice(durable);
          const common = possible.reduce((left, right) => left.slice(0, agreement(left, right)));
          expect(texts.slice(0, common.length)).toEqual(common);
          expect(possible.some((content) => agreement(content, texts) === texts.length)).toBe(true);
          disk.crash(() => fates.next().value);
          expect((await open(disk)).texts).toEqual(texts);
        },
      ),
      { numRuns: 400 },
    );
  });
});

/** How many records two contents begin with in common. */
function agreement(left: readonly string[], right: readonly string[]): number {
  let count = 0;
  while (count < left.length && count < right.length && left[count] === right[count]) count++;
  return count;
}

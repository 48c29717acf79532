import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CorruptFile } from '../../protocols/checksum.ts';
import { CompactedJournal, recordsMaxOf } from '../../protocols/compacted-journal.ts';
import { CrashDisk, quiet } from './crash-disk.ts';
import { FaultyDisk } from './faulty-disk.ts';

const bytesOf = (text: string) => new TextEncoder().encode(text);
const textOf = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
const never = () => false;

async function open(disk: CrashDisk | FaultyDisk, compactionRecords = 4) {
  const { journal, records } = await CompactedJournal.open(disk, 'log', compactionRecords);
  return { journal, texts: records.map(textOf) };
}

/** The latest value of each key, with a log of all that were given. */
class Values {
  readonly known = new Map<string, string>();
  readonly journal: CompactedJournal;

  constructor({ journal, texts }: { journal: CompactedJournal; texts: readonly string[] }) {
    this.journal = journal;
    for (const text of texts) this.#apply(text);
  }

  set(key: string, value: string): Promise<void> {
    const text = `${key}=${value}`;
    this.journal.append(bytesOf(text));
    this.#apply(text);
    if (this.journal.hasGrown) {
      this.journal.rewrite([...this.known].map(([one, its]) => bytesOf(`${one}=${its}`)));
    }
    return this.journal.sync();
  }

  #apply(text: string): void {
    const [key, value] = text.split('=');
    this.known.set(key!, value!);
  }
}

test('a file grows to twice its live records, or by a fixed number if that is more', () => {
  expect(recordsMaxOf(0, 100)).toBe(100);
  expect(recordsMaxOf(30, 100)).toBe(130);
  expect(recordsMaxOf(300, 100)).toBe(600);
});

test('what is on disk is in proportion to what is live, however much was appended', async () => {
  const disk = new CrashDisk();
  const values = new Values(await open(disk));
  let largest = 0;
  for (let round = 0; round < 200; round++) {
    await values.set(`k${round % 3}`, `${round}`);
    largest = Math.max(largest, await disk.size('log'));
  }
  expect(largest).toBeLessThan(400);
  expect(values.journal.view.records).toBeLessThanOrEqual(recordsMaxOf(3, 4) + 1);
  expect(values.journal.view.rewritten).toBeGreaterThan(30);
  disk.crash(never);
  const again = new Values(await open(disk));
  expect(again.known).toEqual(values.known);
  expect(await disk.list()).toEqual(['log']);
});

test('a boot remembers how many records were live at the last time', async () => {
  const disk = new CrashDisk();
  const { journal } = await open(disk);
  journal.rewrite(Array.from({ length: 20 }, (_, index) => bytesOf(`${index}`)));
  await journal.sync();
  const { journal: again, texts } = await open(disk);
  expect(texts).toHaveLength(20);
  for (let count = 0; count < 18; count++) again.append(bytesOf('more'));
  expect(again.hasGrown).toBe(false);
  for (let count = 0; count < 2; count++) again.append(bytesOf('more'));
  expect(again.hasGrown).toBe(true);
});

test('what is appended while the file is written anew comes after it, and is durable with the next sync', async () => {
  const disk = new CrashDisk();
  const { journal } = await open(disk);
  journal.append(bytesOf('old'));
  journal.rewrite([bytesOf('live')]);
  journal.append(bytesOf('later'));
  expect(journal.hasGrown).toBe(false);
  await journal.sync();
  disk.crash(never);
  expect((await open(disk)).texts).toEqual(['live', 'later']);
});

test('who waits for the new file hears of it before those who come when it is there', async () => {
  const disk = new CrashDisk();
  const { journal } = await open(disk);
  const told: number[] = [];
  journal.rewrite([bytesOf('live')]);
  for (const at of [1, 2]) {
    journal.append(bytesOf(`${at}`));
    void journal.sync().then(() => told.push(at));
  }
  while (journal.view.rewritten === 0) await null;
  // The new file is there, and what waited for it is on its way.
  journal.append(bytesOf('3'));
  await journal.sync().then(() => told.push(3));
  expect(told).toEqual([1, 2, 3]);
});

test('the old file is written to no more when another one has its name', async () => {
  const disk = new CrashDisk();
  const { journal } = await open(disk);
  journal.append(bytesOf('one'));
  void journal.sync();
  journal.append(bytesOf('two'));
  journal.rewrite([bytesOf('both')]);
  await journal.sync();
  const asked = disk.asked.slice(disk.asked.indexOf('rename log.new'));
  expect(asked).toEqual(['rename log.new', 'syncNames']);
  expect((await open(disk)).texts).toEqual(['both']);
});

describe('decay', () => {
  test('of what a file began with is noticed, though it was one batch', async () => {
    const sizes = async () => {
      const disk = new CrashDisk();
      const { journal } = await open(disk);
      journal.rewrite(['one', 'two', 'three'].map(bytesOf));
      await journal.sync();
      return { disk, size: await disk.size('log') };
    };
    const { size } = await sizes();
    const sealBytes = 20;
    for (let at = 0; at < size; at++) {
      const { disk } = await sizes();
      disk.decay('log', at);
      const opened = await open(disk).then(
        ({ texts }) => texts,
        (error: unknown) => error,
      );
      if (at >= size - sealBytes) expect(opened, 'nothing is lost with the seal').toHaveLength(3);
      else if (!Array.isArray(opened)) expect(opened).toBeInstanceOf(CorruptFile);
      else expect(opened, `padding at ${at}`).toHaveLength(3);
    }
  });
});

test('an error of the disk while the file is written anew is told to whoever syncs, then and later', async () => {
  const disk = new FaultyDisk();
  const values = new Values(await open(disk));
  await values.set('a', '1');
  await values.set('a', '2');
  await values.set('a', '3');
  disk.fails = () => true;
  await expect(values.set('a', '4')).rejects.toThrow('input/output error');
  disk.fails = never;
  await expect(values.set('a', '5')).rejects.toThrow('input/output error');
  expect(Number(new Values(await open(disk)).known.get('a'))).toBeGreaterThanOrEqual(3);
});

describe('a crash at every point of it', () => {
  /** Sets keys until the disk dies after so many changes; what was durable, and what came after that. */
  async function crashedAfter(changes: number) {
    const disk = new CrashDisk(changes);
    const values = new Values(await open(disk, 2));
    const durable = new Map<string, string>();
    const given: string[] = [];
    for (let round = 0; round < 12 && !disk.isDead; round++) {
      const [key, value] = [`k${round % 2}`, `${round}`];
      given.push(value);
      void values.set(key, value).then(() => durable.set(key, value));
      await quiet();
    }
    return { disk, durable, given };
  }

  test('keeps what was durable, whatever survives of the rest', async () => {
    let points = 0;
    for (let changes = 0; ; changes++) {
      const fates = [never, () => true];
      for (let pattern = 1; pattern < 6; pattern++) {
        let part = 0;
        fates.push(() => part++ % (pattern + 1) === 0);
      }
      let isOver = false;
      for (const survives of fates) {
        const { disk, durable, given } = await crashedAfter(changes);
        isOver = !disk.isDead;
        disk.crash(survives);
        const { known } = new Values(await open(disk, 2));
        for (const [key, value] of durable) {
          expect(Number(known.get(key)), `after ${changes} changes`).toBeGreaterThanOrEqual(Number(value));
        }
        for (const value of known.values()) expect(given).toContain(value);
        expect(await disk.list(), 'no draft is left').not.toContain('log.new');
      }
      if (isOver) break;
      points++;
    }
    expect(points).toBeGreaterThan(40);
  });

  test('any number of times', async () => {
    const life = fc.record({ changes: fc.nat(40), survivals: fc.array(fc.boolean(), { maxLength: 30 }) });
    await fc.assert(
      fc.asyncProperty(fc.array(life, { minLength: 1, maxLength: 6 }), async (lives) => {
        const disk = new CrashDisk();
        const durable = new Map<string, number>();
        let given = 0;
        for (const { changes, survivals } of lives) {
          const opened = await open(disk, 2);
          const values = new Values(opened);
          for (const [key, value] of durable) {
            expect(Number(values.known.get(key))).toBeGreaterThanOrEqual(value);
          }
          disk.left = changes;
          for (let round = 0; round < 12 && !disk.isDead; round++) {
            const [key, value] = [`k${round % 2}`, ++given];
            void values.set(key, `${value}`).then(() => durable.set(key, value));
            await quiet();
          }
          let at = 0;
          disk.crash(() => survivals[at++ % Math.max(survivals.length, 1)] ?? false);
        }
        const { known } = new Values(await open(disk, 2));
        for (const [key, value] of durable) expect(Number(known.get(key))).toBeGreaterThanOrEqual(value);
      }),
      { numRuns: 100 },
    );
  });
});

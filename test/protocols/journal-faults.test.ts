/** The journal on disks that fail, tear, forget and rot: what was promised is there, or its loss is noticed. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CorruptFile } from '../../protocols/checksum.ts';
import { isDiskError } from '../../protocols/host.ts';
import { Journal } from '../../protocols/journal.ts';
import { quiet } from './crash-disk.ts';
import { FaultyDisk, type PowerLossKind } from './faulty-disk.ts';

const runs = process.env.SKERRY_LONG === '1' ? 20_000 : 1_500;
const bytesOf = (text: string) => new TextEncoder().encode(text);
const textOf = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
const calm = () => 0;
const cruel = (limit: number) => limit - 1;

async function open(disk: FaultyDisk) {
  const { journal, records } = await Journal.open(disk, 'log');
  return { journal, texts: records.map(textOf) };
}

async function written(disk: FaultyDisk, ...batches: readonly string[][]): Promise<Journal> {
  const { journal } = await open(disk);
  for (const batch of batches) {
    for (const text of batch) journal.append(bytesOf(text));
    await journal.sync();
  }
  return journal;
}

describe('after a failed sync', () => {
  /** A journal whose second batch is written, and its sync fails. */
  async function failed() {
    const disk = new FaultyDisk();
    const journal = await written(disk, ['one']);
    journal.append(bytesOf('two'));
    const operations = [false, true];
    disk.fails = () => operations.shift() ?? false;
    const syncing = journal.sync();
    await expect(syncing).rejects.toThrow('input/output error');
    return { disk, journal };
  }

  test('the journal is of no use any more', async () => {
    const { disk, journal } = await failed();
    disk.fails = () => false;
    await expect(journal.sync()).rejects.toThrow('input/output error');
    journal.append(bytesOf('three'));
    await expect(journal.sync()).rejects.toThrow('input/output error');
    await expect(journal.sync()).rejects.toThrow('input/output error');
    expect((await open(disk)).texts).toEqual(['one', 'two']);
  });

  test('a restarted process that reads the record makes it durable, though its sync alone would not', async () => {
    const { disk } = await failed();
    expect((await open(disk)).texts).toEqual(['one', 'two']);
    disk.crash('lose-all', cruel);
    expect((await open(disk)).texts).toEqual(['one', 'two']);
  });

  test('one that never looked may find it gone', async () => {
    const { disk } = await failed();
    await disk.sync('log');
    disk.crash('lose-unsynced', calm);
    expect((await open(disk)).texts).toEqual(['one']);
  });
});

test('a sector of a batch that came through without the one before it is a torn end', async () => {
  const disk = new FaultyDisk();
  const journal = await written(disk, ['one']);
  for (const letter of ['a', 'b', 'c']) journal.append(bytesOf(letter.repeat(4_000)));
  disk.left = 2;
  void journal.sync();
  await quiet();
  const fates = [0, 1, 0];
  disk.crash('torn', () => fates.shift() ?? 0);
  const { journal: again, texts } = await open(disk);
  expect(texts).toEqual(['one', 'a'.repeat(4_000)]);
  again.append(bytesOf('two'));
  await again.sync();
  disk.crash('lose-all', cruel);
  expect((await open(disk)).texts).toEqual(['one', 'a'.repeat(4_000), 'two']);
});

/** What happens to one process, until it dies. */
interface Life {
  readonly steps: readonly Step[];
  /** Operations of its disk until then, if it does not end by itself. */
  readonly operations: number;
  /** One in so many operations fails; 0 for none. */
  readonly failures: number;
  readonly storage: PowerLossKind;
}
type Step =
  | { readonly append: string }
  | { readonly truncate: number }
  | { readonly sync: boolean }
  | { readonly rot: number };

const word = fc.oneof(
  fc.string({ maxLength: 12 }),
  // Longer than a sector.
  fc.constantFrom('x', 'y').map((letter) => letter.repeat(5_000)),
);
const steps = (...more: fc.WeightedArbitrary<Step>[]) =>
  fc.array(
    fc.oneof<fc.WeightedArbitrary<Step>[]>(
      { weight: 4, arbitrary: fc.record({ append: word }) },
      { weight: 1, arbitrary: fc.record({ truncate: fc.nat(6) }) },
      { weight: 3, arbitrary: fc.record({ sync: fc.boolean() }) },
      ...more,
    ),
    { maxLength: 16 },
  );
const lives = (...more: fc.WeightedArbitrary<Step>[]) =>
  fc.array(
    fc.record<Life>({
      steps: steps(...more),
      operations: fc.integer({ min: 1, max: 40 }),
      failures: fc.constantFrom(0, 0, 3, 10),
      storage: fc.constantFrom<PowerLossKind>('keep', 'lose-unsynced', 'lose-all', 'torn'),
    }),
    { minLength: 1, maxLength: 5 },
  );

/** What the journal may hold: everything since the last promise, in the order in which it came to be. */
class Promised {
  contents: string[][] = [[]];
  durable = 0;

  get now(): string[] {
    return this.contents.at(-1)!;
  }

  /** A process found these, and was told that they are durable. */
  found(texts: string[]): void {
    const possible = this.contents.slice(this.durable);
    const common = possible.reduce((left, right) => left.slice(0, agreement(left, right)));
    expect(texts.slice(0, common.length)).toEqual(common);
    expect(possible.some((content) => agreement(content, texts) === texts.length)).toBe(true);
    this.contents = [texts];
    this.durable = 0;
  }
}

async function live(disk: FaultyDisk, life: Life, promised: Promised, draw: (limit: number) => number) {
  disk.left = life.operations;
  disk.fails = () => life.failures > 0 && draw(life.failures) === 1;
  const opening = open(disk);
  opening.catch(() => {});
  const opened = await Promise.race([opening, quiet()]);
  if (opened === undefined) return;
  promised.found(opened.texts);
  for (const step of life.steps) {
    if ('append' in step) {
      opened.journal.append(bytesOf(step.append));
      promised.contents.push([...promised.now, step.append]);
    } else if ('truncate' in step) {
      opened.journal.truncate(step.truncate);
      promised.contents.push(promised.now.slice(0, step.truncate));
    } else if ('rot' in step) {
      const file = disk.files.file('log');
      if (file !== undefined && file.vouchedTo > 0) {
        const at = step.rot % file.vouchedTo;
        file.wound(at, Uint8Array.of(file.seen.read(at, 1)[0]! ^ 0x21), false);
      }
    } else {
      const latest = promised.contents.length - 1;
      const syncing = opened.journal.sync().then(() => {
        promised.durable = Math.max(promised.durable, latest);
      });
      syncing.catch(() => {});
      // Not to await it leaves the batch open while the next steps come. An error ends the process.
      if (step.sync) await Promise.race([syncing, quiet()]);
      if (disk.isDead) return;
    }
  }
  await quiet();
}

const property = (arbitrary: fc.Arbitrary<Life[]>, mayRot: boolean) =>
  fc.assert(
    fc.asyncProperty(arbitrary, fc.infiniteStream(fc.nat(1 << 20)), async (lives, draws) => {
      const disk = new FaultyDisk();
      const promised = new Promised();
      const draw = (limit: number) => draws.next().value % limit;
      for (const life of [
        ...lives,
        { steps: [], operations: 1_000, failures: 0, storage: 'lose-all' as const },
      ]) {
        try {
          await live(disk, life, promised, draw);
        } catch (error) {
          if (!isDiskError(error)) throw error;
          // It knows that something is lost.
          if (error instanceof CorruptFile) {
            if (!mayRot) throw error;
            return;
          }
        }
        disk.crash(life.storage, draw);
      }
    }),
    { numRuns: runs, seed: 7 },
  );

test(
  'whatever fails, tears or dies: what was promised is there, and nothing else',
  () => property(lives(), false),
  60_000,
);

test(
  'and if it rots where something newer vouches for it, that is noticed',
  () => property(lives({ weight: 1, arbitrary: fc.record({ rot: fc.nat(20_000) }) }), true),
  60_000,
);

/** How many records two contents begin with in common. */
function agreement(left: readonly string[], right: readonly string[]): number {
  let count = 0;
  while (count < left.length && count < right.length && left[count] === right[count]) count++;
  return count;
}

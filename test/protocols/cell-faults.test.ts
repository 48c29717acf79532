/** The cell on disks that fail, tear and forget: the old value or the new one, and the new one once it was promised. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Cell } from '../../protocols/cell.ts';
import { isDiskError } from '../../protocols/host.ts';
import { quiet } from './crash-disk.ts';
import { FaultyDisk, type PowerLossKind } from './faulty-disk.ts';

const runs = process.env.SKERRY_LONG === '1' ? 20_000 : 1_500;
const bytesOf = (text: string) => new TextEncoder().encode(text);
const read = async (disk: FaultyDisk) => {
  const value = await new Cell(disk, 'vote').read();
  return value === null ? null : new TextDecoder().decode(value);
};

test('a write after a failed sync makes its value durable', async () => {
  const disk = new FaultyDisk();
  const cell = new Cell(disk, 'vote');
  await cell.write(bytesOf('old'));
  const operations = [false, true];
  disk.fails = () => operations.shift() ?? false;
  await expect(cell.write(bytesOf('lost'))).rejects.toThrow('input/output error');
  await cell.write(bytesOf('kept'));
  disk.crash('lose-all', (limit) => limit - 1);
  expect(await read(disk)).toBe('kept');
});

const lives = fc.array(
  fc.record({
    // Some longer than a sector, and in every order of lengths.
    values: fc.array(fc.constantFrom('a', 'bb', 'c'.repeat(5_000), 'd'.repeat(9_000)), { maxLength: 4 }),
    awaits: fc.boolean(),
    operations: fc.integer({ min: 1, max: 24 }),
    failures: fc.constantFrom(0, 0, 3, 10),
    storage: fc.constantFrom<PowerLossKind>('keep', 'lose-unsynced', 'lose-all', 'torn'),
  }),
  { minLength: 1, maxLength: 5 },
);

test('whatever fails, tears or dies', async () => {
  await fc.assert(
    fc.asyncProperty(lives, fc.infiniteStream(fc.nat(1 << 20)), async (lives, draws) => {
      const disk = new FaultyDisk();
      const draw = (limit: number) => draws.next().value % limit;
      /** Every value written since the cell was last read, after the one that was found then. */
      let written: (string | null)[] = [null];
      /** The last of them that was promised. */
      let promised = 0;
      const look = async () => {
        const value = await read(disk);
        expect(written.slice(promised)).toContain(value);
        written = [value];
        promised = 0;
      };
      for (const { values, awaits, operations, failures, storage } of lives) {
        disk.left = operations;
        disk.fails = () => failures > 0 && draw(failures) === 1;
        const looking = look();
        looking.catch(() => {});
        try {
          await Promise.race([looking, quiet()]);
          if (disk.isDead) throw undefined;
          const cell = new Cell(disk, 'vote');
          for (const value of values) {
            const latest = written.push(value) - 1;
            const writing = cell.write(bytesOf(value)).then(() => {
              promised = Math.max(promised, latest);
            });
            writing.catch(() => {});
            if (awaits) await Promise.race([writing.catch(() => {}), quiet()]);
          }
          await quiet();
        } catch (error) {
          if (error !== undefined && !isDiskError(error)) throw error;
        }
        disk.crash(storage, draw);
      }
      await look();
      disk.crash('lose-all', draw);
      await look();
    }),
    { numRuns: runs, seed: 7 },
  );
}, 60_000);

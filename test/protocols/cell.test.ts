import { expect, test } from 'vitest';
import { Cell } from '../../protocols/cell.ts';
import { CorruptFile, checksum } from '../../protocols/checksum.ts';
import { CrashDisk, quiet } from './crash-disk.ts';

const bytesOf = (text: string) => new TextEncoder().encode(text);
const read = async (disk: CrashDisk) => {
  const value = await new Cell(disk, 'vote').read();
  return value === null ? null : new TextDecoder().decode(value);
};

test('a cell that was never written is null', async () => {
  expect(await read(new CrashDisk())).toBe(null);
});

test('the last of several writes stays', async () => {
  const disk = new CrashDisk();
  const cell = new Cell(disk, 'vote');
  void cell.write(bytesOf('a much longer value than the next one'));
  void cell.write(bytesOf('two'));
  await cell.write(bytesOf('three'));
  disk.crash(() => false);
  expect(await read(disk)).toBe('three');
});

test('a crash anywhere leaves the old value or the new one, and the new one once it was promised', async () => {
  for (let changes = 0; changes <= 12; changes++) {
    for (let fates = 0; fates < 256; fates++) {
      const disk = new CrashDisk();
      await new Cell(disk, 'vote').write(bytesOf('old'));
      const before = disk.asked.length;
      const failing = new CrashDisk(before + changes);
      const promised = new Set<string>();
      const cell = new Cell(failing, 'vote');
      for (const value of ['old', 'the new one', 'newest']) {
        void cell.write(bytesOf(value)).then(() => promised.add(value));
      }
      await quiet();
      let fate = fates;
      failing.crash(() => {
        fate = (fate >> 1) | ((fate & 1) << 7);
        return (fate & 1) === 1;
      });
      const last = [...promised].at(-1) ?? null;
      const value = await read(failing);
      const order = [null, 'old', 'the new one', 'newest'];
      expect(order.indexOf(value)).toBeGreaterThanOrEqual(order.indexOf(last));
      failing.crash(() => false);
      expect(await read(failing)).toBe(value);
    }
  }
});

test('a damaged value is reported, not taken for none', async () => {
  const disk = new CrashDisk();
  await new Cell(disk, 'vote').write(bytesOf('value'));
  disk.decay('vote', 14);
  await expect(read(disk)).rejects.toThrow(CorruptFile);
});

test('the checksum is CRC-32', () => {
  expect(checksum(bytesOf('123456789'))).toBe(0xcbf43926);
});

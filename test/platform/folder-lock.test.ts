import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { FolderInUse, lockFolder } from '../../sim/platform/folder-lock.ts';

const folder = mkdtempSync(join(tmpdir(), 'skerry-lock-'));
afterAll(() => rmSync(folder, { recursive: true }));

const gone = 2 ** 22 + 7;
const mark = (name: string, text: string): void => writeFileSync(join(folder, name), text);

test('a folder is made, marked, and free again afterwards', async () => {
  const own = join(folder, 'a/b');
  const unlock = await lockFolder(own);
  const again = await lockFolder(own).catch((error) => error);
  expect(again).toBeInstanceOf(FolderInUse);
  expect(again).toMatchObject({ folder: own, pid: process.pid });
  await unlock();
  expect(readdirSync(own)).toEqual([]);
  await (await lockFolder(own))();
});

test.each([
  ['of a process that is gone', `~lock-${gone}-1`, JSON.stringify({ pid: gone, life: 'before' })],
  ['of another process with that number', `~lock-${process.ppid}-1`, '{"pid":PPID,"life":"before"}'],
  ['that was cut off', `~lock-${gone}-2`, '{"pid":12'],
  ['that is empty', `~lock-${gone}-3`, ''],
])('a mark %s does not count', async (_, name, text) => {
  mark(name, text.replace('PPID', String(process.ppid)));
  const unlock = await lockFolder(folder);
  expect(readdirSync(folder).filter((file) => file.startsWith('~'))).toHaveLength(1);
  await unlock();
});

test('a mark that its process has only begun to write counts', async () => {
  const name = `~lock-${process.ppid}-2`;
  mark(name, '');
  await expect(lockFolder(folder)).rejects.toMatchObject({ name: 'FolderInUse', pid: process.ppid });
  expect(readdirSync(folder).filter((file) => file.startsWith('~'))).toEqual([name]);
  rmSync(join(folder, name));
});

test('of many who find a dead mark at the same time, one gets the folder', async () => {
  mark(`~lock-${gone}-4`, '');
  const results = await Promise.allSettled(Array.from({ length: 8 }, () => lockFolder(folder)));
  const unlocks = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  expect(unlocks).toHaveLength(1);
  await unlocks[0]!();
  expect(readdirSync(folder).filter((file) => file.startsWith('~'))).toEqual([]);
});

/** One process at a time works in a folder: a file in it says which. */
import { readFileSync } from 'node:fs';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

/** No host can call a file of its own so. */
const lockName = '~lock';
const attemptsMax = 5;

/** Somebody else works in the folder. */
export class FolderInUse extends Error {
  override readonly name = 'FolderInUse';
  readonly folder: string;
  readonly pid: number;
  /** The file that says so. */
  readonly file: string;
  constructor(folder: string, pid: number, file: string) {
    super(`${folder} is in use by process ${pid}`);
    this.folder = folder;
    this.pid = pid;
    this.file = file;
  }
}

const Owner = z.object({ pid: z.int(), life: z.string() });
type Owner = z.infer<typeof Owner>;

/**
 * Makes the folder if need be, and marks it as this process's own. A mark whose process is gone does not count.
 * @returns how to take the mark away
 * @throws FolderInUse if a living process has marked it, or the system's error if it cannot be written
 */
export async function lockFolder(folder: string): Promise<() => Promise<void>> {
  await mkdir(folder, { recursive: true });
  const file = join(folder, lockName);
  const own = JSON.stringify({ pid: process.pid, life: lifeOf(process.pid) } satisfies Owner);
  for (let attempt = 1; ; attempt += 1) {
    try {
      await writeFile(file, own, { flag: 'wx' });
      return () => rm(file, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const text = await readFile(file, 'utf8').catch(() => '');
    const owner = ownerIn(text);
    if ((owner !== undefined && isAlive(owner)) || attempt === attemptsMax) {
      throw new FolderInUse(folder, owner?.pid ?? 0, file);
    }
    await remove(file, text);
  }
}

/** Takes a dead process's mark away, but not one that somebody has put there in the meantime. */
async function remove(file: string, text: string): Promise<void> {
  const aside = `${file}.${process.pid}`;
  try {
    await rename(file, aside);
  } catch {
    return; // somebody was quicker
  }
  const taken = await readFile(aside, 'utf8').catch(() => text);
  if (taken === text) await rm(aside, { force: true });
  else await rename(aside, file);
}

function ownerIn(text: string): Owner | undefined {
  try {
    return Owner.parse(JSON.parse(text));
  } catch {
    return undefined; // its process died while it wrote
  }
}

/** Numbers of processes are given again: the number and the beginning of its life must be the same. */
function isAlive({ pid, life }: Owner): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
  }
  return lifeOf(pid) === life;
}

/** Which life of a process number this is: the boot of the machine and the start of the process, where Linux tells. */
function lifeOf(pid: number): string {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    // The name of the program, in brackets, may hold anything; the start is the 20th word after it.
    const start = readFileSync(`/proc/${pid}/stat`, 'utf8').split(')').at(-1)!.trim().split(' ')[19];
    return `${boot} ${start}`;
  } catch {
    return '';
  }
}

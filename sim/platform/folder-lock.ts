/**
 * One process at a time works in a folder. Each that begins leaves a mark of its own there, and then looks for marks of
 * others: of two that begin at the same time the later one sees the other's mark at least, perhaps both do, and whoever
 * sees one goes away. A mark belongs to one process for good, so that anybody may take away that of a dead one.
 */
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

/** No host can call a file of its own so. */
const prefix = '~lock-';
const own = `${prefix}${process.pid}-${randomUUID().slice(0, 8)}`;

/** Somebody else works in the folder. */
export class FolderInUse extends Error {
  override readonly name = 'FolderInUse';
  readonly folder: string;
  readonly pid: number;
  constructor(folder: string, pid: number) {
    super(`${folder} is in use by process ${pid}`);
    this.folder = folder;
    this.pid = pid;
  }
}

const Mark = z.object({ pid: z.int(), life: z.string() });
type Mark = z.infer<typeof Mark>;

/**
 * Makes the folder if need be, and marks it as this process's own. A mark whose process is gone does not count.
 * @returns how to take the mark away
 * @throws FolderInUse if a living process has marked it, or the system's error if it cannot be written
 */
export async function lockFolder(folder: string): Promise<() => Promise<void>> {
  await mkdir(folder, { recursive: true });
  const file = join(folder, own);
  const mark: Mark = { pid: process.pid, life: lifeOf(process.pid) };
  await writeFile(file, JSON.stringify(mark), { flag: 'wx' }).catch((error: NodeJS.ErrnoException) => {
    throw error.code === 'EEXIST' ? new FolderInUse(folder, process.pid) : error;
  });
  const unlock = () => rm(file, { force: true });
  try {
    const others = (await readdir(folder)).filter((name) => name.startsWith(prefix) && name !== own);
    for (const name of others) await expectDead(folder, name);
  } catch (error) {
    await unlock();
    throw error;
  }
  return unlock;
}

/** Takes the mark of a dead process away. */
async function expectDead(folder: string, name: string): Promise<void> {
  const file = join(folder, name);
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text === undefined) return; // it has left
  const pid = Number(/^~lock-(\d+)/.exec(name)?.[1] ?? 0);
  if (isAlive(markIn(text) ?? { pid, life: undefined })) throw new FolderInUse(folder, pid);
  await rm(file, { force: true });
}

function markIn(text: string): Mark | undefined {
  try {
    return Mark.parse(JSON.parse(text));
  } catch {
    return undefined; // cut off: its process died while it wrote, or is at it
  }
}

/** Numbers of processes are given again: the beginning of its life must be the same too, where it is known. */
function isAlive({ pid, life }: { readonly pid: number; readonly life: string | undefined }): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  return life === undefined || lifeOf(pid) === life;
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

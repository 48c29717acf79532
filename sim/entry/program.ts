/** Which code decides a run: its hash tells whether a failure file was made by the same. */
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { codeRoot } from '../platform/installation.ts';

const rooms = ['protocols/', 'scenarios/', 'sim/check/', 'sim/kernel/', 'sim/search/', 'sim/world/'];

let known: Promise<string> | undefined;

/** SHA-256 in hexadecimal over the built-in protocols, the simulator and the judges of this installation. */
export function ownProgramHash(): Promise<string> {
  known ??= hashOf(rooms);
  return known;
}

async function hashOf(folders: readonly string[]): Promise<string> {
  const hash = createHash('sha256');
  for (const folder of folders) {
    const names = await readdir(new URL(folder, codeRoot), { recursive: true });
    for (const name of names.filter((name) => /(?<!\.d)\.[jt]s$/.test(name)).sort()) {
      const path = name.replaceAll('\\', '/');
      hash.update(path);
      hash.update(await readFile(new URL(folder + path, codeRoot)));
    }
  }
  return hash.digest('hex');
}

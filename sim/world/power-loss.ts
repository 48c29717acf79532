/** What a power loss leaves of the changes that were not synced. */
import type { Names } from './names.ts';
import type { Storage } from './spec.ts';
import type { Change, StoredFile } from './stored-file.ts';

/** Draws a whole number below the limit; 0 is calm. */
export type Draw = (limit: number, label: string) => number;

/** What one file lost. */
export interface Loss {
  /** Changes, or parts of them, that nobody was promised. */
  readonly unsyncedChanges: number;
  /** Bytes that a sync had claimed. */
  readonly syncedBytes: number;
}

export interface PowerLoss {
  readonly storage: Exclude<Storage, 'keep'>;
  readonly draw: Draw;
  readonly atomicRenames: boolean;
  /** Told what each file lost, of those that lost anything. */
  readonly lost: (name: string, loss: Loss) => void;
}

/** The unit in which disks write: each one is written wholly or not at all. */
const sectorBytes = 4096;

/** Returns the number of changes that were lost. */
export function losePower(names: Names, how: PowerLoss): number {
  if (how.storage === 'wipe') return wipe(names, how);
  const { claimed } = names;
  let lost = loseNames(names, how);
  for (const [name, file] of claimed) {
    if (names.get(name) !== file) how.lost(name, { unsyncedChanges: 0, syncedBytes: file.claimedBytes });
  }
  for (const [name, file] of names.files()) {
    const loss = loseWrites(file, how);
    lost += loss.unsyncedChanges;
    if (loss.unsyncedChanges > 0 || loss.syncedBytes > 0) how.lost(name, loss);
  }
  return lost;
}

function wipe(names: Names, { lost }: PowerLoss): number {
  let changes = 0;
  for (const [name, file] of names.files()) {
    const unsyncedChanges = file.unsynced.length;
    changes += unsyncedChanges;
    lost(name, { unsyncedChanges, syncedBytes: file.durable.length });
  }
  names.forgetAll();
  return changes;
}

function loseNames(names: Names, { storage, draw, atomicRenames }: PowerLoss): number {
  if (storage === 'torn') return names.forgetSome(draw, atomicRenames);
  if (names.isDurable) {
    names.keepAll();
    return 0;
  }
  // Names are journalled together by the file system: they survive together or not at all.
  if (storage === 'lose-all' || draw(2, 'unsynced names lost') === 1) {
    names.forgetUnsynced();
    return 1;
  }
  if (!atomicRenames) return names.tearRenames(draw);
  names.keepAll();
  return 0;
}

function loseWrites(file: StoredFile, { storage, draw }: PowerLoss): Loss {
  const { unsynced } = file;
  if (storage === 'torn') {
    const parts = unsynced.flatMap(sectorsOf);
    const survivors = parts.filter(() => draw(2, 'unsynced sector lost') === 0);
    const unsyncedChanges = parts.length - survivors.length;
    return { unsyncedChanges, syncedBytes: file.losePower(survivors, unsyncedChanges > 0) };
  }
  const all = unsynced.length;
  const doomed = all === 0 ? 0 : storage === 'lose-all' ? all : draw(all + 1, 'unsynced writes lost');
  const survivors = unsynced.slice(0, all - doomed);
  return { unsyncedChanges: doomed, syncedBytes: file.losePower(survivors, doomed > 0) };
}

/** The parts of a change that survive one by one. */
function sectorsOf(change: Change): Change[] {
  if ('length' in change) return [change];
  const { length } = change.bytes;
  const parts: Change[] = [];
  for (let at = 0; at < length; ) {
    const end = Math.min(length, at + sectorBytes - ((change.offset + at) % sectorBytes));
    parts.push({ offset: change.offset + at, bytes: change.bytes.subarray(at, end) });
    at = end;
  }
  return parts;
}

/** What each kind of power loss leaves, and what syncs that fail or lie make of it. */
import { describe, expect, test } from 'vitest';
import { type DiskTraits, StoredFiles } from '../../sim/world/disk.ts';
import type { Loss } from '../../sim/world/power-loss.ts';

const sector = 4096;
const bytes = (text: string) => new TextEncoder().encode(text);
const block = (text: string, sectors: number) => new Uint8Array(sectors * sector).fill(text.charCodeAt(0));
const keepAll = () => 0;
const loseAll = (limit: number) => limit - 1;
const anyRename: DiskTraits = { capacityBytes: Number.POSITIVE_INFINITY, atomicRenames: false };

const text = (files: StoredFiles, name: string) =>
  new TextDecoder().decode(files.read(name, 0, files.size(name)));
const view = (files: StoredFiles) =>
  Object.fromEntries(files.list('').map((name) => [name, text(files, name)]));

/** Draws these, one after another, and 0 when they are used up. */
const drawn = (...values: number[]) => {
  let at = 0;
  return () => values[at++] ?? 0;
};

function synced(names: readonly string[], traits?: DiskTraits): StoredFiles {
  const files = new StoredFiles(traits);
  for (const name of names) {
    files.write(name, 0, bytes(`old ${name}`));
    files.beginSync(name)();
  }
  files.beginSyncNames()();
  return files;
}

describe('lose-all', () => {
  test('leaves nothing unsynced, whatever is drawn', () => {
    const files = synced(['a', 'b']);
    files.write('a', 0, bytes('new'));
    files.truncate('a', 2);
    files.rename('b', 'c');
    expect(files.losePower(keepAll, 'lose-all')).toBe(3);
    expect(view(files)).toEqual({ a: 'old a', b: 'old b' });
  });
});

describe('torn', () => {
  test('any sectors of a write survive, later ones without earlier ones', () => {
    const files = synced(['a']);
    files.write('a', 0, block('x', 3));
    expect(files.losePower(drawn(1, 0, 1), 'torn')).toBe(2);
    expect(files.size('a')).toBe(2 * sector);
    expect(text(files, 'a').slice(0, 5)).toBe('old a');
    expect(files.read('a', sector, sector)).toEqual(block('x', 1));
  });

  test('sectors are those of the file: a small write over a border survives in part', () => {
    const files = synced(['a']);
    files.write('a', sector - 2, bytes('abcd'));
    files.losePower(drawn(1, 0), 'torn');
    expect([...files.read('a', sector - 2, 9)]).toEqual([0, 0, 99, 100]);
  });

  test('a later write survives without an earlier one, also without a truncation between them', () => {
    const files = synced(['a']);
    files.write('a', 0, bytes('1'));
    files.truncate('a', 2);
    files.write('a', 4, bytes('2'));
    expect(files.losePower(drawn(1, 1, 0), 'torn')).toBe(2);
    expect(text(files, 'a')).toBe('old 2');
  });

  test('names survive each by itself, a rename wholly or not at all', () => {
    const outcomes = new Set<string>();
    for (let fates = 0; fates < 8; fates += 1) {
      const files = synced(['a', 'b']);
      files.write('c', 0, bytes('c'));
      files.beginSync('c')();
      files.rename('a', 'b');
      files.remove('a');
      files.rename('c', 'd');
      files.losePower(drawn(fates & 1, (fates >> 1) & 1, (fates >> 2) & 1), 'torn');
      outcomes.add(JSON.stringify(view(files)));
    }
    expect([...outcomes].sort()).toEqual(
      [
        { a: 'old a', b: 'old b' },
        { a: 'old a', b: 'old b', c: 'c' },
        { a: 'old a', b: 'old b', d: 'c' },
        { b: 'old a' },
        { b: 'old a', c: 'c' },
        { b: 'old a', d: 'c' },
      ]
        .map((names) => JSON.stringify(names))
        .sort(),
    );
  });

  test('0 is calm: everything survives', () => {
    const files = synced(['a']);
    files.write('a', 0, block('x', 2));
    files.rename('a', 'b');
    expect(files.losePower(keepAll, 'torn')).toBe(0);
    expect(files.losePower(loseAll, 'torn')).toBe(0);
    expect(files.read('b', 0, 2 * sector)).toEqual(block('x', 2));
  });
});

test('wipe leaves no file, and says what was destroyed', () => {
  const files = synced(['a', 'b']);
  files.write('a', 5, bytes('!'));
  const losses: [string, Loss][] = [];
  files.losePower(keepAll, 'wipe', (name, loss) => losses.push([name, loss]));
  expect(view(files)).toEqual({});
  expect(losses).toEqual([
    ['a', { unsyncedChanges: 1, syncedBytes: 5 }],
    ['b', { unsyncedChanges: 0, syncedBytes: 5 }],
  ]);
});

describe('a rename that is not atomic', () => {
  test.each([
    ['is done', 0, { b: 'old a' }],
    ['leaves both names', 1, { a: 'old a', b: 'old a' }],
    ['leaves no target', 2, { a: 'old a' }],
    ['leaves an empty target', 3, { a: 'old a', b: '' }],
  ])('%s', (_, fate, left) => {
    for (const storage of ['lose-unsynced', 'torn'] as const) {
      const files = synced(['a', 'b'], anyRename);
      files.rename('a', 'b');
      files.losePower(drawn(0, fate), storage);
      expect(view(files)).toEqual(left);
    }
  });

  test('leaves two files, not one with two names', () => {
    const files = synced(['a', 'b'], anyRename);
    files.rename('a', 'b');
    files.losePower(drawn(0, 1));
    files.write('a', 0, bytes('new'));
    expect(view(files)).toEqual({ a: 'new a', b: 'old a' });
  });

  test('is safe once the names were synced', () => {
    const files = synced(['a', 'b'], anyRename);
    files.rename('a', 'b');
    files.beginSyncNames()();
    for (const storage of ['lose-unsynced', 'torn', 'lose-all'] as const) files.losePower(loseAll, storage);
    expect(view(files)).toEqual({ b: 'old a' });
  });
});

describe('a sync that fails (Rebello et al., ATC 2020, §3)', () => {
  test('drops the writes that it should have made durable, though readers see them', () => {
    const files = synced(['a']);
    files.write('a', 0, bytes('new'));
    files.beginSync('a')('fails');
    expect(text(files, 'a')).toBe('new a');
    files.beginSync('a')();
    expect(text(files, 'a')).toBe('new a');
    files.losePower(keepAll);
    expect(text(files, 'a')).toBe('old a');
  });

  test('does not harm what is written again', () => {
    const files = synced(['a']);
    files.write('a', 0, bytes('new'));
    files.beginSync('a')('fails');
    files.write('a', 0, bytes('new'));
    files.beginSync('a')();
    files.losePower(loseAll);
    expect(text(files, 'a')).toBe('new a');
  });

  test('does not drop what was written while it was under way, nor a truncation', () => {
    const files = synced(['a']);
    files.truncate('a', 3);
    files.write('a', 0, bytes('NEW'));
    const end = files.beginSync('a');
    files.write('a', 3, bytes('!'));
    end('fails');
    files.beginSync('a')();
    files.losePower(loseAll);
    expect(text(files, 'a')).toBe('old!');
  });

  test('of names leaves them to the next one', () => {
    const files = synced(['a']);
    files.rename('a', 'b');
    files.beginSyncNames()('fails');
    files.beginSyncNames()();
    files.losePower(loseAll);
    expect(view(files)).toEqual({ b: 'old a' });
  });
});

describe('a sync that lies', () => {
  const lossesOf = (files: StoredFiles, draw = loseAll) => {
    const losses: Loss[] = [];
    files.losePower(draw, 'lose-unsynced', (_, loss) => losses.push(loss));
    return losses;
  };

  test('makes nothing durable, and what it claimed is told apart from what was never promised', () => {
    const files = synced(['a']);
    files.write('a', 0, bytes('new'));
    files.beginSync('a')('lies');
    files.write('a', 3, bytes('??'));
    expect(text(files, 'a')).toBe('new??');
    expect(lossesOf(files)).toEqual([{ unsyncedChanges: 2, syncedBytes: 3 }]);
    expect(text(files, 'a')).toBe('old a');
  });

  test('loses nothing if an honest one came in time, or if the bytes survive by chance', () => {
    for (const honest of [true, false]) {
      const files = synced(['a']);
      files.write('a', 0, bytes('new'));
      files.beginSync('a')('lies');
      if (honest) files.beginSync('a')();
      expect(lossesOf(files, honest ? loseAll : keepAll)).toEqual([]);
      expect(text(files, 'a')).toBe('new a');
    }
  });
});

describe('what something synced later vouches for', () => {
  test('is what lies in front of the writes of the last sync', () => {
    const files = new StoredFiles();
    const vouched = () => files.file('a')!.vouchedTo;
    files.write('a', 0, bytes('0123'));
    expect(vouched()).toBe(0);
    files.beginSync('a')();
    expect(vouched()).toBe(0);
    files.write('a', 4, bytes('45'));
    files.write('a', 6, bytes('67'));
    expect(vouched()).toBe(0);
    files.beginSync('a')();
    expect(vouched()).toBe(4);
    files.write('a', 8, bytes('8'));
    files.beginSync('a')('lies');
    files.beginSync('a')('fails');
    expect(vouched()).toBe(4);
  });

  test('is nothing once that was cut off, and then wounds heal', () => {
    const files = new StoredFiles();
    for (const [offset, word] of [
      [0, '0123'],
      [4, '45'],
    ] as const) {
      files.write('a', offset, bytes(word));
      files.beginSync('a')();
    }
    files.beginSyncNames()();
    const file = files.file('a')!;
    file.wound(1, bytes('X'), false);
    expect(text(files, 'a')).toBe('0X2345');
    files.truncate('a', 6);
    expect(text(files, 'a')).toBe('0X2345');
    files.truncate('a', 5);
    expect(text(files, 'a')).toBe('01234');
    expect(file.vouchedTo).toBe(0);
    files.losePower(loseAll);
    expect(text(files, 'a')).toBe('012345');
  });

  test('is nothing if the cut came while the sync was under way', () => {
    const files = new StoredFiles();
    files.write('a', 0, bytes('0123'));
    files.beginSync('a')();
    files.write('a', 4, bytes('45'));
    const end = files.beginSync('a');
    files.truncate('a', 4);
    end();
    expect(files.file('a')!.vouchedTo).toBe(0);
  });
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { StoredFiles } from '../../sim/world/disk.ts';

const bytes = (text: string) => new TextEncoder().encode(text);
const keepAll = () => 0;
const loseAll = (limit: number) => limit - 1;

function text(files: StoredFiles, name: string): string {
  return new TextDecoder().decode(files.read(name, 0, files.size(name)));
}

function synced(...names: string[]): StoredFiles {
  const files = new StoredFiles();
  for (const name of names) {
    files.write(name, 0, bytes(`old ${name}`));
    files.beginSync(name)();
  }
  files.beginSyncNames()();
  return files;
}

describe('while the power is on', () => {
  test('a read sees what was written, synced or not', () => {
    const files = new StoredFiles();
    files.write('a', 0, bytes('hello'));
    files.write('a', 3, bytes('p!'));
    expect(text(files, 'a')).toBe('help!');
    expect(new TextDecoder().decode(files.read('a', 1, 2))).toBe('el');
    expect(files.read('a', 4, 100)).toHaveLength(1);
    expect(files.read('a', 5, 1)).toHaveLength(0);
    expect(files.read('none', 0, 1)).toHaveLength(0);
    expect(files.size('none')).toBe(0);
  });

  test('gaps and extensions are zeros, also where there were bytes before', () => {
    const files = new StoredFiles();
    files.write('a', 0, bytes('abcdef'));
    files.truncate('a', 2);
    files.write('a', 4, bytes('x'));
    expect([...files.read('a', 0, 9)]).toEqual([97, 98, 0, 0, 120]);
    files.truncate('a', 7);
    expect([...files.read('a', 0, 9)]).toEqual([97, 98, 0, 0, 120, 0, 0]);
  });

  test('written bytes are copied, and read bytes are the reader’s own', () => {
    const files = new StoredFiles();
    const mine = bytes('abc');
    files.write('a', 0, mine);
    mine.fill(0);
    files.read('a', 0, 3).fill(0);
    expect(text(files, 'a')).toBe('abc');
  });

  test('a rename replaces, a removal forgets, and the list is sorted', () => {
    const files = synced('b', 'a', 'x/2', 'x/1');
    files.rename('a', 'b');
    expect(files.list('')).toEqual(['b', 'x/1', 'x/2']);
    expect(text(files, 'b')).toBe('old a');
    files.remove('b');
    files.remove('b');
    expect(files.list('x/')).toEqual(['1', '2']);
    expect(() => files.rename('b', 'c')).toThrow('rename of "b": there is no such file');
  });

  test('a file renamed to itself stays', () => {
    const files = synced('a');
    files.rename('a', 'a');
    expect(text(files, 'a')).toBe('old a');
  });
});

describe('a power loss', () => {
  test('spares what was synced', () => {
    const files = synced('a');
    expect(files.losePower(loseAll)).toBe(0);
    expect(text(files, 'a')).toBe('old a');
  });

  test('may take unsynced bytes, and counts them', () => {
    const files = synced('a');
    files.write('a', 0, bytes('new a'));
    files.truncate('a', 2);
    expect(files.losePower(loseAll)).toBe(2);
    expect(text(files, 'a')).toBe('old a');
  });

  test('may spare unsynced bytes: 0 is calm', () => {
    const files = synced('a');
    files.write('a', 0, bytes('new a'));
    files.write('b', 0, bytes('fresh'));
    expect(files.losePower(keepAll)).toBe(0);
    expect(text(files, 'a')).toBe('new a');
    expect(text(files, 'b')).toBe('fresh');
    // What survived it once survives the next one.
    expect(files.losePower(loseAll)).toBe(0);
    expect(text(files, 'a')).toBe('new a');
    expect(files.list('')).toEqual(['a', 'b']);
  });

  test('leaves a prefix of the unsynced changes of a file, in the order of the calls', () => {
    const left = [0, 1, 2, 3].map((lost) => {
      const files = synced('a');
      files.write('a', 0, bytes('1'));
      files.write('a', 1, bytes('2'));
      files.truncate('a', 3);
      expect(files.losePower((limit) => Math.min(limit - 1, lost))).toBe(lost);
      return text(files, 'a');
    });
    expect(left).toEqual(['12d', '12d a', '1ld a', 'old a']);
  });

  test('may take unsynced names, whose bytes were synced', () => {
    const files = synced();
    files.write('a', 0, bytes('a'));
    files.beginSync('a')();
    expect(files.losePower(loseAll)).toBe(1);
    expect(files.list('')).toEqual([]);
  });

  test('may undo a rename and a removal, and then the old bytes are back', () => {
    const files = synced('a', 'b', 'c');
    files.rename('a', 'b');
    files.remove('c');
    files.losePower(loseAll);
    expect(files.list('')).toEqual(['a', 'b', 'c']);
    for (const name of ['a', 'b', 'c']) expect(text(files, name)).toBe(`old ${name}`);
  });

  test('spares names that were synced, without the bytes that were not', () => {
    const files = synced();
    files.write('a', 0, bytes('a'));
    files.beginSyncNames()();
    files.losePower(loseAll);
    expect(files.list('')).toEqual(['a']);
    expect(text(files, 'a')).toBe('');
  });

  test('takes a removal back together with the unsynced writes of the removed file', () => {
    const files = synced('a');
    files.write('a', 0, bytes('new'));
    files.remove('a');
    files.write('a', 0, bytes('another file'));
    files.losePower(loseAll);
    expect(text(files, 'a')).toBe('old a');
  });
});

describe('a sync', () => {
  test('covers what was written before it began, not what came while it was under way', () => {
    const files = synced('a');
    files.write('a', 0, bytes('1'));
    const end = files.beginSync('a');
    files.write('a', 1, bytes('2'));
    end();
    files.losePower(loseAll);
    expect(text(files, 'a')).toBe('1ld a');
  });

  test('that never ended promises nothing', () => {
    const files = synced('a');
    files.write('a', 0, bytes('1'));
    files.beginSync('a');
    files.losePower(loseAll);
    expect(text(files, 'a')).toBe('old a');
  });

  test('may overlap another one and end in any order', () => {
    for (const laterFirst of [true, false]) {
      const files = synced('a');
      files.write('a', 0, bytes('1'));
      const first = files.beginSync('a');
      files.write('a', 1, bytes('2'));
      const second = files.beginSync('a');
      files.write('a', 2, bytes('3'));
      for (const end of laterFirst ? [second, first] : [first, second]) end();
      files.losePower(loseAll);
      expect(text(files, 'a')).toBe('12d a');
    }
  });

  test('follows its file through a rename', () => {
    const files = synced('a');
    files.write('a', 0, bytes('1'));
    const end = files.beginSync('a');
    files.rename('a', 'b');
    files.beginSyncNames()();
    end();
    files.losePower(loseAll);
    expect(text(files, 'b')).toBe('1ld a');
  });

  test('of names may overlap another one: the later state stays', () => {
    const files = synced();
    files.write('a', 0, bytes('a'));
    const first = files.beginSyncNames();
    files.write('b', 0, bytes('b'));
    const second = files.beginSyncNames();
    second();
    first();
    files.losePower(loseAll);
    expect(files.list('')).toEqual(['a', 'b']);
  });
});

/** A disk that keeps every state it went through: the definition, without any cleverness. */
class Twin {
  /** Per file the contents after each change since the last sync; the first is durable. */
  names = new Map<string, { contents: string[] }>();
  durableNames = new Map<string, { contents: string[] }>();

  change(name: string, to: (content: string) => string): void {
    let file = this.names.get(name);
    if (file === undefined) {
      file = { contents: [''] };
      this.names.set(name, file);
    }
    file.contents.push(to(file.contents.at(-1)!));
  }

  sync(name: string): void {
    const file = this.names.get(name);
    if (file !== undefined) file.contents = [file.contents.at(-1)!];
  }

  losePower(losesNames: boolean, losesWrites: boolean): void {
    if (losesNames) this.names = new Map(this.durableNames);
    for (const file of new Set(this.names.values())) {
      file.contents = [losesWrites ? file.contents[0]! : file.contents.at(-1)!];
    }
    this.durableNames = new Map(this.names);
  }

  view(): Record<string, string> {
    return Object.fromEntries([...this.names].map(([name, { contents }]) => [name, contents.at(-1)!]));
  }
}

test('whatever is done to it, a disk holds what a simple one would', () => {
  const name = fc.constantFrom('a', 'b', 'c');
  const word = fc.stringMatching(/^[x-z]{1,5}$/);
  const step = fc.oneof(
    fc.record({ do: fc.constant('write' as const), name, offset: fc.nat(6), word }),
    fc.record({ do: fc.constant('truncate' as const), name, length: fc.nat(8) }),
    fc.record({ do: fc.constant('sync' as const), name }),
    fc.record({ do: fc.constant('syncNames' as const) }),
    fc.record({ do: fc.constant('rename' as const), name, to: name }),
    fc.record({ do: fc.constant('remove' as const), name }),
    fc.record({ do: fc.constant('losePower' as const), names: fc.boolean(), writes: fc.boolean() }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60, size: 'max' }), (steps) => {
      const files = new StoredFiles();
      const twin = new Twin();
      for (const next of steps) {
        switch (next.do) {
          case 'write':
            files.write(next.name, next.offset, bytes(next.word));
            twin.change(next.name, (content) => {
              const padded = content.padEnd(next.offset, '\0');
              return padded.slice(0, next.offset) + next.word + padded.slice(next.offset + next.word.length);
            });
            break;
          case 'truncate':
            files.truncate(next.name, next.length);
            twin.change(next.name, (content) => content.slice(0, next.length).padEnd(next.length, '\0'));
            break;
          case 'sync':
            files.beginSync(next.name)();
            twin.sync(next.name);
            break;
          case 'syncNames':
            files.beginSyncNames()();
            twin.durableNames = new Map(twin.names);
            break;
          case 'rename': {
            const file = twin.names.get(next.name);
            if (file === undefined) {
              expect(() => files.rename(next.name, next.to)).toThrow('there is no such file');
              break;
            }
            files.rename(next.name, next.to);
            twin.names.delete(next.name);
            twin.names.set(next.to, file);
            break;
          }
          case 'remove':
            files.remove(next.name);
            twin.names.delete(next.name);
            break;
          default: {
            const { names, writes } = next;
            files.losePower((limit, label) => (label.includes('names') ? +names : writes ? limit - 1 : 0));
            twin.losePower(names, writes);
          }
        }
        expect(Object.fromEntries(files.list('').map((own) => [own, text(files, own)]))).toEqual(twin.view());
      }
    }),
    { numRuns: 1_000, seed: 4 },
  );
}, 30_000);

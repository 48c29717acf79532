import { expect, test } from 'vitest';
import { type Disk, DiskError, isDiskError } from '../../protocols/host.ts';
import { type Lab, type LooseHost, persist, until } from './lab.ts';

const timeoutMs = 5000;
const encode = (text: string) => new TextEncoder().encode(text);
const readText = async (disk: Disk, file: string) =>
  new TextDecoder().decode(await disk.read(file, 0, await disk.size(file)));

/** The network may repeat a question; the work is done once. */
const once = (work: () => Promise<boolean>) => {
  let done: Promise<boolean> | undefined;
  return () => {
    done ??= work();
    return done;
  };
};

/** Runs `main` on the disk of a client. */
const onDisk = (lab: Lab, main: (disk: Disk, host: LooseHost) => Promise<void>) =>
  lab.play({ n1: () => {} }, (host) => main(host.disk, host));

export function filesContract(makeLab: () => Lab): void {
  test('bytes are read back from where they were written; gaps are zeros', async () => {
    await onDisk(makeLab(), async (disk) => {
      await disk.write('file', 0, encode('hello'));
      await disk.write('file', 3, encode('p!'));
      expect(await readText(disk, 'file')).toBe('help!');
      await disk.write('file', 8, encode('end'));
      expect([...(await disk.read('file', 4, 5))]).toEqual([0x21, 0, 0, 0, 0x65]);
      expect(await disk.size('file')).toBe(11);
    });
  });

  test('reading gives fewer bytes at the end, and none past it or where there is no file', async () => {
    await onDisk(makeLab(), async (disk) => {
      await disk.write('file', 0, encode('abc'));
      expect([...(await disk.read('file', 2, 100))]).toEqual([0x63]);
      expect(await disk.read('file', 3, 1)).toHaveLength(0);
      expect(await disk.read('file', 1_000_000, 1)).toHaveLength(0);
      expect(await disk.read('file', 0, 0)).toHaveLength(0);
      expect(await disk.read('nowhere', 0, 10)).toHaveLength(0);
      expect(await disk.size('nowhere')).toBe(0);
      expect(await disk.list()).toEqual(['file']);
    });
  });

  test('bytes are copied when they are written and when they are read', async () => {
    await onDisk(makeLab(), async (disk) => {
      const bytes = encode('abc');
      const writing = disk.write('file', 0, bytes);
      bytes.fill(0);
      await writing;
      (await disk.read('file', 0, 3)).fill(0);
      expect(await readText(disk, 'file')).toBe('abc');
    });
  });

  test('operations on one file take effect in the order in which they were asked for', async () => {
    await onDisk(makeLab(), async (disk) => {
      const writes = Array.from({ length: 50 }, (_, round) =>
        disk.write('file', 0, encode(`round ${round}`)),
      );
      await Promise.all([...writes, disk.truncate('file', 7)]);
      expect(await readText(disk, 'file')).toBe('round 4');
    });
  });

  test('truncating cuts, or extends with zeros', async () => {
    await onDisk(makeLab(), async (disk) => {
      await disk.write('file', 0, encode('abcdef'));
      await disk.truncate('file', 2);
      expect(await readText(disk, 'file')).toBe('ab');
      await disk.truncate('file', 4);
      expect([...(await disk.read('file', 0, 10))]).toEqual([0x61, 0x62, 0, 0]);
      await disk.truncate('new', 2);
      expect(await disk.list()).toEqual(['file', 'new']);
    });
  });

  test('rename replaces; of a missing file it is an error; removing none is not', async () => {
    await onDisk(makeLab(), async (disk) => {
      await disk.write('a', 0, encode('new'));
      await disk.write('b', 0, encode('old content'));
      await disk.rename('a', 'b');
      expect(await disk.list()).toEqual(['b']);
      expect(await readText(disk, 'b')).toBe('new');
      const error = await disk.rename('a', 'b').catch((reason) => reason);
      expect(isDiskError(error) && error.code).toBe('missing');
      await disk.write('b', 3, encode('er'));
      expect(await readText(disk, 'b')).toBe('newer');
      await disk.remove('b');
      await disk.remove('b');
      expect(await disk.list()).toEqual([]);
      expect(await disk.size('b')).toBe(0);
    });
  });

  test('names are listed sorted by code unit, and a name may be the start of another', async () => {
    await onDisk(makeLab(), async (disk) => {
      const names = ['b', 'a/b', 'B', 'a', 'a/b/c', 'a-b', '.hidden', 'log.0010', 'log.0009', 'x_y'];
      for (const name of names) await disk.write(name, 0, encode(name));
      expect(await disk.list()).toEqual([...names].sort());
      for (const name of names) expect(await readText(disk, name)).toBe(name);
    });
  });

  test.each([
    '',
    '/',
    '/etc/passwd',
    '../up',
    'a/../../up',
    'a//b',
    'a/',
    '.',
    '..',
    'white space',
    'ü',
    'a\\b',
    'a\0b',
    'a:b',
    'a+b',
  ])('the name "%s" is rejected', async (name) => {
    await onDisk(makeLab(), async (disk) => {
      const operations = [
        async () => disk.write(name, 0, encode('x')),
        async () => disk.read(name, 0, 1),
        async () => disk.rename('a', name),
        async () => disk.remove(name),
      ];
      for (const operation of operations) await expect(operation()).rejects.toThrow(TypeError);
    });
  });

  test('offsets and lengths that are no whole numbers are errors', async () => {
    await onDisk(makeLab(), async (disk) => {
      for (const bad of [-1, 0.5, Number.NaN]) {
        await expect((async () => disk.read('file', bad, 1))()).rejects.toThrow(RangeError);
        await expect((async () => disk.read('file', 0, bad))()).rejects.toThrow(RangeError);
        await expect((async () => disk.write('file', bad, encode('x')))()).rejects.toThrow(RangeError);
        await expect((async () => disk.truncate('file', bad))()).rejects.toThrow(RangeError);
      }
    });
  });

  test('a mounted protocol has files of its own', async () => {
    await onDisk(makeLab(), async (disk, host) => {
      const mounted = host.mount('part').disk;
      await disk.write('file', 0, encode('root'));
      await mounted.write('file', 0, encode('part'));
      await mounted.write('other', 0, encode('x'));
      expect(await disk.list()).toEqual(['file', 'part/file', 'part/other']);
      expect(await mounted.list()).toEqual(['file', 'other']);
      expect(await readText(mounted, 'file')).toBe('part');
      await mounted.rename('other', 'file');
      expect(await readText(disk, 'part/file')).toBe('x');
      await expect((async () => mounted.read('../file', 0, 1))()).rejects.toThrow(TypeError);
    });
  });

  test('what was synced survives a crash; what was not may be lost, but harms nothing', async () => {
    const n1 = (host: LooseHost) => {
      const { disk } = host;
      host.on(
        'prepare',
        once(async () => {
          await disk.write('log', 0, encode('durable'));
          await disk.sync('log');
          await disk.syncNames();
          await disk.write('log', 7, encode(' perhaps'));
          return true;
        }),
      );
      host.on('read', () => readText(disk, 'log'));
    };
    await makeLab().play({ n1 }, async (host, control) => {
      expect(await host.call('n1', 'prepare', null, { timeoutMs })).toBe(true);
      control.kill('n1');
      control.restart('n1');
      const text = await persist<string>(host, 'n1', 'read');
      expect(text.slice(0, 7)).toBe('durable');
      expect(text.length).toBeLessThanOrEqual('durable perhaps'.length);
    });
  });

  test('a program that does not catch the error of its disk ends; the disk keeps what it has', async () => {
    let boots = 0;
    let failed = false;
    const n1 = (host: LooseHost) => {
      const { disk } = host;
      boots += 1;
      host.on('read', () => readText(disk, 'log'));
      host.on('fail', async () => {
        if (failed) return;
        failed = true;
        await disk.write('log', 0, encode('kept'));
        throw new DiskError('io', 'broken');
      });
    };
    await makeLab().play({ n1 }, async (host, control) => {
      const told = await host.call('n1', 'fail', null, { timeoutMs: 300 }).catch((error) => error.name);
      expect(told).toBe('TimedOut');
      control.restart('n1');
      expect(await persist(host, 'n1', 'read')).toBe('kept');
      expect(boots).toBe(2);
    });
  });

  test('a rename is atomic: after a crash the old content or the new, whole', async () => {
    const n1 = (host: LooseHost) => {
      const { disk } = host;
      const replace = async (text: string) => {
        await disk.write('cell.new', 0, encode(text));
        await disk.sync('cell.new');
        await disk.rename('cell.new', 'cell');
      };
      host.on(
        'prepare',
        once(async () => {
          await replace('the old content');
          await disk.syncNames();
          await replace('the new');
          return true;
        }),
      );
      host.on('read', () => readText(disk, 'cell'));
    };
    await makeLab().play({ n1 }, async (host, control) => {
      expect(await host.call('n1', 'prepare', null, { timeoutMs })).toBe(true);
      control.kill('n1');
      control.restart('n1');
      expect(['the old content', 'the new']).toContain(await persist<string>(host, 'n1', 'read'));
    });
  });

  test('names are durable once syncNames has resolved', async () => {
    const n1 = (host: LooseHost) => {
      const { disk } = host;
      host.on(
        'prepare',
        once(async () => {
          for (const name of ['kept', 'renamed', 'removed']) {
            await disk.write(name, 0, encode(name));
            await disk.sync(name);
          }
          await disk.rename('renamed', 'anew');
          await disk.remove('removed');
          await disk.syncNames();
          return true;
        }),
      );
      host.on('list', () => disk.list());
    };
    await makeLab().play({ n1 }, async (host, control) => {
      expect(await host.call('n1', 'prepare', null, { timeoutMs })).toBe(true);
      control.kill('n1');
      control.restart('n1');
      expect(await persist(host, 'n1', 'list')).toEqual(['anew', 'kept']);
    });
  });

  test('a file operation of a dead program never settles', async () => {
    const settled: string[] = [];
    let booted = 0;
    const n1 = async (host: LooseHost) => {
      booted += 1;
      host.on('ready', () => true);
      if (booted > 1) return;
      host.on('go', () => {
        const operations = { write: host.disk.write('f', 0, encode('x')), list: host.disk.list() };
        for (const [name, promise] of Object.entries(operations)) {
          promise.then(
            () => settled.push(name),
            () => settled.push(name),
          );
        }
        kill();
      });
    };
    let kill = () => {};
    await makeLab().play({ n1 }, async (host, control) => {
      let killed = false;
      kill = () => {
        killed = true;
        control.kill('n1');
      };
      host.send('n1', 'go', null);
      await until(host, 'the kill', () => killed);
      control.restart('n1');
      await persist(host, 'n1', 'ready');
      await host.clock.sleep(50);
      expect(settled).toEqual([]);
    });
  });
}

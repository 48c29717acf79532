import { expect, test } from 'vitest';
import { type Control, type Lab, type LooseHost, persist, until } from './lab.ts';

const timeoutMs = 3000;

export function livesContract(makeLab: () => Lab): void {
  test('a restarted host is found again; its memory is gone, its disk is not', async () => {
    const n1 = async (host: LooseHost) => {
      const boots = (await host.disk.size('boots')) + 1;
      await host.disk.write('boots', boots - 1, Uint8Array.of(1));
      await host.disk.sync('boots');
      await host.disk.syncNames();
      let calls = 0;
      host.on('count', () => {
        calls += 1;
        return { boots, calls };
      });
    };
    await makeLab().play({ n1 }, async (host, control) => {
      const first = await persist<{ boots: number }>(host, 'n1', 'count');
      for (let life = 1; life <= 3; life += 1) {
        control.kill('n1');
        await host.clock.sleep(30);
        control.restart('n1');
        const count = await persist<{ boots: number; calls: number }>(host, 'n1', 'count');
        expect(count.boots).toBe(first.boots + life);
        expect(count.calls).toBeLessThanOrEqual(2);
      }
    });
  });

  test('after a kill nothing settles, no timer fires, no method does anything', async () => {
    const after: string[] = [];
    let dead = false;
    let control: Control | undefined;
    const note = (what: string) => () => {
      if (dead) after.push(what);
    };
    const n1 = (host: LooseHost) => {
      host.on('never', () => new Promise(() => {}));
      host.onStop(note('stop task'));
      host.on('die', async () => {
        host.clock.after(10, note('timer'));
        host.clock.sleep(10).then(note('sleep'), note('sleep'));
        host.call('n2', 'note', 'before', { timeoutMs: 20 }).then(note('call'), note('call'));
        dead = true;
        control!.kill('n1');
        // The code runs on in a vacuum.
        host.send('n2', 'note', 'from the dead');
        host
          .call('n2', 'note', 'from the dead', { timeoutMs: 20 })
          .then(note('late call'), note('late call'));
        host.clock.after(1, note('late timer'));
        host.on('die', note('handler'));
        host.onStop(note('late stop task'));
        host.expose(() => ({ from: 'the dead' }));
        host.log('from the dead');
        return 'an answer from the dead';
      });
    };
    const notes: unknown[] = [];
    const n2 = (host: LooseHost) => host.on('note', (ask) => void notes.push(ask));
    await makeLab().play({ n1, n2 }, async (host, given) => {
      control = given;
      await expect(host.call('n1', 'die', null, { timeoutMs: 300 })).rejects.toThrow();
      await host.clock.sleep(100);
      expect(after).toEqual([]);
      expect(notes).not.toContain('from the dead');
    });
  });

  test('a kill between two sends of one loop lets the first go, and never the second', async () => {
    const notes = new Set<string>();
    let control: Control | undefined;
    const n1 = (host: LooseHost) => {
      host.on('go', async () => {
        for (const to of ['n2', 'n3', 'n4']) {
          host.send(to, 'note', to);
          if (to === 'n3') control!.kill('n1');
        }
      });
    };
    const other = (host: LooseHost) => host.on('note', (ask) => void notes.add(ask));
    await makeLab().play({ n1, n2: other, n3: other, n4: other }, async (host, given) => {
      control = given;
      host.send('n1', 'go', null);
      await host.clock.sleep(200);
      // What a crash finds in the sockets may be lost; what was never sent cannot arrive.
      expect(notes).not.toContain('n4');
    });
  });

  test('a graceful stop runs its tasks, last registered first, and waits for them', async () => {
    const done: string[] = [];
    const n1 = (host: LooseHost) => {
      host.onStop(() => void done.push('first'));
      host.onStop(async () => {
        done.push('second begins');
        await host.clock.sleep(20);
        await host.call('n2', 'farewell', null, { timeoutMs });
        done.push('second ends');
      });
      host.mount('part').onStop(() => void done.push('part'));
      host.on('ready', () => true);
    };
    const n2 = (host: LooseHost) => host.on('farewell', () => void done.push('farewell'));
    await makeLab().play({ n1, n2 }, async (host, control) => {
      await persist(host, 'n1', 'ready');
      await control.stop('n1');
      expect([...new Set(done)]).toEqual(['part', 'second begins', 'farewell', 'second ends', 'first']);
      await expect(host.call('n1', 'ready', null, { timeoutMs: 200 })).rejects.toThrow();
    });
  });

  test('a graceful stop sends what was sent', async () => {
    const notes = new Set<number>();
    const n1 = (host: LooseHost) => {
      host.onStop(() => {
        for (let round = 0; round < 20; round += 1)
          host.send('n2', 'note', { round, text: 'x'.repeat(50_000) });
      });
      host.on('ready', () => true);
    };
    const n2 = (host: LooseHost) => host.on('note', ({ round }) => void notes.add(round));
    await makeLab().play({ n1, n2 }, async (host, control) => {
      await persist(host, 'n1', 'ready');
      await control.stop('n1');
      await until(host, 'twenty notes', () => notes.size === 20);
    });
  });

  test('a stopped host can boot again', async () => {
    let boots = 0;
    const n1 = (host: LooseHost) => {
      boots += 1;
      host.on('ready', () => true);
    };
    await makeLab().play({ n1 }, async (host, control) => {
      await persist(host, 'n1', 'ready');
      await control.stop('n1');
      control.restart('n1');
      await persist(host, 'n1', 'ready');
      expect(boots).toBe(2);
    });
  });

  test('a failing stop task, handler or late program does not take the host down', async () => {
    const done: string[] = [];
    const n1 = (host: LooseHost) => {
      host.on('fail', () => {
        throw new Error('on purpose');
      });
      host.on('ready', () => true);
      host.onStop(() => void done.push('last'));
    };
    await makeLab().play({ n1 }, async (host, control) => {
      host.send('n1', 'fail', null);
      expect(await persist(host, 'n1', 'ready')).toBe(true);
      await control.stop('n1');
      expect(done).toEqual(['last']);
    });
  });

  test('what a program exposes can be seen, and a mounted protocol shows its own under its name', async () => {
    let round = 0;
    const n1 = (host: LooseHost) => {
      host.expose(() => ({ round }));
      host.mount('part').expose(() => ({ inner: true }));
      host.on('ready', () => true);
    };
    await makeLab().play({ n1 }, async (host, control) => {
      await persist(host, 'n1', 'ready');
      round = 7;
      expect(control.view('n1')).toEqual({ round: 7, part: { inner: true } });
    });
  });
}

import { expect, test } from 'vitest';
import { isRefused } from '../../protocols/host.ts';
import { type Lab, type LooseHost, persist, until } from './lab.ts';

const echo = (host: LooseHost) => host.on('echo', (ask) => ask);
const timeoutMs = 5000;

export function deliveryContract(makeLab: () => Lab): void {
  test('a message reaches the handler of its kind, with the sender', async () => {
    const got: unknown[] = [];
    const n1 = (host: LooseHost) => host.on('note', (ask, from) => void got.push({ ask, from }));
    await makeLab().play({ n1 }, async (host) => {
      host.send('n1', 'note', { text: 'hello' });
      await until(host, 'the note', () => got.length > 0);
      expect(got[0]).toEqual({ ask: { text: 'hello' }, from: 'c1' });
    });
  });

  test('messages of many kinds and senders all arrive, in whatever order', async () => {
    const got = new Set<string>();
    const n1 = (host: LooseHost) => {
      for (const kind of ['a', 'b', 'c'])
        host.on(kind, ({ round }, from) => void got.add(`${from} ${kind}${round}`));
    };
    const n2 = (host: LooseHost) => {
      host.on('go', () => {
        for (let round = 0; round < 30; round += 1) host.send('n1', 'c', { round });
      });
    };
    await makeLab().play({ n1, n2 }, async (host) => {
      host.send('n2', 'go', null);
      for (let round = 0; round < 30; round += 1) {
        host.send('n1', 'a', { round });
        host.send('n1', 'b', { round });
      }
      await until(host, '90 messages', () => got.size === 90);
    });
  });

  test('every host knows the servers, in one order; a client is not among them', async () => {
    const seen: unknown[] = [];
    const server = (host: LooseHost) => void seen.push(host.peers);
    await makeLab().play({ n1: server, n2: server, n3: server }, async (host) => {
      expect(host.id).toBe('c1');
      expect(host.peers).toEqual(['n1', 'n2', 'n3']);
      await until(host, 'three boots', () => seen.length === 3);
      for (const peers of seen) expect(peers).toEqual(host.peers);
    });
  });

  test('a server can send to a client and call it', async () => {
    const greetings: unknown[] = [];
    const n1 = (host: LooseHost) => {
      host.on('visit', async (_, from) => {
        host.send(from, 'greeting', { text: 'welcome' });
        return await host.call(from, 'name', null, { timeoutMs });
      });
    };
    await makeLab().play({ n1 }, async (host) => {
      host.on('greeting', (ask) => void greetings.push(ask));
      host.on('name', () => 'the client');
      expect(await host.call('n1', 'visit', null, { timeoutMs })).toBe('the client');
      await until(host, 'the greeting', () => greetings.length > 0);
      expect(greetings[0]).toEqual({ text: 'welcome' });
    });
  });

  test('a host can send to itself and call itself, but never within the same turn', async () => {
    await makeLab().play({ n1: echo }, async (host) => {
      const got: unknown[] = [];
      host.on('note', (ask, from) => void got.push([ask, from]));
      host.on('double', ({ value }) => ({ value: value * 2 }));
      host.send('c1', 'note', 1);
      expect(got).toEqual([]);
      await until(host, 'the note', () => got.length > 0);
      expect(got[0]).toEqual([1, 'c1']);
      expect(await host.call('c1', 'double', { value: 21 }, { timeoutMs })).toEqual({ value: 42 });
    });
  });

  test('five megabytes arrive as they were, as text and as bytes', async () => {
    const text = 'wide ü \u{1f30a} '.repeat(400_000);
    const bytes = Uint8Array.from({ length: 5_000_000 }, (_, index) => index % 251);
    await makeLab().play({ n1: echo }, async (host) => {
      expect((await host.call('n1', 'echo', text, { timeoutMs })) === text).toBe(true);
      const back = await host.call('n1', 'echo', { bytes }, { timeoutMs });
      expect(Buffer.compare(back.bytes, bytes)).toBe(0);
    });
  });

  test('a full outbox drops what is sent and counts it, refuses calls, and empties again', async () => {
    const text = 'x'.repeat(4_000_000);
    const n1 = (host: LooseHost) => {
      echo(host);
      host.on('bulk', () => {});
    };
    await makeLab().play({ n1 }, async (host, control) => {
      await persist(host, 'n1', 'echo', 1);
      const before = control.counters('c1').dropped;
      let sent = 0;
      while (control.counters('c1').dropped === before && sent < 100) {
        host.send('n1', 'bulk', { text });
        sent += 1;
      }
      expect(sent).toBeGreaterThan(1);
      expect(sent).toBeLessThan(100);
      const refusal = await host.call('n1', 'echo', text, { timeoutMs }).catch((error) => error);
      expect(isRefused(refusal)).toBe(true);
      expect(await persist(host, 'n1', 'echo', 2)).toBe(2);
    });
  });

  test('a message of a kind that nobody handles is gone', async () => {
    await makeLab().play({ n1: echo }, async (host) => {
      host.send('n1', 'nonsense', null);
      expect(await host.call('n1', 'echo', 'still there', { timeoutMs })).toBe('still there');
    });
  });

  test('a second handler for one kind is an error', async () => {
    await makeLab().play({ n1: echo }, async (host) => {
      host.on('note', () => {});
      expect(() => host.on('note', () => {})).toThrow(/note/);
    });
  });

  test('a mounted protocol has kinds of its own', async () => {
    const n1 = (host: LooseHost) => {
      host.on('who', () => 'the root');
      host.mount('left').on('who', () => 'left');
      host
        .mount('left')
        .mount('inner')
        .on('who', () => 'inner');
      host.mount('right').on('who', () => 'right');
    };
    await makeLab().play({ n1 }, async (host) => {
      const ask = (asker: LooseHost) => asker.call('n1', 'who', null, { timeoutMs });
      expect(await ask(host)).toBe('the root');
      expect(await ask(host.mount('left'))).toBe('left');
      expect(await ask(host.mount('right'))).toBe('right');
      expect(await ask(host.mount('left').mount('inner'))).toBe('inner');
      expect(await host.call('n1', 'left/inner/who', null, { timeoutMs })).toBe('inner');
      expect(() => host.mount('a/b')).toThrow(/a\/b/);
      expect(() => host.mount('')).toThrow();
      expect(() => host.mount('..')).toThrow();
    });
  });
}

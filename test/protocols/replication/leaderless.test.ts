/** Stories about a few nodes: what happens to writes that some replica misses. */
import { describe, expect, test } from 'vitest';
import type { Host } from '../../../protocols/host.ts';
import { defaultsOf, type Value } from '../../../protocols/protocol.ts';
import {
  firstWriteWins,
  type LeaderlessView,
  leaderlessWith,
  mergingWith,
  type Resolution,
} from '../../../protocols/replication/index.ts';
import {
  type LeaderlessOptions,
  leaderlessOptions,
} from '../../../protocols/replication/leaderless/options.ts';
import { Placement } from '../../../protocols/replication/leaderless/preference.ts';
import { type Control, type Lab, type LooseHost, until } from '../../contract/lab.ts';
import { nodeLab } from '../../contract/node.ts';
import { simulatedLab } from '../../contract/simulated.ts';

interface Setting {
  readonly nodes?: number;
  readonly options?: Readonly<Record<string, number | string | boolean>>;
  readonly resolution?: Resolution;
  readonly lab?: Lab;
}

type Part = ReturnType<typeof partOf>;
type Act = (part: Part) => Promise<void>;

/** All that repairs in the background is off unless a story is about it. */
const quiet = { readRepair: false, hintedHandoff: false, antiEntropy: false };

function story(
  { nodes = 3, options: given = {}, resolution, lab = simulatedLab('leaderless') }: Setting,
  act: Act,
): Promise<void> {
  const protocol = leaderlessWith(resolution === undefined ? {} : { resolution });
  const options: LeaderlessOptions = { ...defaultsOf(protocol.options), ...given };
  const ids = Array.from({ length: nodes }, (_, at) => `n${at + 1}`);
  const program = protocol.roles.node.program(options);
  return lab.play(Object.fromEntries(ids.map((id) => [id, program])), (host, control) =>
    act(partOf(protocol, options, ids, host, control)),
  );
}

function partOf(
  protocol: ReturnType<typeof leaderlessWith>,
  options: LeaderlessOptions,
  ids: readonly string[],
  host: LooseHost,
  control: Control,
) {
  const own = host as unknown as Host<never>;
  const view = (id: string) => control.view(id) as LeaderlessView;
  return {
    host,
    ids,
    kv: protocol.clients.kv(own, ids, options),
    siblings: protocol.clients.siblings(own, ids, options),
    view,
    placement: new Placement(ids, options.replicas),
    kill(...dead: string[]) {
      for (const id of dead) control.kill(id);
    },
    restart(...dead: string[]) {
      for (const id of dead) control.restart(id);
    },
    /** Waits until so many nodes store a key, all in the same version. */
    stored: (key: string, count: number) =>
      until(host, `"${key}" to be on ${count} nodes`, () => {
        const versions = ids.flatMap((id) => view(id)?.versions?.get(key) ?? []);
        return versions.length === count && new Set(versions).size === 1;
      }),
  };
}

describe.each([
  ['over TCP', () => nodeLab()],
  ['in the simulator', () => simulatedLab('leaderless')],
] as const)('%s', (_, makeLab) => {
  test('a node that dies misses writes, and gets them when it is back', { timeout: 30_000 }, () =>
    story({ lab: makeLab(), options: { antiEntropyInterval: 100 } }, async (part) => {
      const { kv, kill, restart, stored } = part;
      await kv.put('a', 1);
      kill('n2');
      await kv.put('a', 2);
      await kv.put('b', 3);
      await kv.delete('b');
      expect(await kv.get('a')).toBe(2);
      restart('n2');
      await stored('a', 3);
      await stored('b', 3);
      kill('n1');
      expect([await kv.get('a'), await kv.get('b')]).toEqual([2, null]);
    }),
  );
});

test('a compare-and-set is refused: quorums do not give consensus', () =>
  story({}, async ({ kv }) => {
    await expect(kv.cas('a', null, 1)).rejects.toMatchObject({ name: 'Refused' });
  }));

test('a read of too few replicas is refused, and a write that reached nobody, too', () =>
  story({ options: { requestTimeout: 500 } }, async ({ kv, kill }) => {
    kill('n1', 'n2');
    await expect(kv.get('a')).rejects.toMatchObject({ name: 'Refused' });
    await expect(kv.put('a', 1)).rejects.toMatchObject({ name: 'Refused' });
  }));

test('with wall clocks nobody asks first: what too few replicas have may have happened', () =>
  story({ options: { requestTimeout: 500, timestamps: 'wall-clock' } }, async ({ kv, kill }) => {
    kill('n1', 'n2');
    await expect(kv.put('a', 1)).rejects.toMatchObject({ name: 'TimedOut' });
  }));

describe('what a replica missed', () => {
  const missed = (options: object, act: Act) =>
    story({ options: { ...quiet, ...options } }, async (part) => {
      await part.kv.put('a', 1);
      await part.stored('a', 3);
      part.kill('n3');
      await part.kv.put('a', 2);
      await part.host.clock.sleep(500);
      part.restart('n3');
      await part.host.clock.sleep(2000);
      await act(part);
    });
  const isBehind = ({ view }: Part) => view('n3').versions.get('a') !== view('n1').versions.get('a');
  /** Whether some node has done so. */
  const did = ({ ids, view }: Part, statistic: keyof LeaderlessView['statistics']) =>
    ids.some((id) => (view(id)?.statistics[statistic] ?? 0) > 0);

  test('it never gets by itself', () => missed({}, async (part) => expect(isBehind(part)).toBe(true)));

  test('is handed over by whoever kept it (Dynamo, §4.6)', () =>
    missed({ hintedHandoff: true }, async (part) => {
      expect([isBehind(part), did(part, 'handovers')]).toEqual([false, true]);
      expect(part.ids.map((id) => part.view(id).hints)).toEqual([0, 0, 0]);
    }));

  test('is found when trees are compared (Dynamo, §4.7)', () =>
    missed({ antiEntropy: true, antiEntropyInterval: 200 }, async (part) => {
      expect([isBehind(part), did(part, 'exchanged')]).toEqual([false, true]);
    }));

  test('is sent by a read that sees it (Dynamo, §5)', () =>
    missed({ readRepair: true, writeBack: false }, async (part) => {
      expect(isBehind(part)).toBe(true);
      await part.kv.get('a');
      await part.stored('a', 3);
      expect(did(part, 'readRepairs')).toBe(true);
    }));

  test('is written back by a read before it returns, if too few replicas have it (ABD 1995)', () =>
    missed({}, async (part) => {
      // n3 and one that is not behind: the read is only over when two have what it found.
      part.kill('n1');
      expect(await part.kv.get('a')).toBe(2);
      expect(part.view('n3').versions.get('a')).toBe(part.view('n2').versions.get('a'));
      expect(did(part, 'writeBacks')).toBe(true);
    }));

  test('does not exist where all must have it: a write that one does not take is not done', () =>
    story(
      { options: { ...quiet, writeLevel: 'all', readLevel: 'one', requestTimeout: 500 } },
      async (part) => {
        await part.kv.put('a', 1);
        part.kill('n3');
        await expect(part.kv.put('a', 2)).rejects.toMatchObject({ name: 'TimedOut' });
        part.restart('n3');
        await part.kv.put('a', 3);
        await part.stored('a', 3);
      },
    ));
});

describe('a sloppy quorum (Dynamo, §4.6)', () => {
  const sloppy = { ...quiet, timestamps: 'wall-clock', requestTimeout: 1000 };
  const withTwoDown = (isSloppy: boolean, act: Act) =>
    story({ nodes: 5, options: { ...sloppy, sloppyQuorum: isSloppy } }, async (part) => {
      const [, second, third] = part.placement.replicasOf('a');
      part.kill(second!, third!);
      await act(part);
    });

  test('others stand in for replicas that are down, and hand over what they got', () =>
    withTwoDown(true, async ({ kv, placement, restart, stored, view, ids }) => {
      await kv.put('a', 7);
      expect(await kv.get('a')).toBe(7);
      const [first, second, third] = placement.replicasOf('a');
      expect(view(first!).statistics.standIns).toBeGreaterThan(0);
      restart(second!, third!);
      await stored('a', 3);
      expect(ids.reduce((sum, id) => sum + view(id).statistics.handovers, 0)).toBeGreaterThan(0);
    }));
  test('a strict one does without the write', () =>
    withTwoDown(false, async ({ kv }) => {
      await expect(kv.put('a', 7)).rejects.toMatchObject({ name: 'TimedOut' });
    }));
});

describe('siblings', () => {
  test('two clients that do not know of each other leave both values; one that has seen them overwrites both', () =>
    story({ options: { conflict: 'siblings' } }, async ({ siblings, kv }) => {
      await siblings.put('cart', 1, {});
      await siblings.put('cart', 2, {});
      const { values, context } = await siblings.get('cart');
      expect([...values].sort()).toEqual([1, 2]);
      await expect(kv.get('cart')).rejects.toThrow('"cart" has 2 siblings');
      await siblings.put('cart', 3, context);
      expect((await siblings.get('cart')).values).toEqual([3]);
      // It had seen neither 3 nor that 1 and 2 are gone.
      await siblings.put('cart', 4, {});
      expect([...(await siblings.get('cart')).values].sort()).toEqual([3, 4]);
    }));
  test('a deletion takes what its client has seen', () =>
    story({ options: { conflict: 'siblings' } }, async ({ siblings }) => {
      await siblings.put('cart', 1, {});
      const { context } = await siblings.get('cart');
      await siblings.put('cart', 2, {});
      await siblings.delete('cart', context);
      expect((await siblings.get('cart')).values).toEqual([2]);
    }));
  test('the application merges: items of a cart are never lost (Dynamo, §4.4)', () => {
    const merge = (values: readonly Value[]) =>
      [...new Set(values.flatMap((one) => String(one).split(' ')))].sort().join(' ');
    return story({ resolution: mergingWith(merge) }, async ({ siblings, kv }) => {
      await siblings.put('cart', 'book pen', {});
      await siblings.put('cart', 'ink book', {});
      expect(await kv.get('cart')).toBe('book ink pen');
      await kv.put('cart', 'book ink');
      expect(await kv.get('cart')).toBe('book ink');
    });
  });
});

test('the first write stays', () =>
  story({ options: { conflict: 'first-write-wins' } }, async ({ kv }) => {
    await kv.put('a', 1);
    await kv.put('a', 2);
    expect(await kv.get('a')).toBe(1);
  }));

test('how conflicts are resolved is a value, and may be one of the application', () => {
  /** The largest number wins, whoever wrote it and when. */
  const largest: Resolution = {
    ...firstWriteWins,
    merge: (left, right) => (Number(valueIn(right)) > Number(valueIn(left)) ? right : left),
  };
  return story({ resolution: largest }, async ({ kv }) => {
    for (const value of [3, 7, 5]) await kv.put('a', value);
    expect(await kv.get('a')).toBe(7);
  });
});

const valueIn = (state: unknown) => (state as { value: Value }).value;

describe('the level is one operation’s own matter (Cassandra)', () => {
  test('with two of three replicas down, one operation asks for one replica, and others are refused', () =>
    story({ options: { requestTimeout: 500, timestamps: 'wall-clock' } }, async ({ kv, kill }) => {
      await kv.put('a', 1, { level: 'all' });
      kill('n1', 'n2');
      expect(await kv.get('a', { level: 'one' })).toBe(1);
      await kv.put('a', 2, { level: 1 });
      expect(await kv.get('a', { level: 'one' })).toBe(2);
      await expect(kv.get('a')).rejects.toMatchObject({ name: 'Refused' });
      await expect(kv.delete('a')).rejects.toMatchObject({ name: 'TimedOut' });
    }));
  test('with one down, one operation asks for all, and fails', () =>
    story({ options: { requestTimeout: 500 } }, async ({ kv, siblings, kill }) => {
      kill('n2');
      await kv.put('a', 1);
      await expect(kv.get('a', { level: 'all' })).rejects.toMatchObject({ name: 'Refused' });
      await expect(siblings.put('a', 2, {}, { level: 'all' })).rejects.toMatchObject({ name: 'TimedOut' });
    }));
  test('R and W as numbers: four of five to read, two to write', () =>
    story(
      { nodes: 5, options: { requestTimeout: 500, replicas: 5, readReplicas: 4, writeReplicas: 2 } },
      async ({ kv, kill, restart }) => {
        kill('n1');
        await kv.put('a', 1);
        expect(await kv.get('a')).toBe(1);
        kill('n2');
        await expect(kv.get('a')).rejects.toMatchObject({ name: 'Refused' });
        restart('n1');
        expect(await kv.get('a')).toBe(1);
      },
    ));
  test('a read that may miss writes anyway writes nothing back', () =>
    story({ options: quiet }, async ({ kv, kill, restart, view, ids }) => {
      kill('n3');
      await kv.put('a', 1);
      restart('n3');
      for (let read = 0; read < 10; read++) await kv.get('a', { level: 'one' });
      expect(ids.map((id) => view(id)?.statistics?.writeBacks ?? 0)).toEqual([0, 0, 0]);
    }));
});

describe('a deletion', () => {
  const options = {
    tombstoneGrace: 400,
    requestTimeout: 150,
    callTimeout: 30,
    attemptTimeout: 70,
    hintedHandoff: false,
  };

  test('is forgotten when all replicas have it; what is written after that is newer', () =>
    story({ options }, async ({ kv, host, ids, view }) => {
      await kv.put('a', 1);
      await kv.delete('a');
      await until(host, 'all to forget', () => ids.every((id) => !view(id).versions.has('a')));
      expect(await kv.get('a')).toBe(null);
      await kv.put('a', 2);
      expect(view('n1').times.get('a') ?? view('n2').times.get('a')).toBeGreaterThan(2);
      expect(await kv.get('a')).toBe(2);
    }));
  test('is remembered as long as a replica is away: what it still has does not come back', () =>
    story(
      { options: { ...options, antiEntropyInterval: 200 } },
      async ({ kv, host, kill, restart, ids, view }) => {
        await kv.put('a', 1);
        kill('n3');
        await kv.delete('a');
        await host.clock.sleep(3000);
        expect(['n1', 'n2'].map((id) => view(id).versions.has('a'))).toEqual([true, true]);
        restart('n3');
        await until(host, 'all to forget', () => ids.every((id) => view(id)?.versions?.has('a') === false));
        expect(await kv.get('a')).toBe(null);
      },
    ));
});

test('what differs is exchanged in parts, so that each of them comes in time', async () => {
  const options = { ...defaultsOf(leaderlessOptions), ...quiet, antiEntropy: true, antiEntropyInterval: 50 };
  const exchanged: number[] = [];
  // It says that everything is different.
  const n2 = (host: LooseHost) => {
    host.on('compare', ({ places }) => ({ hashes: places.map(() => 1) }));
    host.on('exchange', ({ leaves }) => {
      exchanged.push(leaves.length);
      return { entries: [] };
    });
  };
  const n1 = leaderlessWith({}).roles.node.program(options);
  await simulatedLab('parts').play({ n1: n1 as never, n2 }, async (host) => {
    await until(host, 'all of it', () => exchanged.reduce((sum, count) => sum + count, 0) >= 64);
    expect(Math.max(...exchanged)).toBeLessThanOrEqual(16);
  });
});

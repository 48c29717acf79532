/** A leader that clients cannot reach, with followers that can. */
import { expect, test } from 'vitest';
import type { RaftView } from '../../../protocols/raft/index.ts';
import type { World } from '../../../sim/world/world.ts';
import { play, type Setting } from './cluster.ts';

const quiet = { network: { loss: [0, 1], duplicate: [0, 1] } } as const satisfies Setting;
const leaderOf = (world: World) =>
  world.servers.find((id) => (world.machine(id).state() as RaftView | undefined)?.role === 'leader')!;

/** Cuts these links, in both directions. */
function cut(world: World, links: readonly (readonly [string, string])[]): () => void {
  const pairs = links.map(([one, other]) => [world.indexOf(one), world.indexOf(other)]);
  const made = {
    bites: 0,
    blocks: (from: number, to: number) => pairs.some((pair) => pair.includes(from) && pair.includes(to)),
  };
  world.network.cuts.push(made);
  return () => void world.network.cuts.splice(world.network.cuts.indexOf(made), 1);
}

test('thesis §6.2 servers pass requests on to a leader that their clients cannot reach', async () => {
  const seen: unknown[] = [];
  let leaders: readonly string[] = [];
  const shown = await play('relay', {
    ...quiet,
    clients: 1,
    script: () => {},
    workload: async (client, host, world) => {
      await client.put('x', 1);
      const leader = leaderOf(world);
      const outsider = world.servers.find((id) => id !== leader)!;
      // One follower stands between the leader and everybody else: it has a quorum, and hears no client.
      cut(world, [
        [leader, 'c1'],
        [leader, outsider],
      ]);
      for (let n = 2; n < 12; n++) {
        seen.push(await client.cas('x', n - 1, n), await client.get('x'));
        await host.clock.sleep(300);
      }
      leaders = [leader, leaderOf(world)];
    },
  });
  expect([...shown.violations]).toEqual([]);
  expect(seen).toEqual(Array.from({ length: 10 }, (_, at) => [true, at + 2]).flat());
  expect(leaders[1], 'it is still the same leader').toBe(leaders[0]);
});

test('two servers that are silent do not hide each other', async () => {
  const seen: unknown[] = [];
  const shown = await play('two silent', {
    ...quiet,
    servers: 5,
    clients: 1,
    script: () => {},
    workload: async (client, _, world) => {
      await client.put('x', 1);
      const leader = leaderOf(world);
      const [dead, ...others] = world.servers.filter((id) => id !== leader);
      world.machine(dead!).kill('keep');
      cut(world, [
        [leader, 'c1'],
        [leader, others[0]!],
        [dead!, 'c1'],
      ]);
      for (let n = 2; n < 8; n++) seen.push(await client.cas('x', n - 1, n));
    },
  });
  expect([...shown.violations]).toEqual([]);
  expect(seen).toEqual(Array(6).fill(true));
});

test('a client goes back to the leader itself once that can be reached again', async () => {
  let [far, near] = [0, 0];
  await play('back', {
    ...quiet,
    clients: 1,
    script: () => {},
    workload: async (client, host, world) => {
      await client.put('x', 1);
      const heal = cut(world, [[leaderOf(world), 'c1']]);
      const relayed = () => world.network.counters.sent;
      const costOf = async () => {
        const before = relayed();
        await client.get('x');
        return relayed() - before;
      };
      await client.get('x');
      far = await costOf();
      heal();
      await host.clock.sleep(2500);
      await client.get('x');
      near = await costOf();
    },
  });
  expect(near, 'fewer messages than through a relay').toBeLessThan(far);
});

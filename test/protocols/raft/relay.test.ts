/** A leader that clients cannot reach, with followers that can. */
import { expect, test } from 'vitest';
import { type RaftView, raft } from '../../../protocols/raft/index.ts';
import { simulate } from '../../../sim/entry/vitest.ts';
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

const checks = ['election-safety', 'leader-append-only', 'state-machine-safety', 'linearizable'];

simulate(
  'thesis §6.2 servers pass requests on to a leader that their clients cannot reach',
  { protocol: raft, seeds: 5, checks },
  async (world) => {
    const client = world.client();
    await client.put('x', 1);
    const leader = await world.leader();
    const [outsider] = world.nodes.filter((id) => id !== leader);
    // The other follower stands between the leader and everybody else: it has a quorum, and hears no client.
    world.partition([[leader], ['c1', outsider!]]);
    for (let n = 2; n < 12; n++) {
      expect(await client.cas('x', n - 1, n)).toBe(true);
      expect(await client.get('x')).toBe(n);
      await world.sleep(300);
    }
    expect(await world.leader()).toBe(leader);
  },
);

simulate(
  'two servers that are silent do not hide each other',
  { protocol: raft, nodes: 5, seeds: 5, checks },
  async (world) => {
    const client = world.client();
    await client.put('x', 1);
    const leader = await world.leader();
    const [dead, deaf] = world.nodes.filter((id) => id !== leader);
    world.kill(dead!, { storage: 'keep' });
    world.partition([[leader], ['c1', deaf!]]);
    for (let n = 2; n < 8; n++) expect(await client.cas('x', n - 1, n)).toBe(true);
  },
);

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

/** Membership changes, by the sentences of the thesis (§4.1, §4.2), and on a cluster that runs. */
import { describe, expect, test } from 'vitest';
import type { Host } from '../../../protocols/host.ts';
import { CatchUp } from '../../../protocols/raft/catch-up.ts';
import { Configurations, changed, isQuorum, mayChange } from '../../../protocols/raft/configuration.ts';
import { type RaftView, raft } from '../../../protocols/raft/index.ts';
import type { World } from '../../../sim/world/world.ts';
import { play } from './cluster.ts';

const three = { voters: ['n1', 'n2', 'n3'] };

describe('decisions', () => {
  test('§4.1 one server is added or removed at a time', () => {
    expect(changed(three, { change: 'add', server: 'n4' }).voters).toEqual(['n1', 'n2', 'n3', 'n4']);
    expect(changed(three, { change: 'remove', server: 'n2' }).voters).toEqual(['n1', 'n3']);
    expect(changed(three, { change: 'add', server: 'n2' })).toBe(three);
    expect(changed(three, { change: 'remove', server: 'n4' })).toBe(three);
  });

  test('§4.1 any majority of the old cluster overlaps with any majority of the new cluster', () => {
    for (let size = 1; size < 7; size++) {
      const voters = Array.from({ length: size }, (_, at) => `n${at}`);
      const next = changed({ voters }, { change: 'add', server: 'new' });
      for (let bits = 0; bits < 2 ** (size + 1); bits++) {
        const one = (id: string) => (bits & (1 << next.voters.indexOf(id))) !== 0;
        const bothDecide = isQuorum({ voters }, one) && isQuorum(next, (id) => !one(id));
        expect(bothDecide, `${size} servers, ${bits.toString(2)}`).toBe(false);
      }
    }
  });

  test.each([
    ['§4.1 not before the change before it is committed', { configurationIndex: 8 }, false],
    ['§4.1 once it is', { configurationIndex: 7 }, true],
    [
      'correction of 2015: not before an entry of the leader’s own term is committed',
      { commitTerm: 2 },
      false,
    ],
  ])('%s', (_, moment, expected) => {
    expect(mayChange({ configurationIndex: 0, commitIndex: 7, commitTerm: 3, term: 3, ...moment })).toBe(
      expected,
    );
  });

  test('§4.1 servers use the latest configuration of their log, committed or not, and go back with it', () => {
    const known = new Configurations(three);
    known.append(4, { voters: ['n1', 'n2'] });
    known.append(6, { voters: ['n1'] });
    expect([known.latestIndex, known.latest.voters]).toEqual([6, ['n1']]);
    known.truncateAfter(5);
    expect([known.latestIndex, known.latest.voters]).toEqual([4, ['n1', 'n2']]);
    known.truncateAfter(3);
    expect([known.latestIndex, known.latest]).toEqual([0, three]);
  });

  test('§4.2.2 a server that its latest configuration leaves out starts elections until that is committed', () => {
    const known = new Configurations(three);
    known.append(4, { voters: ['n1', 'n2'] });
    expect([0, 3, 4].map((commitIndex) => known.mayCampaign('n3', commitIndex))).toEqual([true, true, false]);
    expect(known.mayCampaign('n4', 0), 'nobody has ever added it').toBe(false);
  });

  test('§4.2.2 and after a restart, when it knows of no commit, it still may be needed', () => {
    const known = new Configurations(three);
    known.append(4, { voters: ['n1', 'n2', 'n3', 'n4'] });
    known.append(5, { voters: ['n1', 'n2', 'n3'] });
    expect(known.mayCampaign('n4', 0)).toBe(true);
    expect(known.mayCampaign('n4', 5)).toBe(false);
  });

  test('§4.2.2 a leader steps down once the configuration without it is committed', () => {
    const known = new Configurations(three);
    known.append(4, { voters: ['n1', 'n2'] });
    expect([3, 4, 9].map((commitIndex) => known.haveRemoved('n3', commitIndex))).toEqual([false, true, true]);
    known.append(11, { voters: ['n1', 'n2', 'n4'] });
    expect(known.haveRemoved('n4', 0), 'n4 joined after what it knows to be committed').toBe(false);
  });

  test('§4.2.1 a new server has caught up after a round shorter than an election timeout', () => {
    const joining = new CatchUp(100, 0, 150, 2000);
    expect(joining.standing(99, 120, 100)).toBe('behind');
    expect(joining.standing(100, 130, 160), 'the first round took too long').toBe('behind');
    expect(joining.standing(129, 131, 200)).toBe('behind');
    expect(joining.standing(130, 131, 250)).toBe('caught up');
  });

  test('§4.2.1 one that is too slow for ten rounds is not added, nor is one that is not there', () => {
    const slow = new CatchUp(1, 0, 150, 2000);
    const standings = Array.from({ length: 10 }, (_, at) => slow.standing(at + 1, at + 2, 200 * (at + 1)));
    expect(standings).toEqual([...Array(9).fill('behind'), 'too slow']);
    expect(new CatchUp(1, 0, 150, 2000).standing(0, 1, 2001)).toBe('too slow');
  });
});

const viewOf = (world: World, id: string) => world.machine(id).state() as RaftView;
const leaderOf = (world: World) => world.servers.find((id) => viewOf(world, id)?.role === 'leader')!;
const quiet = { loss: [0, 1], duplicate: [0, 1] } as const;
const options = Object.fromEntries(
  Object.entries(raft.options).map(([name, option]) => [name, option.default]),
);

/** Three servers that know each other; the act has a client library of each kind. */
const cluster = (
  seed: string,
  act: (stage: {
    kv: Parameters<NonNullable<Parameters<typeof play>[1]>['workload'] & object>[0];
    members: ReturnType<typeof raft.clients.members>;
    host: Host;
    world: World;
  }) => Promise<void>,
) =>
  play(seed, {
    network: quiet,
    clients: 1,
    script: () => {},
    workload: async (kv, host, world) => {
      const members = raft.clients.members(host as Host<never>, world.servers, options as never);
      await act({ kv, members, host, world });
    },
  });

describe('a cluster that runs', () => {
  test('§4.2.2 a leader that is removed goes on until that is committed, and then another one leads', async () => {
    let [before, after] = ['', ''];
    let voters: readonly string[] = [];
    const shown = await cluster('leader leaves', async ({ kv, members, host, world }) => {
      await kv.put('x', 1);
      before = leaderOf(world);
      await members.remove(before);
      await kv.put('x', 2);
      await host.clock.sleep(1000);
      after = leaderOf(world);
      voters = viewOf(world, after).configuration.voters;
      expect(await kv.get('x')).toBe(2);
      expect(viewOf(world, before).role).toBe('follower');
    });
    expect([...shown.violations]).toEqual([]);
    expect(after).not.toBe(before);
    expect(voters).toHaveLength(2);
    expect(voters).not.toContain(before);
  });

  test('§4.1 with a server fewer, a majority is a majority of the others', async () => {
    const shown = await cluster('two of two', async ({ kv, members, world }) => {
      await kv.put('x', 1);
      const follower = world.servers.find((id) => id !== leaderOf(world))!;
      await members.remove(follower);
      await members.remove(follower);
      const other = world.servers.find((id) => id !== leaderOf(world) && id !== follower)!;
      world.machine(follower).kill('keep');
      await kv.put('x', 2);
      world.machine(other).kill('keep');
      await expect(kv.put('x', 3)).rejects.toThrow();
    });
    expect([...shown.violations]).toEqual([]);
  });

  test('§4.2.3 a server that was removed while it was cut off disturbs nobody when it comes back', async () => {
    const terms: number[] = [];
    const shown = await cluster('it comes back', async ({ kv, members, host, world }) => {
      await kv.put('x', 1);
      const leader = leaderOf(world);
      const follower = world.servers.find((id) => id !== leader)!;
      world.machine(follower).kill('keep');
      await members.remove(follower);
      terms.push(viewOf(world, leader).term);
      world.restart(world.machine(follower));
      await host.clock.sleep(3000);
      terms.push(viewOf(world, leader).term);
      await members.add(follower);
      expect(viewOf(world, leader).configuration.voters).toContain(follower);
    });
    expect([...shown.violations]).toEqual([]);
    expect(terms[1], 'no later term was needed').toBe(terms[0]);
  });

  test('§4.2.1 a server that is not there is not added, and the cluster goes on as it was', async () => {
    const shown = await cluster('not there', async ({ kv, members, world }) => {
      await kv.put('x', 1);
      const leader = leaderOf(world);
      const follower = world.servers.find((id) => id !== leader)!;
      await members.remove(follower);
      world.machine(follower).kill('keep');
      await expect(members.add(follower)).rejects.toThrow();
      expect(viewOf(world, leader).configuration.voters).toHaveLength(2);
      await kv.put('x', 2);
    });
    expect([...shown.violations]).toEqual([]);
  });
});

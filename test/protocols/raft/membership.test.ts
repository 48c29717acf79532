/** Membership changes, by the sentences of the thesis (§4.1, §4.2), and on a cluster that runs. */
import { describe, expect, test } from 'vitest';
import { CatchUp } from '../../../protocols/raft/catch-up.ts';
import { Configurations, changed, isQuorum, mayChange } from '../../../protocols/raft/configuration.ts';
import { type RaftView, raft } from '../../../protocols/raft/index.ts';
import type { TestWorld } from '../../../sim/entry/main.ts';
import { simulate } from '../../../sim/entry/vitest.ts';

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

const checks = ['election-safety', 'log-matching', 'state-machine-safety', 'linearizable'];
const stage = { protocol: raft, nodes: 3, seeds: 5, checks };
const viewOf = (world: TestWorld, id: string) => world.exposed<RaftView>(id);
const add = (world: TestWorld, server: string) => world.use('members', (members) => members.add(server));
const remove = (world: TestWorld, server: string) =>
  world.use('members', (members) => members.remove(server));

/** Three servers that know each other, one of which leads. */
async function leaderAndFollowers(world: TestWorld): Promise<readonly string[]> {
  await world.client().put('x', 1);
  const leader = await world.leader();
  return [leader, ...world.nodes.filter((id) => id !== leader)];
}

describe('a cluster that runs', () => {
  simulate(
    '§4.2.2 a leader that is removed goes on until that is committed, and then another one leads',
    stage,
    async (world) => {
      const [before] = await leaderAndFollowers(world);
      await remove(world, before!);
      await world.client().put('x', 2);
      await world.sleep('1s');
      const after = await world.leader();
      expect(after).not.toBe(before);
      expect(viewOf(world, after)?.configuration.voters).toHaveLength(2);
      expect(viewOf(world, after)?.configuration.voters).not.toContain(before);
      expect(viewOf(world, before!)?.role).toBe('follower');
      expect(await world.client().get('x')).toBe(2);
    },
  );

  simulate('§4.1 with a server fewer, a majority is a majority of the others', stage, async (world) => {
    const [, follower, other] = await leaderAndFollowers(world);
    await remove(world, follower!);
    await remove(world, follower!);
    world.kill(follower!, { storage: 'keep' });
    await world.client().put('x', 2);
    world.kill(other!, { storage: 'keep' });
    await expect(world.client().put('x', 3)).rejects.toThrow();
  });

  simulate(
    '§4.2.3 a server that was removed while it was down disturbs nobody when it comes back',
    stage,
    async (world) => {
      const [leader, follower] = await leaderAndFollowers(world);
      world.kill(follower!, { storage: 'keep' });
      await remove(world, follower!);
      const term = viewOf(world, leader!)?.term;
      world.restart(follower!);
      await world.sleep('3s');
      expect(viewOf(world, leader!)?.term, 'no later term was needed').toBe(term);
      await add(world, follower!);
      expect(viewOf(world, leader!)?.configuration.voters).toContain(follower);
    },
  );

  simulate(
    '§4.2.1 a server that is not there is not added, and the cluster goes on as it was',
    stage,
    async (world) => {
      const [leader, follower] = await leaderAndFollowers(world);
      await remove(world, follower!);
      world.kill(follower!, { storage: 'keep' });
      await expect(add(world, follower!)).rejects.toThrow();
      expect(viewOf(world, leader!)?.configuration.voters).toHaveLength(2);
      await world.client().put('x', 2);
    },
  );
});

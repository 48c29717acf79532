/** The decisions of SWIM, by the sentences of the paper. */

import { describe, expect, test } from 'vitest';
import {
  entering,
  overrides,
  probingRound,
  Rumours,
  rankOf,
  rankText,
  refutation,
  type Status,
  type SwimView,
  sendingsMax,
  suspicionMs,
  swim,
} from '../../../protocols/membership/index.ts';
import { defaultsOf } from '../../../protocols/protocol.ts';
import { type LooseHost, until } from '../../contract/lab.ts';
import { simulatedLab } from '../../contract/simulated.ts';
import { loadedNamed, outcomeOf } from '../../determinism/runs.ts';

const standing = (status: Status, incarnation: number) => ({ status, incarnation });

describe('§4.2 what overrides what', () => {
  test.each<[string, Status, number, Status, number, boolean]>([
    ['alive i overrides suspect j if i > j', 'alive', 2, 'suspect', 1, true],
    ['and not if i = j', 'alive', 1, 'suspect', 1, false],
    ['alive i overrides alive j if i > j', 'alive', 2, 'alive', 1, true],
    ['suspect i overrides suspect j if i > j', 'suspect', 2, 'suspect', 1, true],
    ['suspect i overrides alive j if i = j', 'suspect', 1, 'alive', 1, true],
    ['and not if i < j', 'suspect', 1, 'alive', 2, false],
    ['dead i overrides suspect i', 'dead', 1, 'suspect', 1, true],
    ['stale alive does not override dead', 'alive', 1, 'dead', 1, false],
    ['only a higher incarnation does', 'alive', 2, 'dead', 1, true],
    ['who left did not fail', 'left', 1, 'dead', 1, true],
    ['nor does it fail afterwards', 'dead', 1, 'left', 1, false],
    ['who left may come again', 'alive', 2, 'left', 1, true],
  ])('%s', (_, news, i, known, j, expected) => {
    expect(overrides(standing(news, i), standing(known, j))).toBe(expected);
  });

  test('a suspect refutes with an incarnation above the one that is suspected', () => {
    expect(refutation(3, standing('suspect', 3))).toBe(4);
    expect(refutation(3, standing('dead', 5))).toBe(6);
    expect(refutation(3, standing('dead', 2)), 'old news').toBeUndefined();
    expect(refutation(3, standing('alive', 3)), 'no news').toBeUndefined();
  });
});

test('§3.2 who joins does so with an incarnation above the one that it left with', () => {
  expect(overrides(standing('alive', entering(3)), standing('left', 3))).toBe(true);
});

test('people read a rank as what is believed', () => {
  expect(rankText(rankOf(standing('suspect', 2)))).toBe('suspect in incarnation 2');
});

test('§4.3 a round has everybody once, in an order drawn anew', () => {
  const limits: number[] = [];
  const first = probingRound(['n1', 'n2', 'n3'], (limit) => {
    limits.push(limit);
    return 0;
  });
  expect({ first, limits }).toEqual({ first: ['n1', 'n2', 'n3'], limits: [3, 2, 1] });
  expect(probingRound(['n1', 'n2', 'n3'], (limit) => limit - 1)).toEqual(['n3', 'n2', 'n1']);
  expect(probingRound([], () => 0)).toEqual([]);
});

describe('§4.1 news', () => {
  const news = (member: string) => ({ member, ...standing('alive', 1) });

  test('those that were sent least often go first', () => {
    const rumours = new Rumours(9);
    rumours.add(news('n1'));
    expect(rumours.take(1)).toEqual([news('n1')]);
    rumours.add(news('n2'));
    expect(rumours.take(1)).toEqual([news('n2')]);
  });

  test('go round λ log n times', () => {
    expect([sendingsMax(2), sendingsMax(1000)]).toEqual([6, 30]);
    const rumours = new Rumours(2);
    rumours.add(news('n1'));
    expect([rumours.take(5), rumours.take(5), rumours.take(5)].map(({ length }) => length)).toEqual([
      1, 1, 0,
    ]);
  });
});

test.each([
  [1, 400],
  [10, 400],
  [100, 800],
  [120, 831.6],
  [1000, 1200],
])('§4.2 in a group of %i a suspect may refute for %f ms, if for 400 in one of ten', (members, expected) => {
  expect(suspicionMs(400, members)).toBe(expected);
});

test('a member refutes what is still believed of it after its refutation has gone round', async () => {
  const { scenario } = await loadedNamed('membership/swim');
  expect((await outcomeOf(scenario, '2')).violations).toEqual([]);
});

test('members that leave are not taken for dead, and are known again when they come back', async () => {
  const { scenario } = await loadedNamed('membership/joins');
  const { violations, sometimes } = await outcomeOf(scenario, '1');
  expect({ violations, sometimes }).toEqual({
    violations: [],
    sometimes: { 'member-condemned': true, 'member-joined': true, 'member-left': true },
  });
});

describe('§4.2 how long one member waits for a refutation', () => {
  /** n1 is a member among puppets, which answer pings, know no news and refute nothing. */
  async function suspicionOf(members: number): Promise<number> {
    const options = { ...defaultsOf(swim.options), suspicion: 400, period: 5000 };
    const puppet = (host: LooseHost) => host.on('ping', () => ({ news: [] }));
    const servers = Object.fromEntries(Array.from({ length: members }, (_, at) => [`n${at + 1}`, puppet]));
    servers.n1 = swim.roles.node.program(options) as never;
    return simulatedLab('suspicion').play(servers, async (c1, control) => {
      const statusOf = () => (control.view('n1') as SwimView | undefined)?.members.get('n2')?.status;
      await until(c1, 'the member to begin', () => statusOf() === 'alive');
      const news = [{ member: 'n2', status: 'suspect', incarnation: 0 }];
      await c1.call('n1', 'ping', { news }, { timeoutMs: 1000 });
      const sinceMs = c1.clock.elapsed();
      await until(c1, 'the suspect to be given up', () => statusOf() === 'dead');
      return c1.clock.elapsed() - sinceMs;
    });
  }

  test.each([
    [4, 400],
    [100, 800],
  ])('of %i', async (members, expectedMs) => {
    const tookMs = await suspicionOf(members);
    expect(Math.abs(tookMs - expectedMs)).toBeLessThan(30);
  });
});

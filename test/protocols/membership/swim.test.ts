/** The decisions of SWIM, by the sentences of the paper. */
import { describe, expect, test } from 'vitest';
import {
  overrides,
  Rumours,
  refutation,
  type Status,
  sendingsMax,
} from '../../../protocols/membership/index.ts';
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

test('a member refutes what is still believed of it after its refutation has gone round', async () => {
  const { scenario } = await loadedNamed('membership/swim');
  expect((await outcomeOf(scenario, '2')).violations).toEqual([]);
});

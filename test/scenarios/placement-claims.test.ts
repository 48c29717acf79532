/** The claims about placement accept what is right and reject what is wrong, and say what. */
import { expect, test } from 'vitest';
import { movesOnlyWhereNeeded, placementChecks } from '../../scenarios/placement/claims.ts';
import type { AlwaysClaim } from '../../sim/index.ts';

function judged(claim: AlwaysClaim, ...shown: [host: string, state: object][]): string[] {
  const fold = claim.start();
  return shown.flatMap(
    ([host, state], seq) =>
      fold.observe({ seq, atUs: seq * 1000, host, incarnation: 1, up: true, state })?.message ?? [],
  );
}

const shows = (version: number, members: string, owners: Record<string, string>) => ({
  role: 'server',
  version,
  members: members.split(' '),
  has: [],
  owners: Object.entries(owners),
  received: 0,
});

test('keys may move to who joins and away from who leaves', () => {
  const shown = judged(
    movesOnlyWhereNeeded,
    ['n1', shows(1, 'n1 n2', { a: 'n1', b: 'n2' })],
    ['n2', shows(2, 'n1 n2 n3', { a: 'n1', b: 'n3' })],
    ['n2', shows(3, 'n2 n3', { a: 'n2', b: 'n3' })],
  );
  expect(shown).toEqual([]);
});

test('a key that moves between two that stay is named, in whichever order the views are shown', () => {
  const [first, second] = [shows(1, 'n1 n2', { a: 'n1' }), shows(2, 'n1 n2 n3', { a: 'n2' })];
  const moved = '"a" moved from n1 to n2, although n1 stayed and n2 did not join';
  expect(judged(movesOnlyWhereNeeded, ['n1', first], ['n2', second])).toEqual([
    `in view 2, as n2 knows it, ${moved}`,
  ]);
  expect(judged(movesOnlyWhereNeeded, ['n2', second], ['n1', first])).toEqual([
    `in view 1, as n1 knows it, ${moved}`,
  ]);
});

test('two servers that see different owners in one view are wrong', () => {
  const shown = judged(
    movesOnlyWhereNeeded,
    ['n1', shows(1, 'n1 n2', { a: 'n1' })],
    ['n2', shows(1, 'n1 n2', { a: 'n2' })],
  );
  expect(shown).toEqual(['in view 1, as n2 knows it, "a" belongs to n1 and to n2']);
});

test('two servers that have one key are wrong', () => {
  const check = placementChecks.find(({ name }) => name === 'one-owner') as {
    claim(options: object): AlwaysClaim;
  };
  const has = (...keys: string[]) => ({ ...shows(1, 'n1 n2', {}), has: keys });
  expect(judged(check.claim({}), ['n1', has('a')], ['n2', has('b')])).toEqual([]);
  expect(judged(check.claim({}), ['n1', has('a')], ['n1', has()], ['n2', has('a')])).toEqual([]);
  expect(judged(check.claim({}), ['n1', has('a')], ['n2', has('a')])).toHaveLength(1);
});

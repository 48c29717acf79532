/** The claims about a group accept what is right and reject what is wrong, and say what. */
import { expect, test } from 'vitest';
import type { Standing, Status, SwimView } from '../../protocols/membership/index.ts';
import { membershipChecks } from '../../scenarios/membership/claims.ts';
import type { AlwaysClaim, FinallyClaim } from '../../sim/index.ts';
import { complaints, endOf } from '../check/watched.ts';

const claimOf = <Claim>(name: string, options = {}): Claim => {
  const check = membershipChecks.find((one) => one.name === name) as { claim(options: object): unknown };
  return check.claim(options) as Claim;
};

let revision = 0;
/** A member that takes the others for what is said, all in one incarnation. */
const shows = (statuses: Record<string, Status>, isMember = true): SwimView => {
  const standings = Object.entries(statuses).map(([id, status]): [string, Standing] => [
    id,
    { status, incarnation: 0 },
  ]);
  revision += 1;
  return { incarnation: 0, isMember, isNew: false, revision, members: new Map(standings) };
};

const allAlive = () => shows({ n1: 'alive', n2: 'alive', n3: 'alive' });
const found = (status: Status) => shows({ n1: 'alive', n2: 'alive', n3: status });

test('members that all believe in one that is dead agree, and are wrong', () => {
  const shown = [
    ['n1', allAlive(), 0],
    ['n2', allAlive(), 0],
    ['n3', 'down', 1],
    ['n1', allAlive(), 9],
    ['n2', allAlive(), 9],
  ] as const;
  expect(endOf(claimOf<FinallyClaim>('members-agree'), ...shown)).toBe('held');
  const late = (member: string) =>
    `n3 has been down since 1s, and ${member} still took it for alive in incarnation 0 at 9s; it was due to find out by 3s`;
  expect(complaints(claimOf<AlwaysClaim>('deaths-found', { within: 2000 }), ...shown)).toEqual(
    ['n1', 'n2'].map(late),
  );
});

test.each<[Status, number]>([
  ['alive', 1],
  ['suspect', 1],
  ['dead', 0],
  ['left', 0],
])('who is down is not to be shown as %s when its time is over', (status, count) => {
  const claim = claimOf<AlwaysClaim>('deaths-found', { within: 2000 });
  const shown = complaints(
    claim,
    ['n1', allAlive(), 0],
    ['n3', 'down', 1],
    ['n1', found(status), 2],
    ['n2', allAlive(), 4],
  );
  expect(shown).toHaveLength(count);
});

test('who has left the group has nobody to look after', () => {
  const claim = claimOf<AlwaysClaim>('deaths-found', { within: 2000 });
  const outside = shows({ n1: 'left', n2: 'alive', n3: 'alive' }, false);
  expect(
    complaints(claim, ['n1', allAlive(), 0], ['n3', 'down', 1], ['n1', outside, 2], ['n2', outside, 9]),
  ).toEqual([]);
});

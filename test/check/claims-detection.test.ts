/** Whether failures are detected in time: each death, by each member that runs. */
import { expect, test } from 'vitest';
import { failuresDetected } from '../../sim/check/index.ts';
import { complaints } from './watched.ts';

/** A member shows in whom it believes, and in which incarnations. */
const claim = failuresDetected('deaths-found', 'Deaths are found.', {
  withinUs: 3_000_000,
  believed: (state) => Object.entries(state as Record<string, number>),
});

const both = { n1: 0, n2: 0, n3: 0 };
const without2 = { n1: 0, n3: 0 };

test('a death that each of the others finds in time', () => {
  const shown = complaints(
    claim,
    ['n1', both, 0],
    ['n3', both, 0],
    ['n2', 'down', 1],
    ['n1', without2, 2],
    ['n3', without2, 4],
    ['n1', without2, 9],
  );
  expect(shown).toEqual([]);
});

test('members that agree that a dead one is alive are wrong, each of them', () => {
  const shown = complaints(
    claim,
    ['n1', both, 0],
    ['n3', both, 0],
    ['n2', 'down', 1],
    ['n1', both, 4],
    ['n1', both, 5],
    ['n1', both, 6],
    ['n3', both, 7],
  );
  const late = (member: string, atS: number) =>
    `n2 has been down since 1s, and ${member} still took it for alive in incarnation 0 at ${atS}s; it was due to find ` +
    'out by 4s';
  expect(shown).toEqual([late('n1', 5), late('n3', 6)]);
});

test('one that never has a turn again is found out by the turns of others', () => {
  expect(complaints(claim, ['n1', both, 0], ['n2', 'down', 1], ['n3', without2, 5])).toHaveLength(1);
});

test('the time counts anew with late news of a later incarnation, and not with a change of anything else', () => {
  const news = { ...both, n2: 1 };
  const shown = [
    ['n1', both, 0],
    ['n2', 'down', 1],
    ['n1', news, 3],
  ] as const;
  expect(complaints(claim, ...shown, ['n1', news, 6])).toEqual([]);
  expect(complaints(claim, ...shown, ['n1', news, 7])).toEqual([
    'n2 has been down since 1s, and n1 still took it for alive in incarnation 1 at 7s; it was due to find out by 6s',
  ]);
  const other = { n1: 0, n2: 0, n3: 5 };
  expect(
    complaints(claim, ['n1', both, 0], ['n2', 'down', 1], ['n1', other, 3], ['n1', other, 5]),
  ).toHaveLength(1);
});

test('who comes back in time need not be found, nor does one that was down before have to be found by who is', () => {
  const again = [
    ['n1', both, 0],
    ['n2', 'down', 1],
    ['n2', both, 3, 2],
    ['n1', both, 5],
  ] as const;
  expect(complaints(claim, ...again)).toEqual([]);
  expect(
    complaints(claim, ['n1', both, 0], ['n2', 'down', 1], ['n1', 'down', 2], ['n3', without2, 9]),
  ).toEqual([]);
});

test('a member has its time from its start on', () => {
  const started = [
    ['n2', 'down', 0],
    ['n1', 'down', 0],
    ['n1', both, 5, 2],
  ] as const;
  expect(complaints(claim, ...started, ['n1', both, 8, 2])).toEqual([]);
  expect(complaints(claim, ...started, ['n1', both, 9, 2])).toHaveLength(1);
});

test('the time for which a member stands still does not count, and the rest does', () => {
  const fold = claim.start();
  const seen = (host: string, atS: number, how: { up?: boolean; stalled?: boolean } = {}) =>
    fold.observe({
      ...{ seq: 0, incarnation: 1, up: true, host, atUs: atS * 1_000_000 },
      ...{ ...how, state: how.up === false ? undefined : both },
    })?.message;
  seen('n1', 0);
  seen('n2', 1, { up: false });
  seen('n1', 2, { stalled: true });
  expect(seen('n3', 9)).toBeUndefined();
  seen('n1', 10);
  expect(seen('n1', 12)).toBeUndefined();
  expect(seen('n1', 13)).toBe(
    'n2 has been down since 1s, and n1 still took it for alive in incarnation 0 at 13s; it was due to find out by 12s, ' +
      'without the 8s for which n1 stood still or was behind',
  );
});

/** The claims about locks accept what is right and reject what is wrong, and say what. */
import { describe, expect, test } from 'vitest';
import {
  fencing,
  leasesDoNotOverlap,
  lockChecks,
  noOvertaking,
  tokensUnique,
} from '../../scenarios/locks/claims.ts';
import { sectionsAreExclusive } from '../../scenarios/locks/sections.ts';
import type { AlwaysClaim, Observation } from '../../sim/index.ts';

/** What a claim says of states shown one after the other, each by a host at a time in milliseconds. */
function judged(claim: AlwaysClaim, ...shown: [atMs: number, host: string, state: object][]): string[] {
  const fold = claim.start();
  return shown.flatMap(([atMs, host, state], seq) => {
    const seen: Observation = { seq, atUs: atMs * 1000, host, incarnation: 1, up: true, state };
    return fold.observe(seen)?.message ?? [];
  });
}

describe('mutual-exclusion', () => {
  const holds = (owner: string, remainingMs: number) => ({
    role: 'client',
    held: [{ key: 'a', owner, remainingMs }],
  });
  const nothing = { role: 'client', held: [] };

  test('a lease that ended in time does not overlap the next one, though its holder is paused and shows nothing', () => {
    expect(judged(leasesDoNotOverlap, [0, 'c1', holds('x', 100)], [100, 'c2', holds('y', 100)])).toEqual([]);
  });

  test('a released one does not', () => {
    const shown = judged(
      leasesDoNotOverlap,
      [0, 'c1', holds('x', 100)],
      [10, 'c1', nothing],
      [11, 'c2', holds('y', 100)],
    );
    expect(shown).toEqual([]);
  });

  test('two that overlap are named, with their ends', () => {
    const shown = judged(leasesDoNotOverlap, [0, 'c1', holds('x', 100)], [99, 'c2', holds('y', 100)]);
    expect(shown).toEqual([
      'c1 and c2 both hold "a" at 0.099s: c1 since 0s until 0.1s, c2 since 0.099s until 0.199s',
    ]);
  });

  test('a renewed one lasts for as long as it was renewed', () => {
    const shown = judged(
      leasesDoNotOverlap,
      [0, 'c1', holds('x', 100)],
      [50, 'c1', holds('x', 100)],
      [120, 'c2', holds('y', 100)],
    );
    expect(shown).toHaveLength(1);
  });
});

describe('fencing', () => {
  const accepts = (holder: string, token: number | null, key = 'a') => ({
    role: 'resource',
    accepted: [{ key, holder, token, value: 1 }],
    refused: 0,
  });
  const accepting = (...writes: object[]) =>
    judged(fencing, ...writes.map((state, at): [number, string, object] => [at, 'r1', state]));

  test('holders that follow each other, with tokens or without, are right', () => {
    expect(accepting(accepts('x', 1), accepts('x', 1), accepts('y', 2), accepts('z', 3))).toEqual([]);
    expect(accepting(accepts('x', null), accepts('y', null), accepts('z', null))).toEqual([]);
    expect(accepting(accepts('x', 5, 'a'), accepts('y', 3, 'b'))).toEqual([]);
  });

  test('a token that goes back is wrong', () => {
    expect(accepting(accepts('y', 34), accepts('x', 33))).toEqual([
      'r1 accepted token 33 of x for "a" after token 34 of y',
    ]);
  });

  test('a write without a token after one with a token is wrong', () => {
    expect(accepting(accepts('y', 34), accepts('x', null))).toHaveLength(1);
  });

  test.each([null, 34])('a holder that comes back is wrong, be it with the same token: %s', (token) => {
    expect(accepting(accepts('x', token), accepts('y', token), accepts('x', token))).toEqual([
      'r1 accepted x for "a" again, although y had followed it',
    ]);
  });
});

describe('lock-freed', () => {
  const check = lockChecks.find(({ name }) => name === 'lock-freed')!;
  const claim = (check as { claim(options: object): AlwaysClaim }).claim({ within: 100 });
  const locks = (renewals: number) => ({
    role: 'node',
    locked: [{ key: 'a', owner: 'x', renewals }],
    waiting: [],
  });

  test('a key that stays locked is wrong', () => {
    expect(judged(claim, [0, 'n1', locks(0)], [101, 'n1', locks(0)])).toHaveLength(1);
  });

  test('unless it was renewed, or released in between', () => {
    expect(judged(claim, [0, 'n1', locks(0)], [80, 'n1', locks(1)], [150, 'n1', locks(1)])).toEqual([]);
    const free = { role: 'node', locked: [], waiting: [] };
    expect(judged(claim, [0, 'n1', locks(0)], [80, 'n1', free], [150, 'n1', locks(0)])).toEqual([]);
  });
});

describe('lock-freed of a cluster', () => {
  const check = lockChecks.find(({ name }) => name === 'lock-freed')!;
  const claim = (check as { claim(options: object): AlwaysClaim }).claim({ within: 100 });
  const leads = (term: number, ...owners: string[]) => ({
    ...{ role: 'leader', term, log: {} },
    machine: { locked: owners.map((owner) => ({ key: 'a', owner, renewals: 0 })), waiting: [] },
  });

  test('the latest leader counts, and not one that stands still with what it knew', () => {
    expect(judged(claim, [0, 'n1', leads(1, 'x')], [50, 'n2', leads(2)], [200, 'n2', leads(2)])).toEqual([]);
  });

  test('a key that stays locked under one leader is wrong, and each leader has its own time', () => {
    const shown = judged(
      claim,
      [0, 'n1', leads(1, 'x')],
      [50, 'n2', leads(2, 'x')],
      [101, 'n1', leads(1, 'x')],
      [149, 'n2', leads(2, 'x')],
      [151, 'n2', leads(2, 'x')],
    );
    expect(shown).toHaveLength(1);
    expect(shown[0]).toMatch(/^lock "a of x, renewal 0" has been pending at n2 since 0.05s/);
  });

  test('the time for which the leader stands still does not count', () => {
    const fold = claim.start();
    const seen = (atMs: number, stalled: boolean) =>
      fold.observe({
        ...{ seq: 0, atUs: atMs * 1000, host: 'n1', incarnation: 1, up: true },
        ...{ stalled, state: leads(1, 'x') },
      });
    expect([seen(0, false), seen(50, true), seen(5000, false), seen(5050, false)]).toEqual(
      Array(4).fill(undefined),
    );
    expect(seen(5051, false)?.message).toMatch(/without the 4.95s for which n1 stood still or was behind$/);
  });
});

describe('no-overtaking', () => {
  const shows = (ticket: number | null, ...waiting: number[]) => ({
    role: 'node',
    locked: [{ key: 'a', owner: 'x', renewals: 0, token: 1, ticket }],
    waiting: waiting.map((one) => ({ key: 'a', owner: `w${one}`, ticket: one })),
  });

  test('who holds the key has an earlier ticket than all who wait, or none', () => {
    expect(judged(noOvertaking, [0, 'n1', shows(3, 4, 5)], [1, 'n1', shows(null, 1)])).toEqual([]);
  });

  test('who came later and has it first is named', () => {
    expect(judged(noOvertaking, [0, 'n1', shows(5, 4)])).toEqual([
      'at n1 x got "a" with ticket 5, while w4 still waits with ticket 4',
    ]);
  });
});

describe('work-stops', () => {
  const check = lockChecks.find(({ name }) => name === 'work-stops')!;
  const claim = (check as { claim(options: object): AlwaysClaim }).claim({ within: 50 });
  const works = (...held: string[]) => ({
    role: 'client',
    held: held.map((owner) => ({ key: 'a', owner, remainingMs: 9 })),
    working: [{ key: 'a', owner: 'x' }],
  });

  test('to work under a lock is right, and so is to stop soon after its loss', () => {
    const stopped = { role: 'client', held: [], working: [] };
    const shown = judged(
      claim,
      [0, 'c1', works('x')],
      [200, 'c1', works()],
      [240, 'c1', stopped],
      [500, 'c1', stopped],
    );
    expect(shown).toEqual([]);
  });

  test('to work on without it is wrong', () => {
    expect(judged(claim, [0, 'c1', works()], [51, 'c1', works()])).toHaveLength(1);
  });
});

describe('sections-exclusive', () => {
  const shows = (inside: readonly [key: string, task: number][], writes = 1, value = 1) => ({
    ...{ role: 'sections', locked: [], waiting: [], stopped: 0 },
    inside: inside.map(([key, task]) => ({ key, task })),
    counters: [{ key: 'a', writes, value }],
  });

  test('one task a key is right', () => {
    expect(
      judged(sectionsAreExclusive, [
        0,
        'n1',
        shows([
          ['a', 1],
          ['b', 1],
          ['c', 2],
        ]),
      ]),
    ).toEqual([]);
  });

  test('a task that named a key twice is in its section once', () => {
    const twice = shows([
      ['a', 1],
      ['a', 1],
    ]);
    expect(judged(sectionsAreExclusive, [0, 'n1', twice])).toEqual([]);
  });

  test('two tasks in the section of one key are named', () => {
    expect(
      judged(sectionsAreExclusive, [
        0,
        'n1',
        shows([
          ['a', 1],
          ['b', 2],
          ['a', 2],
        ]),
      ]),
    ).toEqual(['tasks 1 and 2 are both in a critical section of "a" at n1']);
  });

  test('a change that was lost to another is wrong', () => {
    expect(judged(sectionsAreExclusive, [0, 'n1', shows([], 3, 2)])).toEqual([
      '"a" was counted up 3 times at n1, and says 2',
    ]);
  });
});

describe('tokens-unique', () => {
  const holds = (owner: string, token: number | null) => ({
    ...{ role: 'client', working: [], stopped: 0 },
    held: [{ key: 'a', owner, token, remainingMs: 100 }],
  });

  test('every owner has its own token, whichever host shows it', () => {
    const shown = judged(
      tokensUnique,
      [0, 'c1', holds('x', 1)],
      [1, 'c2', holds('y', 2)],
      [2, 'c1', holds('x', 1)],
    );
    expect(shown).toEqual([]);
  });

  test('a token that two owners have is wrong', () => {
    expect(judged(tokensUnique, [0, 'c1', holds('x', 1)], [9, 'c2', holds('y', 1)])).toEqual([
      'token 1 was given to x, and for "a" to y at c2',
    ]);
  });

  test('one that a node gave, and nobody was told of, may be given again', () => {
    const gives = (owner: string) => ({
      ...{ role: 'node', waiting: [] },
      locked: [{ key: 'a', owner, token: 1, renewals: 0, ticket: null }],
    });
    expect(judged(tokensUnique, [0, 'n1', gives('x')], [9, 'n1', gives('y')])).toEqual([]);
  });

  test('where there are no tokens nothing is said', () => {
    expect(judged(tokensUnique, [0, 'c1', holds('x', null)], [9, 'c2', holds('y', null)])).toEqual([]);
  });
});

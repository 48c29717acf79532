/** The claims about locks accept what is right and reject what is wrong, and say what. */
import { describe, expect, test } from 'vitest';
import { fencing, leasesDoNotOverlap, lockChecks } from '../../scenarios/locks/claims.ts';
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
  const locks = (renewals: number) => ({ role: 'node', locked: [{ key: 'a', owner: 'x', renewals }] });

  test('a key that stays locked is wrong', () => {
    expect(judged(claim, [0, 'n1', locks(0)], [101, 'n1', locks(0)])).toHaveLength(1);
  });

  test('unless it was renewed, or released in between', () => {
    expect(judged(claim, [0, 'n1', locks(0)], [80, 'n1', locks(1)], [150, 'n1', locks(1)])).toEqual([]);
    const free = { role: 'node', locked: [] };
    expect(judged(claim, [0, 'n1', locks(0)], [80, 'n1', free], [150, 'n1', locks(0)])).toEqual([]);
  });
});

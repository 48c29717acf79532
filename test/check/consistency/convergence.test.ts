import { describe, expect, test } from 'vitest';
import { consistencyJudges, convergence, timeline } from '../../../sim/check/index.ts';

const message = (picture: string, settleUs = 0): string => {
  const verdict = convergence(timeline(picture), { settleUs });
  return verdict.verdict === 'broken' ? verdict.violations[0].message : verdict.verdict;
};

describe('eventual convergence (Vogels 2009)', () => {
  const quiet = (first: string, second: string) => `
c1: [put x 1]
c2:    [put x 2]   [get x -> ${first}]
c3:                   [get x -> ${second}]`;
  test('when the updates stop, all accesses return the same value, whichever it is', () => {
    expect(message(quiet('1', '1'))).toBe('held');
    expect(message(quiet('2', '2'))).toBe('held');
  });
  test('two that disagree', () => {
    expect(message(quiet('1', '2'))).toBe(
      `c2's get → 1 of key "x" (called at 0.019s) and c3's get → 2 of key "x" (called at 0.022s) disagree, although ` +
        `the last write, c2's put 2 of key "x", ended at 0.015s`,
    );
  });
  test('they may disagree while it settles', () => {
    expect(message(quiet('1', '2'), 4000)).toBe('unknown');
    expect(message(`${quiet('1', '2')}\nc4:                [get x -> 1]`, 6000)).toBe('unknown');
    const later = `${quiet('1', '2')}      [get x -> 2] [get x -> 2]`;
    expect(message(later, 10_000)).toBe('held');
    expect(message(later, 3000)).toContain('more than 0.003s before');
  });
  test('they agree on a value that was written', () => {
    expect(message(quiet('3', '3'))).toContain('all reads agree in the end on 3, which nobody wrote');
    expect(message(quiet('null', 'null'))).toContain('which is the initial value, although');
    expect(message(quiet('null', 'null').replaceAll('1]', '1 !]').replace('2]', '2 !]'))).toBe('held');
    expect(message(`${quiet('null', 'null').replace('put x 2', 'delete x')}`)).toBe('held');
  });
  test('a write that is open at the end leaves no quiet', () => {
    expect(message(`${quiet('1', '2')}\nc4: [put x 3 ?]`)).toBe('unknown');
  });
  test('a write that was given up is over then', () => {
    const [write, ...reads] = timeline(
      'c1: [put x 1]\nc2:   [get x -> null]\nc3:             [get x -> 1] [get x -> 1]',
    );
    const givenUp = { ...write, type: 'info' as const };
    expect(convergence([givenUp, ...reads], { settleUs: 0 }).verdict).toBe('held');
  });
  test('a key by itself; one read shows nothing', () => {
    expect(message('c1: [put x 1] [get x -> 1]\nc2: [put y 2]     [get y -> 2]')).toBe('unknown');
    expect(message('c1: [get x -> 1]\nc2:   [get x -> null]')).toContain('although nobody ever wrote it');
  });
});

describe('the table of judges', () => {
  test('options have defaults, units and bounds', () => {
    const judge = consistencyJudges.get('convergence');
    const history = timeline('c1: [put x 1]  [get x -> 1]\nc2:               [get x -> null]');
    expect(judge?.judge(history).verdict).toBe('broken');
    expect(judge?.judge(history, { settle: 10 }).verdict).toBe('unknown');
    expect(() => judge?.judge(history, { settle: -1 })).toThrow(
      'the option "settle" of convergence must be a number of milliseconds from 0, not -1',
    );
    expect(() => judge?.judge(history, { settel: 1 })).toThrow('its options are: settle');
  });
  test('every judge finds a history without reads unknown, and starts where it is told', () => {
    for (const [name, judge] of consistencyJudges) {
      expect(judge.name).toBe(name);
      expect(judge.about).toMatch(/^[A-Z].*\.$/);
      expect([name, judge.judge([]).verdict]).toEqual([name, 'unknown']);
      const zero = timeline('c1: [get x -> 0] [get x -> 0]');
      expect([name, judge.judge(zero, {}, 0).verdict]).toEqual([name, 'held']);
      expect([name, judge.judge(zero).verdict]).toEqual([name, 'broken']);
    }
  });
});

import { describe, expect, test } from 'vitest';
import {
  neverGoesBack,
  type Observation,
  progress,
  sometimes,
  timeline,
  type Verdict,
  type Violation,
} from '../../sim/check/index.ts';

type Shown = Partial<Observation> & { value?: number };

const shown = ({ value, ...more }: Shown, seq: number): Observation => ({
  seq,
  atUs: seq * 1_000_000,
  host: 'n1',
  incarnation: 1,
  up: true,
  state: value === undefined ? undefined : { value },
  ...more,
});

describe('a number that never goes back', () => {
  const read = (state: unknown): number => (state as { value: number }).value;
  const within = neverGoesBack('applied', 'The applied index never decreases.', {
    noun: 'applied index',
    restarts: 'may take it back',
    value: read,
  });
  const forEver = neverGoesBack('term', 'The term never decreases.', {
    noun: 'term',
    restarts: 'keep it',
    value: read,
  });
  const watched = (claim: typeof within, ...observations: Shown[]): (Violation | undefined)[] => {
    const fold = claim.start();
    return observations.map((one, seq) => fold.observe(shown(one, seq))).filter((one) => one !== undefined);
  };
  test('rises or stays, on each host by itself', () => {
    expect(watched(within, { value: 1 }, { value: 1 }, { value: 3 }, { value: 2, host: 'n2' })).toEqual([]);
  });
  test('goes back', () => {
    expect(watched(within, { value: 1 }, { value: 3 }, { value: 2 })).toMatchObject([
      { check: 'applied', message: 'the applied index of n1 went back from 3, reached at 1s, to 2 at 2s' },
    ]);
  });
  test('goes back over a restart', () => {
    const restart: Shown[] = [{ value: 3 }, { up: false }, { incarnation: 2 }, { incarnation: 2, value: 2 }];
    expect(watched(within, ...restart)).toEqual([]);
    expect(watched(forEver, ...restart)).toMatchObject([{ atUs: 3_000_000 }]);
    expect(watched(within, ...restart, { incarnation: 2, value: 1 })).toMatchObject([{ atUs: 4_000_000 }]);
  });
});

test('sometimes comes true once and for all, in each run by itself', () => {
  const claim = sometimes('busy', 'Somebody is busy.', ({ state }) => state === 'busy');
  const fold = claim.start();
  const states = ['idle', 'busy', 'idle'];
  expect(states.map((state, seq) => fold.observe(shown({ state }, seq)))).toEqual([false, true, true]);
  expect(claim.start().observe(shown({ state: 'idle' }, 0))).toBe(false);
});

describe('progress: after the faults, clients are served again', () => {
  // A column of a timeline is a millisecond; the recovery phase is marked below it.
  const judged = (picture: string): Verdict => {
    const marks = picture.split('\n').find((line) => line.includes('^')) as string;
    const history = timeline(picture.replace(marks, ''));
    const recoveryUs = { from: marks.indexOf('^') * 1000, to: marks.lastIndexOf('^') * 1000 };
    return progress({ withinUs: 20_000 }).judge(history, recoveryUs);
  };
  const message = (picture: string): string => {
    const verdict = judged(picture);
    return verdict.verdict === 'broken' ? verdict.violations[0].message : verdict.verdict;
  };

  test('answers in time', () => {
    const verdict = judged(`
c1: [put x 1]      [put x 2       ]
c2:                     [put x 3 !]           [get x -> 2]
          ^                                                            ^`);
    expect(verdict.verdict).toBe('held');
  });
  test('an answer that comes too late', () => {
    expect(
      message(`
c1: [put x 1]      [put x 2                        ]
          ^                                                  ^`),
    ).toBe(`c1's put 2 of key "x", called at 0.019s was answered at 0.051s only; it was due by 0.039s`);
  });
  test('an operation that is open when the phase begins has the whole bound from there', () => {
    const open = (gap: string) => `
c1: [put x 1                 ${gap}]   [get x -> 1]
                    ^                                                            ^`;
    expect(message(open(''))).toBe('held');
    expect(message(open(' '.repeat(18)))).toBe(
      `c1's put 1 of key "x", called at 0.004s, open when the recovery phase began at 0.02s, was answered at ` +
        '0.047s only; it was due by 0.04s',
    );
  });
  test('an operation that is never answered', () => {
    expect(
      message(`
c1:   [put x 1 ?]
c2:            [get x -> null]
          ^                                 ^`),
    ).toBe(
      `c1's put 1 of key "x", called at 0.006s, open when the recovery phase began at 0.01s, was never answered; ` +
        'it was due by 0.03s',
    );
  });
  test('what was answered before the phase, or is not due within it, does not count', () => {
    expect(
      message(`
c1: [put x 1                     ]  [put x 1]  [put x 2        ]
c2:                                                 [put x 3 ?]
                                   ^              ^`),
    ).toBe('unknown');
  });
  test('a client that timed out: forgiven before the bound is over, but not after', () => {
    const [first, second, third] = timeline(
      'c1:           [put x 1]\nc2:             [put x 2]\nc3:                                   [put x 3]',
    );
    const recoveryUs = { from: 10_000, to: 90_000 };
    const claim = progress({ withinUs: 20_000 });
    const lost = { type: 'info' } as const;
    expect(claim.judge([{ ...first, ...lost }, second, third], recoveryUs).verdict).toBe('held');
    const verdict = claim.judge([first, second, { ...third, ...lost }], recoveryUs);
    expect(verdict).toMatchObject({
      verdict: 'broken',
      violations: [
        {
          message: `c3's put 3 of key "x", called at 0.038s ended at 0.046s without an answer; it was due by 0.058s`,
        },
      ],
    });
  });
  test('refusals only', () => {
    expect(
      message(`
c1: [put x 1]   [put x 2 !]  [put x 3 !]
              ^                                                  ^`),
    ).toBe('in the recovery phase from 0.014s on, none of 2 operations succeeded');
  });
  test('what a killed client left open is nobody’s to answer', () => {
    const [open, later] = timeline('c1: [put x 1 ?]\nc1:              [put x 2]');
    const recoveryUs = { from: 10_000, to: 90_000 };
    expect(progress({ withinUs: 20_000 }).judge([open, later], recoveryUs).verdict).toBe('held');
    const [stuck] = [{ ...open, client: 'c2' }];
    expect(progress({ withinUs: 20_000 }).judge([stuck, later], recoveryUs).verdict).toBe('broken');
  });
  test('nothing at all', () => {
    expect(progress({ withinUs: 1 }).judge([], { from: 0, to: 10 }).verdict).toBe('unknown');
  });
});

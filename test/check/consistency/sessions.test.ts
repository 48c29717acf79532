import { describe, expect, test } from 'vitest';
import {
  type ConsistencyEvidence,
  consistencyJudges,
  HistoryError,
  monotonicReads,
  monotonicWrites,
  type Operation,
  readYourWrites,
  type SessionOptions,
  timeline,
  type Verdict,
  writesFollowReads,
} from '../../../sim/check/index.ts';
import { chance, randomSessions } from './definitions.ts';

type Judge = (history: readonly Operation[], options?: SessionOptions) => Verdict;

const said = (judge: Judge, picture: string, options?: SessionOptions): string => {
  const verdict = judge(timeline(picture), options);
  if (verdict.verdict === 'broken') return verdict.violations[0].message;
  return verdict.verdict === 'unknown' ? `unknown: ${verdict.reason}` : verdict.verdict;
};

describe('read your writes (Terry et al. 1994, §3.1)', () => {
  test('a read that misses a write of its own session', () => {
    expect(said(readYourWrites, 'c1: [put x 1] [get x -> null]')).toBe(
      'c1\'s get → null of key "x" (called at 0.014s) returned the initial value null, although c1\'s put 1 of key ' +
        '"x", which is newer, was known to it',
    );
    expect(said(readYourWrites, 'c1: [put x 1] [get x -> 1]')).toBe('held');
    expect(said(readYourWrites, 'c1: [put x 1]\nc2:              [get x -> null]')).toBe('held');
  });
  const older = 'c1: [put x 1] [put x 2] [get x -> 1]';
  test('a read of the older of two own writes: by the paper’s letter they may have been ordered otherwise', () => {
    expect(said(readYourWrites, older)).toContain("returned the value of c1's put 1");
    expect(said(readYourWrites, older, { writeOrder: 'any' })).toBe('held');
    expect(said(readYourWrites, `${older} [get x -> 2]`, { writeOrder: 'any' })).toContain(
      'no order of the writes explains the reads: 2 steps',
    );
  });
  test('what others write over it may be newer, unless it returned before', () => {
    const replaced = 'c1:             [put x 1] [get x -> 2]\nc2: [put x 2]';
    expect(said(readYourWrites, replaced)).toBe('held');
    expect(said(readYourWrites, replaced, { writeOrder: 'real-time' })).toContain(
      "returned the value of c2's put 2",
    );
    expect(said(readYourWrites, replaced.replace('put x 2', 'put x 2 ?'), { writeOrder: 'real-time' })).toBe(
      'held',
    );
  });
  test('reads of another’s value and of own ones, back and forth', () => {
    const mixed = (last: number) =>
      `c1: [put x 1] [put x 2] [get x -> 9] [get x -> 2] [put x 3] [get x -> ${last}]\nc2: [put x 9]`;
    expect(said(readYourWrites, mixed(3), { writeOrder: 'any' })).toBe('held');
    expect(said(readYourWrites, mixed(9), { writeOrder: 'any' })).toBe('held');
    expect(said(readYourWrites, mixed(1), { writeOrder: 'any' })).toContain('no order of the writes');
    const fine = 'c1: [put x 1] [get x -> 9] [put x 2] [get x -> 2]\nc2: [put x 9]';
    expect(said(readYourWrites, fine, { writeOrder: 'any' })).toBe('held');
  });
  test('a write that failed is none, and one of unknown fate is not relied upon', () => {
    expect(said(readYourWrites, 'c1: [put x 1 !] [get x -> null]')).toBe('held');
    expect(said(readYourWrites, 'c1: [put x 1 ?] [get x -> null]')).toBe('held');
    expect(said(readYourWrites, 'c1: [put x 1 !] [get x -> 1]')).toBe(
      'c1\'s get → 1 of key "x" read a value out of thin air: c1\'s put 1 failed, and nobody else wrote 1',
    );
  });
  test('a session is one execution of a client: who is started again begins another, who has timed out does not', () => {
    const [put, get] = timeline('c1: [put x 1] [get x -> null]');
    const timedOut = [
      { ...put, session: 0 },
      { ...get, session: 0, process: 2 },
    ];
    expect(readYourWrites(timedOut).verdict).toBe('broken');
    expect(readYourWrites(timedOut, { session: 'process' }).verdict).toBe('held');
    const restarted = [
      { ...put, session: 0 },
      { ...get, session: 1, process: 2 },
    ];
    expect(readYourWrites(restarted).verdict).toBe('held');
    expect(readYourWrites(restarted, { session: 'client' }).verdict).toBe('broken');
  });
  test('without sessions in the history a process is one', () => {
    const [put, get] = timeline('c1: [put x 1] [get x -> null]');
    const other = [put, { ...get, process: 2 }];
    expect(readYourWrites(other).verdict).toBe('held');
    expect(readYourWrites(other, { session: 'client' }).verdict).toBe('broken');
  });
  test('a session goes on after a write of unknown fate, which may take effect at any later time', () => {
    const inOne = (...operations: Operation[]) =>
      operations.map((operation) => ({ ...operation, session: 0 }));
    const [late, known] = ['?', ''].map((fate) =>
      inOne(...timeline(`c1: [put x 1 ${fate}] [put x 2] [get x -> 2] [get x -> 1]`)),
    ) as [Operation[], Operation[]];
    for (const judged of [readYourWrites, monotonicReads, monotonicWrites]) {
      expect(judged(late).verdict).toBe('held');
      expect(judged(known).verdict).not.toBe('held');
    }
    // Seen once, it has happened.
    const [put, one, none] = timeline('c1: [put x 1 ?] [get x -> 1] [get x -> null]') as Operation[];
    expect(readYourWrites(inOne(put, none)).verdict).toBe('held');
    expect(readYourWrites(inOne(put, one, none)).verdict).toBe('broken');
  });
  test('a cas reads, and then writes', () => {
    expect(said(readYourWrites, 'c1: [put x 1] [cas x null 2]')).toContain('returned the initial value');
    expect(said(readYourWrites, 'c1: [cas x null 2] [get x -> null]')).toContain("although c1's cas null 2");
    expect(said(readYourWrites, 'c1: [cas x 7 2 -> false] [get x -> null]')).toBe('held');
    expect(said(readYourWrites, 'c1: [cas x 7 2 ?]\nc2:             [get x -> null]')).toBe('held');
  });
  test('a value with several writes says nothing', () => {
    expect(said(readYourWrites, 'c1: [put x 1] [get x -> 1]\nc2: [put x 1]')).toContain(
      'unknown: nothing wrong was found, but 1 read was left out, such as c1\'s get → 1 of key "x" at 14',
    );
    expect(said(readYourWrites, 'c1: [put x 1] [delete x] [get x -> null]')).toContain('1 read was left out');
    expect(
      said(readYourWrites, 'c1: [put x 1] [get x -> 1] [put y 1] [get y -> null]\nc2: [put x 1]'),
    ).toContain('returned the initial value');
  });
  test('a session does one thing at a time', () => {
    const [put, get] = timeline('c1: [put x 1      ]\nc2:     [get x -> 1]');
    expect(() => readYourWrites([put, { ...get, process: 1 }])).toThrow(HistoryError);
  });
});

describe('monotonic reads (§3.2)', () => {
  const back = (first: string, second: string) => `
c1: [put x 1] [put x 2]
c2:                      [get x -> ${first}] [get x -> ${second}]`;
  test('reads do not go back', () => {
    expect(said(monotonicReads, back('1', '2'))).toBe('held');
    expect(said(monotonicReads, back('2', '1'))).toContain(
      'c1\'s put 2 of key "x" comes before c1\'s put 1 of key "x", because c2\'s get → 1 of key "x" (called at 0.038s) ' +
        'returned the latter, after c2\'s get → 2 of key "x" in the same session',
    );
    expect(said(monotonicReads, back('2', '1'), { writeOrder: 'any' })).toBe('held');
    expect(said(monotonicReads, back('1', 'null'), { writeOrder: 'any' })).toContain(
      'the initial value null',
    );
  });
  test('to and fro is wrong in any order, and so are two sessions that see opposite orders', () => {
    expect(said(monotonicReads, `${back('2', '1')} [get x -> 2]`, { writeOrder: 'any' })).toContain(
      '2 steps',
    );
    const opposite = `${back('2', '1')}\nc3: [get x -> 1] [get x -> 2]`;
    expect(said(monotonicReads, opposite, { writeOrder: 'any' })).toContain('2 steps');
  });
  test('a session by itself', () => {
    expect(said(monotonicReads, back('2', '2').concat('\nc3:              [get x -> 1]'))).toBe('held');
  });
  test('own writes need not be seen', () => {
    expect(said(monotonicReads, 'c1: [put x 1] [get x -> null]')).toBe('held');
  });
});

describe('monotonic writes (§4.2), on the premise of monotonic reads', () => {
  test('who sees the later write sees the earlier one, of another key', () => {
    const seen = (x: string) => `
c1: [put x 1] [put y 2]
c2:                       [get y -> 2] [get x -> ${x}]`;
    expect(said(monotonicWrites, seen('1'))).toBe('held');
    expect(said(monotonicWrites, seen('null'))).toContain("although c1's put 1");
    expect(said(monotonicWrites, `${seen('3')}\nc3: [put x 3]`)).toBe('held');
  });
  test('the writes of a session are seen in its order', () => {
    expect(said(monotonicWrites, 'c1: [put x 1] [put x 2]\nc2: [get x -> 2] [get x -> 1]')).toContain(
      '2 steps',
    );
    expect(said(monotonicWrites, 'c1: [put x 1]\nc2: [get x -> 2] [get x -> 1]\nc3: [put x 2]')).toBe('held');
  });
  test('what others made of what they read is not the session’s own', () => {
    const chained = 'c1: [put x 1]\nc2: [get x -> 1] [put y 2]\nc3: [get y -> 2] [get x -> null]';
    expect(said(monotonicWrites, chained)).toBe('held');
  });
  test('reads that go back and forth show no order', () => {
    const fro = 'c1: [get x -> 1] [get x -> 2] [get x -> 1]\nc2: [put x 1] [put x 2]';
    expect(said(monotonicWrites, fro)).toContain(
      'unknown: reads went back to older values (see monotonic-reads)',
    );
    expect(said(monotonicWrites, `${fro}\nc3: [put y 1] [put y 2]\nc4: [get y -> 2] [get y -> 1]`)).toContain(
      '2 steps',
    );
  });
});

describe('writes follow reads (§4.1), on the premise of monotonic reads', () => {
  const answer = (question: string) => `
c1: [put x 1]
c2: [get x -> 1] [put y 2]
c3:                         [get y -> 2] [get x -> ${question}]`;
  test('who sees the answer sees the question', () => {
    expect(said(writesFollowReads, answer('1'))).toBe('held');
    expect(said(writesFollowReads, answer('null'))).toContain("although c1's put 1");
  });
  test('however long the conversation', () => {
    const long = `
c1: [put x 1]
c2: [get x -> 1] [put y 2]
c3: [get y -> 2] [put z 3]
c4: [get z -> 3] [get x -> null]`;
    expect(said(writesFollowReads, long)).toContain('returned the initial value');
  });
  test('the session’s own writes are another matter', () => {
    expect(said(writesFollowReads, 'c1: [put x 1] [put y 2]\nc2: [get y -> 2] [get x -> null]')).toBe('held');
  });
  test('nothing is read before it is written because of it', () => {
    expect(said(writesFollowReads, 'c1: [get x -> 1] [put y 2]\nc2: [get y -> 2] [put x 1]')).toContain(
      'read it earlier in the same session',
    );
  });
});

describe('whatever the judge', () => {
  const judges = ['causal', 'read-your-writes', 'monotonic-reads', 'monotonic-writes', 'writes-follow-reads'];
  const all = [...judges, 'bounded-staleness', 'convergence'].map((name) => {
    const judge = consistencyJudges.get(name);
    if (judge === undefined) throw new Error(name);
    return judge;
  });
  const shape = { operations: 12, processes: 3, keys: 2 };

  test('other names and later times change no verdict', () => {
    for (let seed = 0; seed < 500; seed++) {
      const history = randomSessions(chance(seed), shape);
      const renamed = history.map((one) => ({
        ...one,
        process: 10 - one.process,
        key: `the ${one.key}`,
        call: one.call + 1_000_000,
        return: (one.return as number) + 1_000_000,
        ...(one.f === 'put' ? { value: { wrapped: [one.value] } } : {}),
        ...(one.output === null || one.output === undefined ? {} : { output: { wrapped: [one.output] } }),
      }));
      for (const judge of all) {
        const before = judge.judge(history).verdict;
        expect([seed, judge.name, judge.judge(renamed.reverse()).verdict]).toEqual([
          seed,
          judge.name,
          before,
        ]);
      }
    }
  });

  test('what is causal keeps all four guarantees', () => {
    let kept = 0;
    for (let seed = 0; seed < 3000; seed++) {
      const history = randomSessions(chance(seed), { ...shape, operations: 8 });
      const [whole, ...parts] = judges.map(
        (name) =>
          consistencyJudges
            .get(name)
            ?.judge(history, { ...(name === 'causal' ? { variant: 'convergence' } : {}) }).verdict,
      );
      if (whole !== 'held') continue;
      kept++;
      expect([seed, ...parts]).toEqual([seed, 'held', 'held', 'held', 'held']);
    }
    expect(kept).toBeGreaterThan(100);
  });

  test('evidence is broken by itself, and has a sentence for every step', () => {
    for (let seed = 0; seed < 500; seed++) {
      const history = randomSessions(chance(seed), shape);
      for (const judge of all.slice(1, 5)) {
        const verdict = judge.judge(history);
        if (verdict.verdict !== 'broken') continue;
        const { operations, sentences } = verdict.violations[0].evidence as ConsistencyEvidence;
        expect([seed, judge.name, judge.judge(operations).verdict]).toEqual([seed, judge.name, 'broken']);
        expect(sentences.length).toBeGreaterThan(0);
      }
    }
  });
});

import { describe, expect, test } from 'vitest';
import { type CausalOptions, type ConsistencyEvidence, causal, timeline } from '../../../sim/check/index.ts';
import { chance, randomSessions } from './definitions.ts';

const variants = ['causal', 'convergence', 'memory'] as const;
const verdicts = (picture: string) =>
  variants.map((variant) => causal(timeline(picture), { variant }).verdict);
const found = (picture: string, options: CausalOptions = {}) => {
  const verdict = causal(timeline(picture), options);
  if (verdict.verdict !== 'broken') throw new Error(verdict.verdict);
  const [{ message, evidence }] = verdict.violations;
  return { message, ...(evidence as ConsistencyEvidence) };
};

describe('the examples of Bouajjani et al. 2017, figure 3', () => {
  const memoryOnly = `
c1: [put x 1] [get x -> 2]
c2: [put x 2] [get x -> 1]`;
  const convergenceOnly = `
c1: [put z 1] [put x 1] [put y 1]
c2: [put x 2] [get z -> null] [get y -> 1] [get x -> 2]`;
  const causalOnly = `
c1: [put x 1]
c2: [put x 2] [get x -> 1] [get x -> 2]`;
  const notSequential = `
c1: [put x 1] [get y -> null] [put y 1] [get x -> 1]
c2: [put x 2] [get y -> null] [put y 2] [get x -> 2]`;
  const notCausal = `
c1: [put x 1] [put y 1]
c2: [get y -> 1] [put x 2]
c3: [get x -> 2] [get x -> 1]`;
  test('(a) causal memory, but not causal convergence', () => {
    expect(verdicts(memoryOnly)).toEqual(['held', 'broken', 'held']);
    const { rule, sentences } = found(memoryOnly, { variant: 'convergence' });
    expect(rule).toBe('CyclicCF');
    expect(sentences).toEqual([
      'c1\'s put 1 of key "x" comes before c2\'s put 2 of key "x", because c1\'s get → 2 of key "x" (called at 0.014s) ' +
        'returned the latter although it knew the former: c1\'s put 1 of key "x" came before c1\'s get → 2 of key "x" ' +
        'in the same session',
      'c2\'s put 2 of key "x" comes before c1\'s put 1 of key "x", because c2\'s get → 1 of key "x" (called at 0.014s) ' +
        'returned the latter although it knew the former: c2\'s put 2 of key "x" came before c2\'s get → 1 of key "x" ' +
        'in the same session',
    ]);
  });
  test('(b) causal convergence, but not causal memory', () => {
    expect(verdicts(convergenceOnly)).toEqual(['held', 'held', 'broken']);
    expect(found(convergenceOnly, { variant: 'memory' }).rule).toBe('WriteHBInitRead');
  });
  test('(c) causal consistency only', () => {
    expect(verdicts(causalOnly)).toEqual(['held', 'broken', 'broken']);
    expect(found(causalOnly, { variant: 'memory' }).rule).toBe('CyclicHB');
  });
  test('(d) all three, though no one copy behaves so', () => {
    expect(verdicts(notSequential)).toEqual(['held', 'held', 'held']);
  });
  test('(e) none', () => {
    expect(verdicts(notCausal)).toEqual(['broken', 'broken', 'broken']);
    expect(found(notCausal)).toMatchObject({
      rule: 'WriteCORead',
      message:
        'c3\'s get → 1 of key "x" (called at 0.017s) returned the value of c1\'s put 1 of key "x", although it knew ' +
        'c2\'s put 2 of key "x" (c3\'s get → 2 of key "x" read what c2\'s put 2 of key "x" wrote, c3\'s get → 2 of key ' +
        '"x" came before c3\'s get → 1 of key "x" in the same session), which is newer (c1\'s put 1 of key "x" came ' +
        'before c1\'s put 1 of key "y" in the same session, c2\'s get → 1 of key "y" read what c1\'s put 1 of key "y" ' +
        'wrote, c2\'s get → 1 of key "y" came before c2\'s put 2 of key "x" in the same session)',
    });
  });
});

describe('the bad patterns of table 2', () => {
  test('ThinAirRead', () => {
    expect(found('c1: [get x -> 1]').message).toContain('out of thin air: nobody wrote 1');
  });
  test('CyclicCO: effects before their causes', () => {
    const cyclic = 'c1: [get x -> 1] [put y 2]\nc2: [get y -> 2] [put x 1]';
    expect(found(cyclic)).toMatchObject({ rule: 'CyclicCO' });
    expect(found(cyclic).sentences).toHaveLength(4);
  });
  test('WriteCOInitRead: the question is unknown to one who knows the answer', () => {
    const asked = 'c1: [put x 1]\nc2: [get x -> 1] [put y 2]\nc3: [get y -> 2] [get x -> null]';
    expect(found(asked)).toMatchObject({ rule: 'WriteCOInitRead' });
    expect(found(asked).operations).toHaveLength(5);
  });
  test('what nobody was told of happened if its effects were seen, over any number of steps', () => {
    const chain = 'c1: [put y 5] [put x 1 ?]\nc2: [cas x 1 2 ?]\nc3: [get x -> 2] [get y -> null]';
    expect(found(chain).rule).toBe('WriteCOInitRead');
    expect(causal(timeline(chain.replace('get x -> 2', 'get x -> null'))).verdict).toBe('held');
  });
  test('the same value again is no news, but what was learnt meanwhile is', () => {
    const again = (between: string) => `
c1: [put x 1] [put x 2] [put y 1]
c2: [get x -> 1] ${between} [get x -> 1]`;
    expect(causal(timeline(again('[get y -> null]'))).verdict).toBe('held');
    expect(found(again('[get y -> 1]')).rule).toBe('WriteCORead');
  });
});

test('memory: a budget that runs out is unknown, and says how far it got', () => {
  const picture = 'c1: [put x 1] [get x -> 1]\nc2: [get x -> 1]';
  expect(causal(timeline(picture), { variant: 'memory', steps: 3 })).toEqual({
    verdict: 'unknown',
    reason: 'the search for one order for each session ran out after 3 steps, with 1 of 2 sessions judged',
  });
});

test('evidence is broken by itself', () => {
  for (const variant of ['causal', 'convergence'] as const) {
    for (let seed = 0; seed < 1000; seed++) {
      const history = randomSessions(chance(seed), { operations: 12, processes: 3, keys: 2 });
      const verdict = causal(history, { variant });
      if (verdict.verdict !== 'broken') continue;
      const { operations, rule } = verdict.violations[0].evidence as ConsistencyEvidence;
      expect([seed, rule, causal(operations, { variant }).verdict]).toEqual([seed, rule, 'broken']);
    }
  }
});

import { describe, expect, test } from 'vitest';
import {
  type Evidence,
  kv,
  linearizable,
  type Model,
  type Operation,
  register,
  timeline,
} from '../../sim/check/index.ts';
import { decide } from '../../sim/check/linearizable/decide.ts';
import type { Decision, Engine } from '../../sim/check/linearizable/engine.ts';
import { hasOrder, randomHistory, type Shape } from './brute-force.ts';

const budget = { steps: 1e6, words: 1e6 };
const undecided: Decision = { verdict: 'undecided', reason: 'it is not for me' };

describe('who decides about a key', () => {
  const history = timeline('c1: [write 1] [write 2 !] [read -> 1]');
  const asked: string[] = [];
  const engine = (name: string, decision: Decision, models = ['register']): Engine => ({
    name,
    models,
    judge(part) {
      asked.push(`${name}: ${part.map(({ f }) => f).join(' ')}`);
      return decision;
    },
  });
  const decided = (model: Model, ...engines: Engine[]) => {
    asked.length = 0;
    return decide(history, model, budget, engines);
  };
  const yes = engine('yes', { verdict: 'linearizable' });
  const shy = engine('shy', undecided);

  test('the first engine that knows the model and decides; what failed is not shown to it', () => {
    expect(decided(register, engine('other', undecided, ['kv']), shy, yes, shy)).toMatchObject({
      verdict: 'linearizable',
      engine: 'yes',
    });
    expect(asked).toEqual(['shy: write read', 'yes: write read']);
  });
  test('the search, if no engine does', () => {
    expect(decided(register, shy)).toMatchObject({ verdict: 'linearizable', engine: 'search' });
    expect(decided({ ...register, name: 'mine' }, yes)).toMatchObject({ engine: 'search' });
    expect(asked).toEqual([]);
  });
  test('what an engine suspects are operations, by their places in what it was shown', () => {
    const no = engine('no', { verdict: 'illegal', rule: 'rule', why: 'because', suspects: [1] });
    expect(decided(register, no)).toMatchObject({
      verdict: 'illegal',
      engine: 'no',
      rule: 'rule',
      said: 'because',
      suspects: [history[2]],
    });
  });
  test('nobody, where nothing is certain', () => {
    const decision = decide(timeline('c1: [write 1 ?]'), register, budget, [yes]);
    expect(decision).toEqual({ verdict: 'linearizable', steps: 0 });
  });
  test('an undecided search names the engines that passed, and why', () => {
    expect(decide(history, register, { steps: 0, words: 1e6 }, [shy])).toMatchObject({
      verdict: 'undecided',
      engines: [{ name: 'shy', reason: 'it is not for me' }],
    });
  });
});

const shape: Shape = {
  operations: 60,
  processes: 4,
  values: 3,
  functions: ['get', 'put'],
  uncertainOneIn: 0,
  liesOneIn: 20,
  distinct: true,
};
const evidenceIn = (
  history: readonly Operation[],
  model: Model,
  coreSteps?: number,
): Evidence | undefined => {
  const verdict = linearizable(history, model, coreSteps === undefined ? {} : { coreSteps });
  return verdict.verdict === 'broken' ? (verdict.violations[0]!.evidence as Evidence) : undefined;
};

describe('what an engine found is verified before it is shown', () => {
  test('its core is impossible by brute force, names engine and rule, and has a sentence for every edge', () => {
    let compared = 0;
    for (let seed = 0; seed < 60; seed++) {
      const evidence = evidenceIn(randomHistory(seed, shape), kv);
      if (evidence === undefined) continue;
      expect(evidence).toMatchObject({ engine: 'zones', coreIsVerified: true, coreIsMinimal: true });
      expect(evidence.rule).toMatch(/^[a-z-]{4,}$/);
      expect(evidence.said).toMatch(/^.{20,}[.]?$/);
      const { core, sentences } = evidence;
      expect(core.length).toBeLessThanOrEqual(6);
      expect(hasOrder(core)).toBe(false);
      const edges = core.filter((one) =>
        core.some((other) => one.return !== null && one.return < other.call),
      );
      const told = sentences.filter((sentence) => sentence.includes(' comes before ')).length;
      expect(told).toBeGreaterThanOrEqual(edges.length);
      compared++;
    }
    expect(compared).toBeGreaterThan(20);
  });
  test('without a budget for that, what it suspects is shown as it said it', () => {
    const history = randomHistory(7, { ...shape, operations: 400 });
    const evidence = evidenceIn(history, kv, 1);
    expect(evidence).toMatchObject({ engine: 'zones', coreIsVerified: false, coreIsMinimal: false });
    expect(evidence!.sentences.at(-1)).toBe(evidence!.said);
    const verdict = linearizable(history, kv, { coreSteps: 1 });
    expect(verdict.verdict === 'broken' && verdict.violations[0]!.message).toContain(evidence!.said);
  });
});

test('the longest order comes with the state after each of its last operations', () => {
  const evidence = evidenceIn(timeline('c1: [put x 1] [put x 2] [get x -> 2] [delete x] [get x -> 1]'), kv);
  expect(evidence!.prefix).toMatchObject({ of: 'key', operations: 4, states: [1, 2, 2, null], state: null });
  expect(evidence!.prefix.last.map(({ f }) => f)).toEqual(['put', 'put', 'get', 'delete']);
  expect(evidence!.next[0]!.why).toBe('returned 1 where null was stored');
});

test('the verdict names all who judged', () => {
  const engineOf = (picture: string, model: Model = kv): string =>
    linearizable(timeline(picture), model).engine;
  expect(engineOf('c1: [put x 1] [get x -> 1]')).toBe('zones');
  expect(engineOf('c1: [put x 1] [get x -> 1] [put y 1] [put y 1] [get y -> 1]')).toBe('lazy, zones');
  expect(engineOf('c1: [put x 1]', { ...kv, name: 'mine' })).toBe('search');
  expect(engineOf('')).toBe('none');
});

test('a million operations of one key are judged or given up, not crashed', { timeout: 120_000 }, () => {
  const count = 1_000_000;
  const one = (at: number): Operation => ({
    process: at,
    f: 'add',
    value: 1,
    type: 'ok',
    call: at,
    return: at + 50,
  });
  const counted = Array.from({ length: count }, (_, at) => one(at));
  const read: Operation = { process: 0, f: 'read', output: count, type: 'ok', call: 2e6, return: 3e6 };
  const counter = {
    ...register,
    name: 'sum',
    functions: ['add', 'read'],
    initial: 0,
    step: (state: unknown, { f }: Operation) => (f === 'add' ? (state as number) + 1 : state),
    isOverwrite: () => false,
    isReadOnly: ({ f }: Operation) => f === 'read',
  };
  expect(linearizable([...counted, read], counter).verdict).toBe('held');
  expect(linearizable([...counted, read], counter, { budget: { steps: 1e5 } }).verdict).toBe('unknown');
});

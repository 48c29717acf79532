import { describe, expect, test } from 'vitest';
import {
  type Anomaly,
  HistoryError,
  isolated,
  isolationLevelNamed,
  type Operation,
  transactionJudges,
} from '../../../sim/check/index.ts';
import { lists, names, registers } from './notation.ts';
import { recorded } from './stores.ts';

const judged = (history: Operation[]) => isolated(history, { workload: 'list-append' });

describe('the story of a cycle', () => {
  test('is data first, then a sentence for each dependency', () => {
    const verdict = judged(lists('p1 @0-5 ax1 ry_', 'p2 @1-6 ay1 rx_', 'p3 @2-9 rx1 ry1'));
    if (verdict.verdict !== 'broken') throw new Error('expected broken');
    expect(verdict.violations).toHaveLength(1);
    const [{ check, message, evidence }] = verdict.violations;
    expect(check).toBe('isolation');
    expect(message).toBe(
      'G2-item, which strict-serializable forbids: ' +
        'Let T1 = [append "x" 1, r "y" → []] of process 1, and T2 = [append "y" 1, r "x" → []] of process 2. ' +
        'Then T1 < T2, because T1 read "y" without 1, which T2 appended. ' +
        'However, T2 < T1, because T2 read "x" without 1, which T1 appended: a contradiction.',
    );
    const anomaly = evidence as Anomaly;
    expect(anomaly.cycle).toEqual([
      expect.objectContaining({ from: 0, to: 1, kind: 'rw', key: 'y', before: null, after: 1 }),
      expect.objectContaining({ from: 1, to: 0, kind: 'rw', key: 'x', before: null, after: 1 }),
    ]);
    expect(anomaly.transactions.map(({ process }) => process)).toEqual([1, 2]);
    expect(anomaly.rulesOut).toContain('repeatable-read');
  });
  const sentence = (
    history: Operation[],
    workload: 'list-append' | 'rw-register',
    kind: string,
    options = {},
  ) =>
    isolated(history, { workload, ...options }).anomalies.flatMap(({ cycle = [] }) =>
      cycle.filter((step) => step.kind === kind).map(({ because }) => because),
    )[0];
  test('has a sentence for every kind of dependency between lists', () => {
    const writes = lists('ax1 ay1', 'ax2 ay2', 'rx12', 'ry21');
    expect(sentence(writes, 'list-append', 'ww')).toBe('T1 appended 1 to "x" before T2 appended 2');
    const flow = lists('ax1 ry1', 'ay1 rx1');
    expect(sentence(flow, 'list-append', 'wr')).toBe('T2 read "x" with 1, which T1 appended');
    const stale = lists('@0-1 ax1', '@2-3 rx_', 'rx1');
    expect(sentence(stale, 'list-append', 'rw')).toBe('T2 read "x" without 1, which T1 appended');
    expect(sentence(stale, 'list-append', 'realtime')).toBe('T1 returned at 1, before T2 was called at 2');
    const session = lists('p4 @0-0 ax1', 'p4 @0-0 rx_', 'rx1');
    expect(sentence(session, 'list-append', 'process')).toBe('process 4 asked for T1 before T2');
  });
  test('has a sentence for every kind of dependency between registers', () => {
    const writes = registers('wx1 wy1', 'wx2 wy2', 'rx2 ry1');
    const options = { versionOrders: { x: [1, 2], y: [2, 1] } };
    expect(sentence(writes, 'rw-register', 'ww', options)).toBe(
      'T1 wrote "x" = 1, which T2 overwrote with 2',
    );
    expect(sentence(registers('wx1 ry1', 'wy1 rx1'), 'rw-register', 'wr')).toBe(
      'T2 read "x" = 1, which T1 wrote',
    );
    const skew = registers('rx_ wy1', 'ry_ wx1');
    expect(sentence(skew, 'rw-register', 'rw')).toBe('T1 read "x" = null, which T2 overwrote with 1');
  });
  test('is the shortest there is', () => {
    // A cycle of four through z, u, v, w, and one of two through x and y in the midst of it.
    const history = lists('az1 ru1', 'au1 rv1 ax1 ry1', 'av1 rw1 ay1 rx1', 'aw1 rz1');
    const [anomaly] = judged(history).anomalies;
    expect(anomaly.name).toBe('G1c');
    expect(anomaly.transactions).toHaveLength(2);
  });
  test('a long transaction is cut off, and says so', () => {
    const many = Array.from({ length: 12 }, (_, at) => `a${'cdefghijklmn'[at]}1`).join(' ');
    const [anomaly] = judged(lists(`ax1 ry1 ${many}`, 'ay1 rx1')).anomalies;
    expect(anomaly.message).toContain('append "h" 1, … 6 more] of process 0');
  });
  test('a violation is dated by the last return of its transactions', () => {
    const history = lists('ax1 ry1', 'ay1 rx1').map((one, at) => ({ ...one, returnUs: 5000 + at }));
    const verdict = judged(history);
    expect(verdict.verdict === 'broken' && verdict.violations[0].atUs).toBe(5001);
  });
});

describe('a verdict', () => {
  test('says what else was found, and which levels are left', () => {
    const verdict = isolated(lists('rx_ ay1', 'ry_ ax1', 'rx1 ry1'), {
      workload: 'list-append',
      level: 'snapshot-isolation',
    });
    expect(verdict).toMatchObject({ verdict: 'held', level: 'snapshot-isolation', counts: { 'G2-item': 1 } });
    expect(verdict.levels.possible).toContain('strong-snapshot-isolation');
    expect(verdict.anomalies).toHaveLength(1);
  });
  test('shows at most ten anomalies of a name, and counts them all', () => {
    const aborted = lists('ax1 !', ...Array.from({ length: 25 }, () => 'rx1'));
    const { counts, anomalies } = judged(aborted);
    expect([counts.G1a, anomalies.length]).toEqual([25, 10]);
  });
  test('is unknown where nothing was inferred', () => {
    expect(judged([])).toMatchObject({ verdict: 'unknown', inference: { strength: 'nothing' } });
    expect(judged(lists('ax1', 'ay1'))).toMatchObject({ verdict: 'unknown' });
    expect(judged(lists('ax1 ?', 'ax2 !'))).toMatchObject({
      verdict: 'unknown',
      inference: { transactions: 0 },
    });
  });
  test('of registers is unknown where no order of versions bears on the level', () => {
    const blind = registers('wx1', 'wx2', 'rx1');
    const at = (level: 'read-uncommitted' | 'read-committed' | 'serializable') =>
      isolated(blind, { workload: 'rw-register', level });
    expect(at('read-committed').verdict).toBe('held');
    expect(at('read-uncommitted')).toMatchObject({ verdict: 'unknown' });
    expect(at('serializable')).toMatchObject({ verdict: 'unknown' });
    const given = isolated(blind, { workload: 'rw-register', versionOrders: { x: [1, 2] } });
    expect(given).toMatchObject({
      verdict: 'held',
      inference: { strength: 'complete', keys: 1, ordered: 1 },
    });
  });
  test('is held where all is known, even if there was little to know', () => {
    const history = lists('ax1', 'rx1');
    expect(judged(history)).toMatchObject({ verdict: 'held', edges: { ww: 0, wr: 1, rw: 0 } });
    const weakest = isolated(history, { workload: 'list-append', level: 'read-uncommitted' });
    expect(weakest.verdict).toBe('held');
  });
  test('says how strong the inference was', () => {
    expect(judged(lists('ax1', 'ax2', 'rx12')).inference).toMatchObject({ strength: 'complete', ordered: 1 });
    expect(judged(lists('ax1', 'ax2', 'ax3', 'rx1')).inference).toMatchObject({
      strength: 'partial',
      ordered: 0,
    });
    const chain = isolated(registers('rx_ wx1', 'rx1 wx2', 'rx2 wx3'), { workload: 'rw-register' });
    expect(chain.inference).toMatchObject({ strength: 'complete' });
    const blind = isolated(registers('rx_ wx1', 'rx1 wx2', 'wx3'), { workload: 'rw-register' });
    expect(blind.inference).toMatchObject({ strength: 'partial' });
  });
  test('is unknown, with a reason, when the budget runs out', () => {
    const history = lists('ax1 ry_', 'ay1 rx_', 'rx1 ry1');
    for (let steps = 0; steps < 500; steps += 7) {
      const verdict = isolated(history, { workload: 'list-append', budget: { steps } });
      expect(verdict.steps).toBeLessThanOrEqual(steps);
      if (verdict.verdict === 'broken') return;
      expect(verdict).toMatchObject({
        verdict: 'unknown',
        reason: `the budget of ${steps} steps ran out in a graph of 3 transactions`,
      });
    }
    throw new Error('no budget was enough');
  });
  test('counts what is of unknown fate only where somebody read it', () => {
    expect(judged(lists('ax1 ?', 'ax2', 'rx2')).inference.transactions).toBe(2);
    expect(judged(lists('ax1 ay1 ?', 'ax2', 'rx12')).inference.transactions).toBe(3);
    // What is seen of it on one key has happened on the others too.
    expect(names(judged(lists('ax1 ay1 ?', 'rx1 ry_', 'ry1')))).toEqual(['G-single']);
  });
});

describe('mistakes of the recorder', () => {
  const bad =
    (operation: object, workload: 'list-append' | 'rw-register' = 'list-append') =>
    () =>
      isolated([{ ...lists('ax1')[0], ...operation } as Operation], { workload });
  test('are named with the operation and what was expected', () => {
    expect(bad({ f: 'read' })).toThrow('operation 1 (read): a transaction has the function txn');
    expect(bad({ value: 7 })).toThrow(/its value 7 should be a list of micro-operations/);
    expect(bad({ value: [['w', 'x', 1]] })).toThrow(/\["append", key, value\] or \["r", key, null\]/);
    expect(bad({ value: [7] })).toThrow(HistoryError);
    expect(bad({ value: [['append', null, 1]] })).toThrow(/the key null is no text or number/);
    expect(bad({ value: [['append', 'x', null]] })).toThrow(/writes nothing/);
    expect(bad({ output: [] })).toThrow(/should be its value with the reads filled in/);
    expect(bad({ output: [['append', 'x', 2]] })).toThrow(/where \["append","x",1\] was asked/);
    expect(bad({ value: [['r', 'x', null]], output: [['r', 'x', 1]] })).toThrow(/where a list was expected/);
    expect(bad({ return: -5 })).toThrow(HistoryError);
  });
  test('two writes of one value to one key cannot be told apart', () => {
    expect(() => judged(lists('ax1', 'ax1'))).toThrow(
      'operation 2 (txn): it writes 1 to "x", as operation 1 does; let every write of a key have a value of its own',
    );
    expect(() => judged(lists('ax1', 'ay1'))).not.toThrow();
  });
  test('a given order has values that were written, and a level has a name', () => {
    const history = registers('wx1', 'rx1');
    expect(() => isolated(history, { workload: 'rw-register', versionOrders: { x: [1, 9] } })).toThrow(
      'the version order of "x" has 9, which no transaction writes',
    );
    expect(() => isolationLevelNamed('serialisable')).toThrow(/there is no isolation level "serialisable"/);
  });
});

describe('the table of judges', () => {
  test('has a line for each', () => {
    expect([...transactionJudges.keys()]).toEqual([
      ...['list-append', 'rw-register', 'bank', 'set-full', 'long-fork', 'unique-ids'],
    ]);
    for (const { about } of transactionJudges.values()) expect(about).toMatch(/^[A-Z].*\.$/);
  });
  test('passes options on', () => {
    const judge = transactionJudges.get('list-append')!;
    const skew = lists('rx_ ay1', 'ry_ ax1', 'rx1 ry1');
    expect(judge.judge(skew).verdict).toBe('broken');
    expect(judge.judge(skew, { level: 'snapshot-isolation' }).verdict).toBe('held');
    const forks = registers('wx1', 'wy1', 'rx1 ry_', 'rx_ ry1');
    expect(transactionJudges.get('long-fork')!.judge(forks).verdict).toBe('broken');
    expect(transactionJudges.get('rw-register')!.judge(forks).verdict).toBe('broken');
    const read: Operation = { process: 0, f: 'read', output: { a: 1 }, type: 'ok', call: 0, return: 1 };
    expect(transactionJudges.get('bank')!.judge([read], { total: 2 }).verdict).toBe('broken');
    expect(transactionJudges.get('unique-ids')!.judge([]).verdict).toBe('unknown');
    expect(transactionJudges.get('set-full')!.judge([]).verdict).toBe('unknown');
  });
});

test('a history of 20,000 transactions needs no recursion and a few steps a transaction', () => {
  const { history } = recorded(1, {
    ...{ workload: 'list-append', isolation: 'serial', transactions: 20_000, processes: 10, keys: 200 },
    ...{ length: 6, unknownOneIn: 0, failsOneIn: 0, readsAll: true },
  });
  const verdict = judged(history);
  expect(verdict.verdict).toBe('held');
  expect(verdict.steps).toBeLessThan(20 * history.length);
});

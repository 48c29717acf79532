/** What a failure that nobody expected is told as: made smaller without being asked, explained, kept and run again. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { fixture, scenario, workplace } from './skerry.ts';

const { folder, write, skerry } = workplace();
const slow = { timeout: 60_000 };

const forgetful = {
  nodes: '1',
  workload: '{ type: kv, clients: 3, rate: 30, keys: 1, cas: 0, deletes: 0 }',
  faults:
    '[{ at: 1s, for: 300ms, pause: { targets: [c1] } }, { at: 2s, kill: { targets: [n1] }, restartAfter: 100ms }]',
};
write('forgetful.yaml', scenario(fixture('forgetful'), forgetful));
const expected = { ...forgetful, expect: '{ verdict: broken, by: linearizable }', seeds: '[1]' };
write('expected.yaml', scenario(fixture('forgetful'), expected));

const failureIn = (out: string): string => /skerry replay (\S+\.json)/.exec(out)![1]!;
const dataOf = (path: string) => JSON.parse(readFileSync(join(folder, path), 'utf8'));

describe('run makes the first failure that nobody expected smaller', slow, () => {
  test('tells how small it is, its story, and what it takes, and keeps all that', async () => {
    const { code, out } = await skerry('run', 'forgetful.yaml', '--seed', '1');
    expect(code).toBe(1);
    expect(out).toMatch(/\n {2}shrunk: 2 faults → 1, \d+ operations → 2, (3 clients → \d, )?4s → [\d.]+s\n/);
    expect(out).toMatch(/\n {2}[\d.]+s {2}n1 was killed\n/);
    expect(out).toMatch(/\n {2}without the kill of n1 at [\d.]+ s it holds\n/);

    const { seed, tape, shrunk } = dataOf(failureIn(out));
    expect(seed).toBe('1');
    expect(tape.length).toBeGreaterThan(100);
    expect(shrunk).toMatchObject({
      check: 'linearizable',
      before: { faults: 2 },
      after: { faults: 1, operations: 2 },
      necessity: [{ fault: 1, isNeeded: true }],
      isCutShort: false,
    });
    expect(shrunk.fingerprint).toMatch(/^[0-9a-f]{16}$/);
    expect(shrunk.decisions[0]).toMatch(
      /^fault 1: kill of n1 at [\d.]+ s, disk: lose-unsynced, back after \d+ ms$/,
    );
    expect(shrunk.decisions[1]).toMatch(/^operation 1: c\d put "a" \d+ at [\d.]+ s$/);
    expect(shrunk.decisions.length).toBeLessThanOrEqual(6);
    expect(shrunk.story.sentences.length).toBeLessThanOrEqual(12);
  });

  test('machines read the same', async () => {
    const { out } = await skerry('run', 'forgetful.yaml', '--seed', '1', '--reporter', 'json');
    const [result] = JSON.parse(out).results;
    expect(result.shrunk).toMatchObject({
      after: { faults: 1, operations: 2 },
      necessity: [{ isNeeded: true }],
    });
  });

  test('not if it is told not to', async () => {
    const { code, out } = await skerry('run', 'forgetful.yaml', '--seed', '1', '--no-shrink');
    expect(code).toBe(1);
    expect(out).not.toContain('shrunk');
    expect(dataOf(failureIn(out)).shrunk).toBeUndefined();
  });

  test('the budget ends it with a failure that is at least as small', async () => {
    const { out } = await skerry('run', 'forgetful.yaml', '--seed', '1', '--shrink-budget', '1ms');
    const { shrunk } = dataOf(failureIn(out));
    expect(shrunk).toMatchObject({ isCutShort: true, ranOutOfTime: true });
    expect(shrunk.after.faults).toBeLessThanOrEqual(shrunk.before.faults);
    expect(shrunk.violations[0].check).toBe('linearizable');
  });

  test('a budget of events is the same bytes again, and tells how far it got', async () => {
    const small = async () => {
      const { out } = await skerry('run', 'forgetful.yaml', '--seed', '1', '--shrink-budget', '2000');
      const { wallMs: _, ...rest } = dataOf(failureIn(out)).shrunk;
      return rest;
    };
    const first = await small();
    expect(first).toMatchObject({ isCutShort: true, ranOutOfTime: false });
    expect(await small()).toEqual(first);
  });

  test('an expected failure is made smaller on demand only', async () => {
    expect((await skerry('run', 'expected.yaml', '--seed', '1')).out).not.toContain('shrunk');
    const { code, out } = await skerry('run', 'expected.yaml', '--seed', '1', '--shrink');
    expect(out).toContain('shrunk: 2 faults → 1');
    expect(code).toBe(0);
  });

  test('--shrink and --no-shrink exclude each other', async () => {
    const { code, error } = await skerry('run', 'forgetful.yaml', '--shrink', '--no-shrink');
    expect({ code, error }).toMatchObject({ code: 64, error: expect.stringContaining('exclude each other') });
  });
});

describe('explain', slow, () => {
  test('tells what a failure file keeps: promise, witness, story, what it takes, all decisions', async () => {
    const path = failureIn((await skerry('run', 'forgetful.yaml', '--seed', '1')).out);
    const { code, out } = await skerry('explain', path);
    expect(code).toBe(0);
    expect(out).toMatch(/^✗ \S+forgetful {2}seed 1\n {2}promised: linearizable\. What the clients saw /);
    expect(out).toMatch(/\n {2}seen: {5}linearizable: key "a" of the kv is not linearizable/);
    expect(out).toMatch(/\n {4}[\d.]+s {2}n1 was killed\n/);
    expect(out).toMatch(/\n {2}without the kill of n1 at [\d.]+ s it holds\n/);
    expect(out).toMatch(/\n {4}fault 1: kill of n1 at .+\n {4}operation 1: c\d put "a" \d+ at /);
    const data = JSON.parse((await skerry('explain', path, '--reporter', 'json')).out);
    expect(data.shrunk.story.sentences.at(-1)).toMatchObject({ kind: 'violation' });
    const whole = (await skerry('explain', path, '--no-shrink')).out;
    expect(whole).toContain('How it came about:');
    expect(whole).not.toContain('All that was decided');
  });

  test('runs a seed of a scenario, and says so if it does not break', async () => {
    const { code, out } = await skerry('explain', 'forgetful.yaml', '--seed', '1', '--budget', '5s');
    expect(code).toBe(0);
    expect(out).toContain('How it comes about in the smallest run that was found (2 faults → 1, ');
    write('unharmed.yaml', scenario(fixture('forgetful'), { ...forgetful, faults: '[]' }));
    const held = await skerry('explain', 'unharmed.yaml', '--seed', '1');
    expect(held).toMatchObject({ code: 1, out: expect.stringContaining('does not break') });
  });

  test('explains what it was not given', async () => {
    for (const [words, message] of [
      [[], 'nothing was named to explain'],
      [['forgetful.yaml'], 'with a seed that breaks it'],
      [['none.json'], 'there is no such file'],
      [['forgetful.yaml', '--seed', '1', '--reporter', 'dot'], 'There are default and json'],
    ] as const) {
      const { code, error } = await skerry('explain', ...words);
      expect({ code, error }).toMatchObject({ code: 64, error: expect.stringContaining(message) });
    }
  });
});

import { describe, expect, test } from 'vitest';
import {
  jobCount,
  milliseconds,
  named,
  reporting,
  seedChoice,
  seedsOf,
  shellWord,
} from '../../sim/cli/arguments.ts';
import { exitCodes, worst } from '../../sim/cli/exit.ts';
import { progressLine, type Standing, timeLeftMs } from '../../sim/cli/progress.ts';

describe('seeds', () => {
  test.each([
    ['1000', { kind: 'range', from: 1, to: 1000 }],
    ['5..9', { kind: 'range', from: 5, to: 9 }],
    ['0..0', { kind: 'range', from: 0, to: 0 }],
  ])('--seeds %s', (text, choice) => expect(seedChoice(undefined, text)).toEqual(choice));

  test.each([
    ['0', 'would run nothing'],
    ['-5', 'neither a count nor a range'],
    ['ten', 'neither a count nor a range'],
    ['1.5', 'neither a count nor a range'],
    ['1...5', 'neither a count nor a range'],
    ['5..', 'neither a count nor a range'],
    ['5..1', '5 comes after 1'],
    ['99999999999', 'are more than 10000000 seeds'],
  ])('--seeds %s is refused', (text, message) => expect(() => seedChoice(undefined, text)).toThrow(message));

  test('--seed is one seed and no other, and any text', () => {
    expect(seedsOf(seedChoice('a seed', undefined), ['17'])).toEqual(['a seed']);
  });

  test('pinned seeds come first, none twice', () => {
    expect(seedsOf(seedChoice(undefined, '3'), ['17', '2'])).toEqual(['17', '2', '1', '3']);
  });

  test('without either there are twenty', () => {
    expect(seedsOf(seedChoice(undefined, undefined), [])).toHaveLength(20);
  });

  test('--seed and --seeds exclude each other', () => {
    expect(() => seedChoice('1', '2')).toThrow('exclude each other');
  });
});

describe('jobs and times', () => {
  test.each(['0', '-1', '1.5', 'many', '9999'])('--jobs %s is refused', (text) => {
    expect(() => jobCount(text)).toThrow('is not a whole number from 1 to 1024');
  });

  test('--jobs 3', () => expect(jobCount('3')).toBe(3));
  test('as many jobs as processors', () => expect(jobCount(undefined)).toBeGreaterThan(0));
  test('--budget 1.5s', () => expect(milliseconds('budget', '1.5s')).toBe(1500));

  test.each([
    ['5', 'a duration without a unit'],
    ['0s', 'leaves no time'],
    ['-5s', 'is negative'],
    ['5 s', 'a space in it'],
    ['soon', 'is not a duration'],
  ])('--budget %s is refused', (text, message) =>
    expect(() => milliseconds('budget', text)).toThrow(message),
  );
});

describe('reporters', () => {
  const known = ['default', 'verbose', 'json'];
  const report = (asked: string | undefined, ...files: [string, string][]) =>
    reporting(asked, new Map(files), known);

  test('the default one prints unless others are asked for', () => {
    expect(report(undefined).printed).toEqual(['default']);
    expect(report('json').printed).toEqual(['json']);
    expect(report('verbose,json').printed).toEqual(['verbose', 'json']);
  });

  test('a reporter with a file does not print', () => {
    expect(report(undefined, ['json', 'out.json'])).toEqual({
      printed: ['default'],
      files: [{ reporter: 'json', path: 'out.json' }],
    });
    expect(report('default,json', ['json', 'out.json']).printed).toEqual(['default']);
  });

  test('an unknown one is an error that names all', () => {
    expect(() => report('jsn')).toThrow('there is no reporter "jsn"');
  });
});

test('-t chooses by a part of the name, and says so if none has it', () => {
  const scenarios = [{ name: 'raft/partition' }, { name: 'raft/churn' }];
  expect(named(scenarios, 'PART')).toEqual([{ name: 'raft/partition' }]);
  expect(named(scenarios, undefined)).toEqual(scenarios);
  expect(() => named(scenarios, 'paxos')).toThrow('-t "paxos" matches none of 2 scenarios');
});

test.each([
  [[0, 2, 1], 1],
  [[1, 3], 3],
  [[130, 3, 1], 130],
  [[64, 130], 64],
  [[70, 64], 70],
  [[2, 0], 2],
  [[], 0],
] as const)('of the exit codes %j the shell gets %d', (codes, code) => expect(worst(codes)).toBe(code));

test('every exit code has a rank', () => {
  for (const code of Object.values(exitCodes)) expect(worst([code])).toBe(code);
});

test.each([
  ['scenarios/raft.yaml', 'scenarios/raft.yaml'],
  ['my file.yaml', "'my file.yaml'"],
  ["it's", "'it'\\''s'"],
  ['', "''"],
  ['$HOME', "'$HOME'"],
])('%j is typed as %s', (word, typed) => expect(shellWord(word)).toBe(typed));

describe('progress', () => {
  const standing: Standing = {
    scenario: 'raft/partition',
    position: [2, 5],
    done: 250,
    total: 1000,
    events: 1_200_000,
    failures: 1,
    isFailureExpected: false,
    elapsedMs: 10_000,
  };

  test('says where the sweep stands', () => {
    expect(progressLine(standing, 200, false)).toBe(
      'raft/partition (2 of 5)   250 of 1,000 seeds   120k events/s   1 failure   30s left',
    );
  });

  test('a bar for those who watch', () => {
    expect(progressLine({ ...standing, position: [1, 1] }, 200, true)).toBe(
      '━━━━╌╌╌╌╌╌╌╌╌╌╌╌   raft/partition   250 of 1,000 seeds   120k events/s   1 failure   30s left',
    );
  });

  test('an expected failure is found', () => {
    expect(progressLine({ ...standing, isFailureExpected: true }, 200, false)).toContain('   1 found   ');
  });

  test('never wider than the terminal', () => {
    expect(progressLine(standing, 30, true)).toHaveLength(30);
  });

  test('no more time is left than the budget allows, and none is promised before the first seed', () => {
    expect(timeLeftMs({ ...standing, limitMs: 12_000 })).toBe(2_000);
    expect(timeLeftMs({ ...standing, done: 0 })).toBeUndefined();
    expect(timeLeftMs({ ...standing, done: 1000 })).toBeUndefined();
  });
});

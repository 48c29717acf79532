import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Choices } from '../../sim/kernel/choices.ts';
import { type Failure, failurePath, hashOf, readFailure, writeFailure } from '../../sim/platform/failures.ts';
import type { Scenario } from '../../sim/search/scenario/scenario.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'skerry-failures-'));
});
afterAll(() => rm(folder, { recursive: true }));

function failure(): Omit<Failure, 'version'> {
  const choices = new Choices('42', { record: true });
  for (let draw = 0; draw < 500; draw += 1) choices.below(1000, `link ${draw % 7}`);
  choices.draw(1, 123_456_789, 4294967296, 'n1 tie');
  const value = { schema: 1, name: 'a lease outlived', nodes: { server: 3 } } as unknown as Scenario;
  return {
    scenario: { name: 'locks/lease', file: 'scenarios/locks/lease.yaml', hash: hashOf(value), value },
    program: { hash: 'ab', modules: ['my-lock.ts'] },
    seed: '42',
    expect: 'held',
    verdict: 'broken',
    violations: [{ check: 'mutual-exclusion', message: 'c2 and c5', atUs: 7, evidence: { held: [1, 2] } }],
    fingerprint: '0123456789abcdef',
    events: 1234,
    tape: choices.tape(),
    story: { headline: 'two held it', sentences: [{ atUs: 7, text: 'c2 held it' }] },
    shrunk: {
      ...{
        scenario: value,
        seed: '3',
        check: 'mutual-exclusion',
        fingerprint: 'fedcba9876543210',
        events: 99,
      },
      violations: [{ check: 'mutual-exclusion', message: 'c1 and c2', atUs: 5 }],
      before: { faults: 9, operations: 150, nodes: 5, clients: 5, virtualUs: 9e6 },
      after: { faults: 1, operations: 3, nodes: 3, clients: 2, virtualUs: 1e6 },
      ...{ runs: 400, wallMs: 900, isCutShort: false, ranOutOfTime: false },
      necessity: [{ fault: 1, text: 'the pause of c2 at 5 s', isNeeded: true }],
      decisions: ['fault 1: pause of c2 at 5 s for 2 s'],
      story: {
        check: 'mutual-exclusion',
        headline: 'two held it',
        sentences: [{ atUs: 5, kind: 'fault', text: 'c2 was paused' }],
      },
    },
  };
}

test('a shrunk scenario that was edited is refused', async () => {
  const file = join(folder, await writeFailure(failure(), folder));
  const stored = JSON.parse(await readFile(file, 'utf8'));
  stored.shrunk.scenario.nodes.server = 4;
  await writeFile(file, JSON.stringify(stored));
  await expect(readFailure(file)).rejects.toThrow('the shrunk scenario in it was edited');
});

test('a failure that is written can be read again', async () => {
  const written = failure();
  const path = await writeFailure(written, folder);
  expect(path).toBe(join('.skerry', 'failures', 'locks-lease-42.json'));
  const { version, ...read } = await readFailure(join(folder, path));
  expect(read).toEqual(written);
  expect(version).toMatch(/^\d+\.\d+\.\d+/);
  expect(await readdir(dirname(join(folder, path)))).toEqual(['locks-lease-42.json']);
  const { story: _, ...untold } = written;
  expect(await readFailure(join(folder, await writeFailure(untold, folder)))).toMatchObject(untold);
});

test('files are named for the scenario and the seed, whatever those hold', () => {
  const names = [
    failurePath('raft/partition', '7'),
    failurePath('../../etc', '7'),
    failurePath('a lease outlived', 'x/y'),
    failurePath('a lease outlived', 'x y'),
    failurePath('long'.repeat(99), '7'),
  ].map((path) => path.slice('.skerry/failures/'.length));
  expect(names.slice(0, 2)).toEqual(['raft-partition-7.json', 'etc-7.json']);
  expect(names[2]).toMatch(/^a-lease-outlived-x-y-[0-9a-f]{8}\.json$/);
  expect(names[3]).not.toBe(names[2]);
  expect(names[4]!.length).toBeLessThan(130);
});

test('hashes do not depend on the order of keys', () => {
  expect(hashOf({ a: 1, b: [{ c: 2, d: 3 }] })).toBe(hashOf({ b: [{ d: 3, c: 2 }], a: 1 }));
  expect(hashOf([1, 2])).not.toBe(hashOf([2, 1]));
});

test('every other file is refused with the reason', async () => {
  const good = await readFile(join(folder, await writeFailure(failure(), folder)), 'utf8');
  const edited = (edit: (stored: Record<string, never>) => void) => {
    const stored = JSON.parse(good) as Record<string, never>;
    edit(stored);
    return JSON.stringify(stored);
  };
  const tape = JSON.parse(good).tape as string;
  const cases: [text: string, reason: string | RegExp][] = [
    ['', 'it is empty'],
    [good.slice(0, 200), 'it was cut off after 200 characters'],
    ['schema: 1', /^it is not JSON: /],
    ['{ "tool": "other" }', /no failure file of skerry/],
    ['[]', /no failure file of skerry/],
    ['{ "tool": "skerry", "results": [] }', /it has no "schema"/],
    [
      edited((stored) => Object.assign(stored, { schema: 2, version: '9.0.0' })),
      /written by skerry 9\.0\.0, which is newer/,
    ],
    [edited((stored) => Object.assign(stored, { events: -1 })), /^it was edited or damaged: events: /],
    [
      edited((stored) => Object.assign(stored, { tape: `${tape.slice(0, 40)}AAAA${tape.slice(44)}` })),
      /its tape is damaged/,
    ],
  ];
  for (const [text, reason] of cases) {
    const file = join(folder, 'case.json');
    await writeFile(file, text);
    const error = await readFailure(file).then(
      () => expect.fail(`read: ${reason}`),
      (error) => error,
    );
    expect(error).toMatchObject({ name: 'FailureFileError', reason: expect.stringMatching(reason) });
    expect(error.message).toContain('case.json: ');
  }
  await expect(readFailure(join(folder, 'none.json'))).rejects.toThrow('there is no such file');
  await expect(readFailure(folder)).rejects.toThrow('it is a folder');
});

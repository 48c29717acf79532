/** Spare servers, and the faults that need them, in scenario files. */
import { describe, expect, test } from 'vitest';
import { catalogue, formatProblem, formatScenario, parseScenario } from '../../sim/entry/main.ts';

const read = (lines: string) =>
  parseScenario(`schema: 1\nname: members\nnodes: 3\n${lines}`, { file: 'x.yaml', catalogue });

const problemsOf = (lines: string) => {
  const parsed = read(lines);
  return parsed.ok ? [] : parsed.problems.map(formatProblem);
};

describe('members', () => {
  test.each([
    ['add: one-spare', { change: 'add', servers: 'one-spare' }],
    ['add: [n4, n5]', { change: 'add', servers: ['n4', 'n5'] }],
    ['remove: leader', { change: 'remove', targets: 'leader' }],
    ['replace: [n1]', { change: 'replace', targets: ['n1'] }],
  ])('{ %s } is read, and written again', (line, fault) => {
    const parsed = read(`protocol: raft\nspares: 2\nfaults: [{ at: 1s, members: { ${line} } }]\n`);
    if (!parsed.ok) expect.fail(parsed.problems.map(formatProblem).join('\n'));
    expect(parsed.scenario.spares).toBe(2);
    expect(parsed.scenario.faults[0]!.fault).toEqual({ kind: 'members', ...fault });
    const again = parseScenario(formatScenario(parsed.scenario, catalogue), { file: 'y.yaml', catalogue });
    expect(again).toMatchObject({ ok: true, scenario: parsed.scenario });
  });

  test('a scenario without spare servers says nothing of them', () => {
    const parsed = read('protocol: raft\n');
    expect(parsed.ok && 'spares' in parsed.scenario).toBe(false);
  });

  test('a protocol that cannot change its members has none added', () => {
    const [problem] = problemsOf(
      'protocol: naive/impatient\nspares: 1\nfaults: [{ at: 1s, members: { add: one-spare } }]\n',
    );
    expect(problem).toMatch(/"naive\/impatient" cannot change its members while it runs/);
  });

  test('a server that is added must be there', () => {
    const [missing] = problemsOf('protocol: raft\nfaults: [{ at: 1s, members: { add: one-spare } }]\n');
    expect(missing).toMatch(/there is no server that could be added.*spares: 2/s);
    const [drawn] = problemsOf('protocol: raft\nnemesis: { faults: [members], every: 1s }\n');
    expect(drawn).toMatch(/there is no server that could be added/);
    const [stranger] = problemsOf(
      'protocol: raft\nspares: 1\nfaults: [{ at: 1s, members: { add: [n5] } }]\n',
    );
    expect(stranger).toMatch(/there is no host "n5".*n1 to n4/s);
  });

  test('one change a fault', () => {
    const [problem] = problemsOf(
      'protocol: raft\nspares: 1\nfaults: [{ at: 1s, members: { add: one-spare, remove: one } }]\n',
    );
    expect(problem).toMatch(/are two faults/);
  });
});

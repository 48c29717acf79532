/** Redlock is for three nodes and more, and there is one sentinel: all else is refused, in a scenario and where it is made. */
import { expect, test } from 'vitest';
import type { Host } from '../../../protocols/host.ts';
import { redlockLock, replicatedLock } from '../../../protocols/locks/index.ts';
import type { NodeOptions } from '../../../protocols/locks/options.ts';
import { defaultsOf } from '../../../protocols/protocol.ts';
import { catalogue } from '../../../scenarios/catalogue.ts';
import { formatProblem, parseScenario } from '../../../sim/search/scenario/index.ts';

const problems = (nodes: string, protocol = 'locks/redlock'): string[] => {
  const text = `schema: 1\nname: few\nprotocol: ${protocol}\nnodes: { node: ${nodes}, resource: 1 }\n`;
  const parsed = parseScenario(text, { file: 'x.yaml', catalogue });
  return parsed.ok ? [] : parsed.problems.map(formatProblem);
};

test.each(['1', '2'])('a scenario with %s says where, what and what to write', (nodes) => {
  expect(problems(nodes)).toEqual([
    `x.yaml:4:16: "locks/redlock" needs at least 3 hosts of the role node, not ${nodes} (write 3 or more; 5 is usual)`,
  ]);
});

test.each(['3', '4'])('a scenario with %s is one', (nodes) => expect(problems(nodes)).toEqual([]));

test('a client of fewer is not made', () => {
  const host = {} as Host<never>;
  const options = { callTimeout: 200 } as NodeOptions;
  const made =
    (...servers: string[]) =>
    () =>
      redlockLock.clients.lock(host, [...servers, 'r1'], options);
  expect(made('n1', 'n2')).toThrow(
    new RangeError(
      'Redlock needs at least 3 nodes, and was given n1, n2: give it 3 or 5, or take the lock on a single node',
    ),
  );
  expect(made()).toThrow('was given none');
});

test('a scenario with two sentinels, each of which would promote somebody, says so', () => {
  expect(problems('3, sentinel: 1', 'locks/replicated')).toEqual([]);
  expect(problems('3, sentinel: 2', 'locks/replicated')).toEqual([
    'x.yaml:4:29: "locks/replicated" takes at most 1 host of the role sentinel, not 2 (write 1 or fewer)',
  ]);
});

test('a second sentinel ends at once', async () => {
  const program = replicatedLock.roles.sentinel.program(defaultsOf(replicatedLock.options));
  const host = { id: 's2', peers: ['n1', 'n2', 'n3', 's1', 's2'] } as unknown as Host<never>;
  await expect(program(host)).rejects.toThrow('there may be one sentinel only, but s1 is one besides s2');
});

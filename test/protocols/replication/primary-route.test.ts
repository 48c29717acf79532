/** How clients find whoever serves them: through others to the primary, and past servers that are behind. */
import { expect, test } from 'vitest';
import { catalogue } from '../../../scenarios/catalogue.ts';
import { loadedOf, parseScenario } from '../../../sim/entry/main.ts';
import { recorded } from '../../determinism/runs.ts';

const seeds = ['1', '2', '3', '4', '5', '6'];

/** Runs a scenario without chance; what c1 was told, and the names of what was logged. */
async function told(text: string, seed: string) {
  const parsed = parseScenario(`schema: 1\nname: route\nnodes: 3\n${text}`, { file: 'x.yaml', catalogue });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  const loading = await loadedOf('route', 'x.yaml', parsed.scenario);
  if (!loading.ok) throw new Error(JSON.stringify(loading.problems));
  const { violations, full } = await recorded(loading.loaded, seed);
  return {
    broken: violations.map(({ check }) => check),
    types: full!.history.map(({ type }) => type),
    reads: full!.history.filter(({ f }) => f === 'get').map(({ output }) => output),
    elected: full!.trace
      .filter(({ detail }) => (detail as { event?: string } | undefined)?.event === 'primary elected')
      .map(({ host }) => host),
  };
}

test('servers pass requests on to a primary that their clients cannot reach', async () => {
  const lost = (from: string, to: string) => `    - { from: ${from}, to: ${to}, loss: 100% }`;
  // n1 hears neither the client nor n3; with n2 it has enough to be primary.
  const links = [...[lost('c1', 'n1'), lost('n1', 'c1')], ...[lost('n1', 'n3'), lost('n3', 'n1')]].join('\n');
  const text = `
protocol: replication/primary-secondary
duration: 4s
recovery: 1s
network:
  links:
${links}
workload:
  type: kv
  clients: 1
  keys: 1
  script:
    - { client: c1, at: 1s, f: put, key: x, value: 1 }
    - { client: c1, at: 2s, f: get, key: x }
    - { client: c1, at: 2s, f: cas, key: x, value: [1, 2] }
    - { client: c1, at: 3s, f: get, key: x }
checks: [linearizable]
`;
  const primaries = new Set<string>();
  for (const seed of seeds) {
    const { broken, types, reads, elected } = await told(text, seed);
    expect({ broken, types, reads }).toEqual({ broken: [], types: ['ok', 'ok', 'ok', 'ok'], reads: [1, 2] });
    if (elected.length === 1) primaries.add(elected[0]!);
  }
  expect([...primaries], 'it was primary from the first to the last in one of them').toContain('n1');
});

const cutOff = (protocol: string) => `
protocol: ${protocol}
options: { reads: any }
duration: 4s
recovery: 1s
workload:
  type: kv
  clients: 1
  keys: 1
  script:
    - { client: c1, at: 1s, f: put, key: x, value: 1 }
    - { client: c1, at: 2s, f: put, key: x, value: 2 }
${Array.from({ length: 6 }, () => '    - { client: c1, at: 2s, f: get, key: x }').join('\n')}
faults:
  - { at: 1500ms, for: 2s, partition: { groups: [[n1, n2], [n3]] } }
checks: [read-your-writes]
`;

test('a server that is behind what a session has seen sends it on', async () => {
  for (const seed of seeds) {
    const { broken, reads } = await told(cutOff('replication/primary-secondary'), seed);
    expect({ broken, reads }).toEqual({ broken: [], reads: [2, 2, 2, 2, 2, 2] });
  }
});

test('it would have answered: a session that does not say what it has written is told the old value', async () => {
  const all: unknown[] = [];
  for (const seed of seeds)
    all.push(...(await told(cutOff('zoo/primary-session-forgets-writes'), seed)).reads);
  expect(new Set(all)).toEqual(new Set([1, 2]));
});

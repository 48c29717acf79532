/** A small catalogue to read scenarios against, and a valid file to break. */
import type { Protocol } from '../../protocols/protocol.ts';
import { type Catalogue, catalogueOf } from '../../sim/search/catalogue.ts';
import { formatProblem, type Parsed, parseScenario } from '../../sim/search/scenario/index.ts';

const program = () => () => {};

const redlock: Protocol = {
  name: 'locks/redlock',
  about: 'A lock on a majority of instances.',
  promise: 'Mutual exclusion.',
  options: {
    leaseTtl: { type: 'duration', default: 10_000, min: 1, about: 'How long a lock is held.' },
    retries: { type: 'integer', default: 3, min: 0, max: 10, about: 'Attempts.' },
    fencing: { type: 'flag', default: false, about: 'Hands out tokens.' },
    backoff: { type: 'choice', default: 'linear', of: ['linear', 'exponential'], about: 'Between attempts.' },
  },
  roles: { instance: { prefix: 'n', count: 5, program } },
  clients: { kv: () => ({}) as never },
};

const paxos: Protocol = {
  ...redlock,
  name: 'paxos',
  options: {},
  roles: { proposer: { prefix: 'p', count: 1, program }, acceptor: { prefix: 'a', count: 3, program } },
};

const gossip: Protocol = { ...redlock, name: 'gossip', options: {}, clients: {} };

export const catalogue = catalogueOf({
  protocols: [redlock, paxos, gossip],
  workloads: [
    {
      name: 'register',
      about: 'Reads, writes and compare-and-sets.',
      needs: 'kv',
      model: 'register',
      options: { hold: { type: 'duration', default: 100, about: 'How long.' } },
      checks: ['linearizable'],
    },
    { name: 'counter', about: 'Adds.', needs: 'kv', options: {}, checks: [] },
    { name: 'queue', about: 'Enqueues.', needs: 'queue' as 'kv', options: {}, checks: [] },
  ],
  checks: [
    { name: 'linearizable', about: 'One copy.', kind: 'history', options: {} },
    { name: 'mutual-exclusion', about: 'One holder.', kind: 'always', options: {} },
    {
      name: 'progress',
      about: 'Goes on.',
      kind: 'eventually',
      options: { within: { type: 'duration', default: 1_000, about: 'By then.' } },
    },
    { name: 'no-uncaught-error', about: 'None.', kind: 'always', options: {}, everywhere: true },
  ],
  models: [{ name: 'register', about: 'A register.' }],
});

/** The example of the manual, with what there is so far. */
export const EXAMPLE = `schema: 1
name: a lease outlived
about: A client is paused for longer than its lease and comes back believing that it holds the lock.
protocol: locks/redlock            # built in, or ./my-protocol.ts
nodes: 5
options: { leaseTtl: 2s, retries: 5 }
duration: 30s                      # virtual
recovery: 10s
network:
  latency: { dist: lognormal, median: 2ms, p99: 20ms, max: 200ms }
  loss: 0.5%
  links:
    - { from: n1, to: n3, latency: 80ms }
clocks: { skew: 20ms }
workload: { type: register, clients: 5, rate: 20, keys: 2, hold: 1.5ms }
faults:
  - { at: 5s, for: 4s, partition: { groups: [[n1, n2], [n3, n4, n5]] } }
  - { at: 12s, for: 3s, pause: { targets: one-client } }
  - { at: 20s, kill: { targets: leader, storage: lose-unsynced }, restartAfter: 500ms }
nemesis:
  faults: [partition, packet, pause, clock, { kind: kill, weight: 3 }]
  every: { dist: exponential, mean: 4s }
  targets: [one, minority, majority]
  budget: { down: minority }
checks: [mutual-exclusion, progress: { within: 5s }]
seeds: [17]
expect: { verdict: broken, by: mutual-exclusion }
`;

/** The least that a scenario has, in three lines. */
export const LEAST = 'schema: 1\nname: least\nprotocol: locks/redlock\n';

export const parse = (text: string, set: readonly string[] = [], within: Catalogue = catalogue): Parsed =>
  parseScenario(text, { file: 'x.yaml', catalogue: within, set });

/** The problems of a text, formatted; throws if there are none. */
export function problemsOf(text: string, set: readonly string[] = []): string[] {
  const parsed = parse(text, set);
  if (parsed.ok) throw new Error('the scenario has no problems');
  return parsed.problems.map(formatProblem);
}

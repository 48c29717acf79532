/** Every family of protocols over real sockets and files, judged as in a scenario; one server is killed and comes back. */
import { describe, expect, test } from 'vitest';
import { type Plan, play } from './real-hosts.ts';

const lock = ['hold=4ms', 'work=2ms'];
const quick = ['retryDelay=5ms', 'ttl=1s', 'ttlMax=1s', 'acquireTimeout=250ms'];
const endless = ['stopAfter=1h'];

const families: readonly (Plan & { readonly came?: readonly string[] })[] = [
  {
    ...{ protocol: 'raft', servers: 3, workload: 'kv', operations: 300, killed: 'n2' },
    checks: [
      'election-safety',
      'log-matching',
      'leader-completeness',
      'state-machine-safety',
      'linearizable',
    ],
  },
  {
    ...{ protocol: 'replication/primary-secondary', workload: 'kv', operations: 300, killed: 'n2' },
    checks: ['one-primary-an-epoch', 'epoch-fencing', 'copies-match', 'acknowledged-kept', 'linearizable'],
  },
  {
    ...{ protocol: 'replication/leaderless', workload: 'kv', operations: 300, killed: 'n2' },
    ...{ options: ['replicas=5', 'requestTimeout=500ms'], workloadOptions: ['cas=0'] },
    checks: ['stored-never-goes-back', 'linearizable'],
  },
  {
    ...{ protocol: 'locks/raft', workload: 'lock', operations: 120, killed: 'n2' },
    ...{ options: ['retryDelay=5ms', 'acquireTimeout=250ms'], workloadOptions: lock },
    checks: ['mutual-exclusion', 'fencing', 'election-safety', 'lock-passed-on'],
    came: ['lock-passed-on'],
  },
  {
    ...{ protocol: 'locks/single-node', workload: 'lock', operations: 200, killed: 'n1' },
    ...{ options: quick, workloadOptions: lock },
    checks: ['mutual-exclusion', 'fencing', 'lock-passed-on'],
    came: ['lock-passed-on'],
  },
  {
    ...{ protocol: 'locks/redlock', workload: 'lock', operations: 120, killed: 'n2' },
    ...{ options: quick, workloadOptions: lock },
    checks: ['mutual-exclusion', 'lock-passed-on'],
    came: ['lock-passed-on'],
  },
  {
    ...{ protocol: 'transactions/two-phase-commit', workload: 'transfer', operations: 120, killed: 'p2' },
    ...{ options: ['requestTimeout=600ms'], workloadOptions: endless },
    checks: ['atomic-commitment', 'money-conserved'],
  },
  {
    ...{ protocol: 'transactions/saga', workload: 'book', operations: 40, killed: 's2' },
    ...{ options: ['attemptTimeout=150ms', 'requestTimeout=600ms'], workloadOptions: endless },
    checks: ['saga-order', 'sagas-end'],
  },
  {
    ...{ protocol: 'transactions/order', workload: 'order', operations: 60, killed: 'inventory1' },
    ...{ options: ['stepTimeout=100ms', 'requestTimeout=1s'], workloadOptions: endless },
    checks: ['saga-order', 'orders-whole', 'no-double-order', 'stock-and-money-conserved'],
  },
  {
    ...{ protocol: 'clocks/lamport', workload: 'stamps', operations: 300, killed: 'n2' },
    checks: ['clock-condition', 'clock-resumed'],
    came: ['clock-resumed'],
  },
  {
    ...{ protocol: 'clocks/vector', workload: 'stamps', operations: 150, killed: 'n2' },
    checks: ['clock-condition', 'strong-clock-condition', 'clock-resumed'],
    came: ['clock-resumed'],
  },
  {
    ...{ protocol: 'clocks/hybrid', workload: 'stamps', operations: 300, killed: 'n2' },
    checks: ['clock-condition', 'hybrid-clock-sound', 'clock-resumed'],
    came: ['clock-resumed'],
  },
  {
    ...{ protocol: 'ids/snowflake', workload: 'ids', operations: 500, killed: 'n1' },
    checks: ['unique-ids'],
  },
  {
    ...{ protocol: 'ids/leased', workload: 'ids', operations: 300, killed: 'n1' },
    options: ['lease=300ms', 'requestTimeout=1s'],
    checks: ['unique-ids'],
  },
  {
    ...{ protocol: 'membership/swim', workload: 'membership', operations: 200, rate: 100, killed: 'n3' },
    awayOperations: 100,
    options: ['period=40ms', 'pingTimeout=15ms', 'suspicion=100ms'],
    checks: ['standing-never-goes-back', 'members-agree', 'member-condemned'],
    came: ['member-condemned'],
  },
  {
    ...{ protocol: 'gossip/map', workload: 'entries', operations: 300, killed: 'n2' },
    ...{ options: ['interval=30ms'], workloadOptions: ['writesUntil=1h'] },
    checks: ['deleted-stays-deleted', 'copies-converge'],
  },
  {
    ...{ protocol: 'placement/ring', workload: 'kv', operations: 300, killed: 'n2' },
    options: ['requestTimeout=500ms'],
    checks: ['one-owner', 'linearizable'],
  },
  {
    // So many keys that one at least is read after it was last written: of two, that both were written is not rare.
    ...{ protocol: 'caching', workload: 'cache', operations: 300, keys: 12, killed: 'n2' },
    options: ['requestTimeout=1s', 'feedInterval=50ms'],
    checks: ['cache-coherent', 'read-your-writes', 'monotonic-reads', 'cache-hit'],
    came: ['cache-hit'],
  },
];

/** Otherwise nothing above would mean anything. */
test('two servers with one number give one id twice, and that is found out', {
  timeout: 60_000,
}, async () => {
  const plan = {
    protocol: 'zoo/ids-share-worker',
    workload: 'ids',
    checks: ['unique-ids'],
    operations: 2000,
  };
  const { verdict } = await play({ ...plan, rate: 100_000, clients: 8 });
  expect(verdict.verdict === 'broken' && verdict.violations[0]!.message).toMatch(/was given out twice/);
});

describe('over real sockets and files', { timeout: 120_000 }, () => {
  test.each(families)('$protocol', async ({ came = [], ...plan }) => {
    const result = await play(plan);
    expect(result.verdict).toEqual({ verdict: 'held' });
    expect(result.came).toEqual(came);
    expect(result.history.length).toBe(plan.operations);
    expect(result.history.filter(({ type }) => type === 'ok').length).toBeGreaterThan(plan.operations / 10);
  });
});

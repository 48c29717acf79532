/** Raft under schedules that fast-check draws, and what they shrink to where one of its rules is broken. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { raft, raftWith } from '../../../protocols/raft/index.ts';
import { holds, scenario } from '../../../sim/entry/fast-check.ts';

const long = process.env.SKERRY_LONG === '1';

const drawn = (protocol: typeof raft) =>
  scenario({
    protocol,
    nodes: 3,
    kinds: ['partition', 'kill', 'pause', 'packet'],
    maxFaults: 3,
    maxOperations: 10,
    duration: '3s',
    recovery: '1s',
    checks: [
      'election-safety',
      'log-matching',
      'leader-completeness',
      'state-machine-safety',
      'linearizable',
    ],
  });

test('figure 3: what it promises holds under whatever schedule of faults', async () => {
  await fc.assert(fc.asyncProperty(drawn(raft), holds()), { numRuns: long ? 2_000 : 40 });
});

test('figure 2: with entries that are not stored before they are acknowledged, it shrinks to one crash', async () => {
  const hasty = raftWith({ persistEntries: () => Promise.resolve() });
  const { failed, counterexample, errorInstance } = await fc.check(fc.asyncProperty(drawn(hasty), holds()), {
    numRuns: 300,
    seed: 1,
  });
  expect(failed).toBe(true);
  const [{ faults, workload, nodes }] = counterexample!;
  expect({ faults, script: workload?.script, nodes }).toEqual({
    faults: [{ at: expect.any(String), kill: expect.anything(), restartAfter: '10ms' }],
    script: [],
    nodes: 3,
  });
  expect((errorInstance as Error).message).toContain('leader completeness: ');
});

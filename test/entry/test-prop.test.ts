/** `test.prop` of @fast-check/vitest takes what is drawn here, and the predicates, as they are. */
import { fc, test } from '@fast-check/vitest';
import { expect } from 'vitest';
import { raft } from '../../protocols/raft/index.ts';
import { faultSchedule, holds, scenario } from '../../sim/entry/fast-check.ts';
import { check } from '../../sim/entry/main.ts';
import { forgetfulPair } from './forgetful.ts';

const short = { duration: '2s', recovery: '2s', checks: ['linearizable'] };

test.prop([scenario({ protocol: raft, kinds: ['partition', 'kill'], ...short })], { numRuns: 15 })(
  'a drawn cluster of Raft holds',
  holds(),
);

const schedule = faultSchedule({ nodes: 3, duration: '8s', kinds: ['partition'] });

test.prop({ faults: schedule, seed: fc.nat(99) }, { numRuns: 10 })(
  'schedules and seeds go into a scenario of your own',
  async ({ faults, seed }) => {
    const { verdict } = await check({ protocol: raft, nodes: 3, duration: '9s', faults }, { seed });
    // A fault that touched nothing leaves it unknown.
    expect(verdict).not.toBe('broken');
  },
);

const forgetful = scenario({ protocol: forgetfulPair, kinds: ['partition'], maxFaults: 5, ...short });

test.fails.prop([forgetful], { numRuns: 300 })('what breaks fails the test', holds());

/** Arbitraries: what they draw is a scenario, what they shrink to is calm, and what fast-check prints comes back. */
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Protocol } from '../../protocols/protocol.ts';
import { raft } from '../../protocols/raft/index.ts';
import { faultSchedule, holds, scenario, topology, workload } from '../../sim/entry/fast-check.ts';
import { catalogue, readScenario, type ScenarioValue } from '../../sim/entry/main.ts';
import { forgetfulPair } from './forgetful.ts';

const problemsOf = (value: unknown) => {
  const parsed = readScenario(value, { file: 'drawn', catalogue });
  return parsed.ok ? [] : parsed.problems.map(({ message, path }) => `${path}: ${message}`);
};
const base = { schema: 1, name: 'drawn', protocol: 'raft' };

describe('what is drawn is a scenario that can be read', () => {
  test('schedules of all kinds of faults', () => {
    const kinds = [
      ...(['partition', 'kill', 'restart', 'pause', 'slow', 'packet'] as const),
      ...(['hold', 'bandwidth', 'clock', 'disk'] as const),
    ];
    const seen = new Set<string>();
    fc.assert(
      fc.property(faultSchedule({ nodes: 3, clients: 2, kinds, maxFaults: 8 }), (faults) => {
        for (const fault of faults) for (const kind of kinds) if (kind in fault) seen.add(kind);
        expect(problemsOf({ ...base, nodes: 3, workload: { clients: 2 }, faults })).toEqual([]);
        const times = faults.map(({ at }) => Number.parseInt(at!, 10));
        expect(times).toEqual([...times].sort((left, right) => left - right));
      }),
      { numRuns: 150 },
    );
    expect([...seen].sort()).toEqual([...kinds].sort());
  });

  test('topologies', () => {
    fc.assert(
      fc.property(topology({ nodes: { min: 1, max: 7 }, clients: 2 }), (drawn) => {
        expect(problemsOf({ ...base, ...drawn, workload: { clients: 2 } })).toEqual([]);
      }),
      { numRuns: 150 },
    );
  });

  test.each([
    ['kv', 'raft'],
    ['lock', 'locks/redlock'],
    ['ids', 'ids/snowflake'],
    ['stamps', 'clocks/lamport'],
    ['membership', 'membership/swim'],
  ])('scripts for the workload %s', (name, protocol) => {
    fc.assert(
      fc.property(workload(name, { clients: 2, keys: 2 }), (drawn) => {
        expect(problemsOf({ ...base, protocol, workload: drawn })).toEqual([]);
      }),
      { numRuns: 30 },
    );
  });

  test.each([...catalogue.protocols.keys()].filter((name) => !name.startsWith('zoo/')).slice(0, 12))(
    'scenarios of %s',
    (protocol) => {
      const needs = Object.keys(catalogue.protocols.get(protocol)!.clients);
      const isDrawn = needs.some((need) => ['kv', 'lock', 'ids', 'clock', 'membership'].includes(need));
      const operations = isDrawn
        ? {}
        : { operations: fc.constant({ f: 'transfer' }), workload: ownWorkload(needs) };
      fc.assert(
        fc.property(scenario({ protocol, ...operations }), (drawn) => {
          expect(problemsOf(drawn)).toEqual([]);
          expect(JSON.parse(JSON.stringify(drawn))).toEqual(drawn);
        }),
        { numRuns: 20 },
      );
    },
  );

  const ownWorkload = (needs: readonly string[]): string =>
    [...catalogue.workloads.values()].find((one) => needs.includes(one.needs))!.name;

  test('every write of a script has a value of its own', () => {
    fc.assert(
      fc.property(workload('kv', { maxOperations: 30 }), ({ script }) => {
        const values = script.filter(({ f }) => f === 'put').map(({ value }) => value);
        expect(new Set(values).size).toBe(values.length);
      }),
    );
  });
});

describe('shrinking goes toward calm', () => {
  const smallest = <T>(arbitrary: fc.Arbitrary<T>, fails: (value: T) => boolean): T => {
    const { counterexample } = fc.check(
      fc.property(arbitrary, (value) => !fails(value)),
      { numRuns: 2_000, seed: 7 },
    );
    return counterexample![0];
  };

  test('a schedule: one fault, at once, for no longer than need be, on one host', () => {
    const drawn = faultSchedule({ nodes: 3, maxFaults: 6 });
    expect(smallest(drawn, (faults) => faults.length > 0)).toEqual([
      { at: '0ms', for: '10ms', partition: { isolate: [expect.stringMatching(/^n[123]$/)] } },
    ]);
    expect(smallest(drawn, (faults) => faults.some(({ kill }) => kill !== undefined))).toEqual([
      { at: '0ms', kill: { targets: [expect.any(String)], storage: 'keep' }, restartAfter: '10ms' },
    ]);
    const long = (faults: readonly { at?: string }[]) =>
      faults.some(({ at }) => Number.parseInt(at!, 10) >= 2_000);
    expect(smallest(drawn, long)).toMatchObject([{ at: '2000ms' }]);
  });

  test('a topology: few nodes beside each other, and nothing is lost', () => {
    expect(smallest(topology(), () => true)).toEqual({ nodes: 3, network: { latency: '1ms' } });
    expect(smallest(topology(), ({ nodes }) => nodes > 3)).toEqual({ nodes: 4, network: { latency: '1ms' } });
  });

  test('a script: the operations that it takes', () => {
    const wanted = smallest(workload('kv'), ({ script }) => script.some(({ f }) => f === 'put'));
    expect(wanted.script).toEqual([{ client: 'c1', at: '0ms', f: 'put', key: 'k1', value: 1 }]);
  });
});

/** A store of two servers of which clients ask the other one when the first does not answer. */
const drawn = scenario({
  protocol: forgetfulPair,
  kinds: ['clock', 'slow', 'partition'],
  maxFaults: 5,
  duration: '4s',
  recovery: '1s',
  lossMax: 0,
  checks: ['linearizable'],
});
const property = fc.asyncProperty(drawn, holds());

describe('a property that fails under a partition', () => {
  let found: Awaited<ReturnType<typeof fc.check<[ScenarioValue]>>>;
  beforeAll(async () => {
    found = await fc.check(property, { seed: 3, numRuns: 300 });
  });

  test('shrinks to one partition, a write and a read', () => {
    const [{ faults, workload: clients }] = found.counterexample!;
    expect(faults).toEqual([
      { at: expect.any(String), for: expect.any(String), partition: expect.anything() },
    ]);
    expect(clients!.script!.map(({ f }) => f)).toEqual(['put', 'get']);
  });

  test('comes back by the seed and the path that fast-check prints, without a search', async () => {
    const { seed, counterexamplePath } = found;
    const again = await fc.check(property, { seed, path: counterexamplePath!, endOnFailure: true });
    expect(again.counterexample).toEqual(found.counterexample);
    expect(again.numRuns).toBe(1);
  });

  test('is told as a story, with how to see it again', () => {
    expect(fc.stringify(found.counterexample)).toContain('"protocol":"forgetful-pair"');
    const { message } = found.errorInstance as Error;
    expect(message).toMatch(/^a scenario of forgetful-pair: seed 1 broke\n {2}linearizable: key "k\d"/);
    expect(message).toContain('the network was split');
    expect(message).toMatch(/the whole test: npx vitest run test\/entry\/fast-check\.test\.ts$/);
  });
});

test('it shows a protocol that is a value by its name', () => {
  const [value] = fc.sample(scenario({ protocol: raft as Protocol }), { numRuns: 1, seed: 1 });
  expect(value!.protocol).toBe(raft);
  expect(fc.stringify(value)).toContain('"protocol":"raft"');
});

test('a scenario that proves nothing is left out', async () => {
  const idle = scenario({
    protocol: forgetfulPair,
    maxOperations: 0,
    maxFaults: 0,
    checks: ['linearizable'],
  });
  const { failed, numRuns, numSkips } = await fc.check(fc.asyncProperty(idle, holds()), {
    numRuns: 2,
    maxSkipsPerRun: 2,
  });
  expect({ failed, numRuns }).toEqual({ failed: true, numRuns: 0 });
  expect(numSkips).toBeGreaterThan(3);
});

test('what cannot be drawn is refused in a sentence', () => {
  expect(() => faultSchedule({ kinds: ['members' as never] })).toThrow(
    'faults of the kind "members" are not drawn, only partition',
  );
  expect(() => faultSchedule({ duration: '10' })).toThrow('"10" is a duration without a unit');
  expect(() => workload('transfer')).toThrow(
    'the operations of a workload "transfer" cannot be drawn, only those of kv',
  );
  expect(() => scenario({ protocol: 'locks/redlock', nodes: 5 })).toThrow('2 roles: leave nodes away');
});

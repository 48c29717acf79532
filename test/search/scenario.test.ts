import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse as parseYaml } from 'yaml';
import { z } from 'zod';
import { reference } from '../../reports/index.ts';
import {
  clientIds,
  defineScenario,
  faultKinds,
  faultPages,
  formatProblem,
  formatScenario,
  type Parsed,
  protocolNameOf,
  protocolNameOfValue,
  readScenario,
  type Scenario,
  scenarioJsonSchema,
  serverIds,
  targetsAbout,
  writeScenario,
} from '../../sim/search/scenario/index.ts';
import { scenarioFiles } from './scenario-arbitrary.ts';
import { catalogue, EXAMPLE, LEAST, parse } from './scenario-fixture.ts';

function scenarioOf(parsed: Parsed): Scenario {
  if (parsed.ok) return parsed.scenario;
  throw new Error(parsed.problems.map(formatProblem).join('\n'));
}
const read = (value: unknown): Scenario => scenarioOf(readScenario(value, { file: 'x.ts', catalogue }));
const withLines = (lines: string): Scenario => scenarioOf(parse(LEAST + lines));

describe('a scenario', () => {
  it('of the manual becomes this value', () => {
    expect(scenarioOf(parse(EXAMPLE))).toStrictEqual({
      schema: 1,
      name: 'a lease outlived',
      about: 'A client is paused for longer than its lease and comes back believing that it holds the lock.',
      protocol: 'locks/redlock',
      nodes: { instance: 5 },
      options: { leaseTtl: 2_000, retries: 5, fencing: false, backoff: 'linear' },
      durationUs: 30_000_000,
      recoveryUs: 10_000_000,
      core: 'majority',
      network: {
        latency: { dist: 'lognormal', medianUs: 2_000, p99Us: 20_000, maxUs: 200_000 },
        loss: [1, 200],
        duplicate: [0, 1],
        reorder: { odds: [0, 1], by: { dist: 'uniform', minUs: 1_000, maxUs: 10_000 } },
        links: [{ from: 'n1', to: 'n3', latency: { dist: 'constant', valueUs: 80_000 } }],
      },
      clocks: { skewUs: 20_000 },
      disk: {
        read: { dist: 'lognormal', medianUs: 100, p99Us: 1_000 },
        write: { dist: 'lognormal', medianUs: 20, p99Us: 200 },
        sync: { dist: 'lognormal', medianUs: 1_000, p99Us: 10_000 },
      },
      workload: { type: 'register', clients: 5, rate: 20, keys: 2, options: { hold: 1.5 } },
      faults: [
        {
          atUs: 5_000_000,
          forUs: 4_000_000,
          fault: {
            kind: 'partition',
            shape: 'groups',
            groups: [
              ['n1', 'n2'],
              ['n3', 'n4', 'n5'],
            ],
          },
        },
        { atUs: 12_000_000, forUs: 3_000_000, fault: { kind: 'pause', targets: 'one-client' } },
        {
          atUs: 20_000_000,
          fault: { kind: 'kill', targets: 'leader', storage: 'lose-unsynced', restartAfterUs: 500_000 },
        },
      ],
      nemesis: {
        faults: [
          { kind: 'partition', weight: 1 },
          { kind: 'packet', weight: 1 },
          { kind: 'pause', weight: 1 },
          { kind: 'clock', weight: 1 },
          { kind: 'kill', weight: 3 },
        ],
        every: { dist: 'exponential', meanUs: 4_000_000 },
        lasts: { dist: 'uniform', minUs: 500_000, maxUs: 3_000_000 },
        targets: ['one', 'minority', 'majority'],
        down: 'minority',
        damage: 'recoverable',
        swarm: false,
      },
      checks: [
        { name: 'mutual-exclusion', options: {} },
        { name: 'progress', options: { within: 5_000 } },
      ],
      seeds: ['17'],
      expect: { verdict: 'broken', by: 'mutual-exclusion' },
      limits: { events: 5_000_000, instantEvents: 100_000 },
      ties: 'random',
      atLeast: { operations: 1, overlapping: [0, 1], faults: 0 },
    });
  });

  it('of three lines is a calm local network for ten seconds', () => {
    const scenario = scenarioOf(parse(LEAST));
    expect(scenario).toMatchObject({
      about: '',
      nodes: { instance: 5 },
      durationUs: 10_000_000,
      recoveryUs: 5_000_000,
      core: 'majority',
      network: { latency: { dist: 'lognormal', medianUs: 1_000, p99Us: 5_000 }, loss: [0, 1], links: [] },
      clocks: { skewUs: 0 },
      workload: { type: 'register', clients: 5, rate: 50, keys: 5, options: { hold: 100 } },
      faults: [],
      checks: [{ name: 'linearizable', options: {} }],
      seeds: [],
      expect: { verdict: 'held' },
    });
    expect('nemesis' in scenario).toBe(false);
  });

  it('has short and long notations of the same', () => {
    const same = (short: string, long: string) => expect(withLines(short)).toStrictEqual(withLines(long));
    same('network: { latency: 5ms }\n', 'network: { latency: { dist: constant, value: 5ms } }\n');
    same(
      'network: { reorder: 1% }\n',
      'network: { reorder: { odds: 0.01, by: { dist: uniform, min: 1ms, max: 10ms } } }\n',
    );
    same('nodes: 3\n', 'nodes: { instance: 3 }\n');
    same('expect: held\n', 'expect: { verdict: held }\n');
    same('checks: [progress]\n', 'checks: [{ progress: {} }]\n');
    same('seeds: [17]\n', 'seeds: ["17"]\n');
    same(
      'faults: [{ at: 1s, kill: leader }]\n',
      'faults: [{ at: 1s, kill: { targets: leader, storage: lose-unsynced } }]\n',
    );
    same('faults: [{ at: 1s, pause: [n1] }]\n', 'faults: [{ at: 1s, pause: { targets: [n1] } }]\n');
    same('nemesis: { faults: [kill] }\n', 'nemesis: { faults: [{ kind: kill, weight: 1 }] }\n');
  });

  it('reads every kind of fault', () => {
    const faults = `faults:
  - { at: 1s, partition: halves }
  - { at: 1s, partition: { one-way: { from: leader, to: all } } }
  - { at: 1s, partition: { isolate: [n1] } }
  - { at: 1s, packet: { targets: minority, loss: 10%, delay: 5ms } }
  - { at: 1s, kill: { targets: all, storage: keep }, for: 2s }
  - { at: 1s, clock: { targets: one, offset: -30s } }
`;
    expect(withLines(faults).faults.map(({ fault }) => fault)).toStrictEqual([
      { kind: 'partition', shape: 'halves' },
      { kind: 'partition', shape: 'one-way', from: 'leader', to: 'all' },
      { kind: 'partition', shape: 'isolate', targets: ['n1'] },
      {
        kind: 'packet',
        targets: 'minority',
        loss: [1, 10],
        duplicate: [0, 1],
        delay: { dist: 'constant', valueUs: 5_000 },
      },
      { kind: 'kill', targets: 'all', storage: 'keep' },
      { kind: 'clock', targets: 'one', offsetUs: -30_000_000 },
    ]);
  });

  it('may use anchors and aliases', () => {
    const { disk } = withLines('disk: { read: &slow { dist: uniform, min: 5ms, max: 9ms }, write: *slow }\n');
    expect(disk.write).toStrictEqual(disk.read);
  });

  it('names its hosts', () => {
    const paxos = catalogue.protocols.get('paxos')!;
    expect(serverIds(paxos, { proposer: 1, acceptor: 2 })).toEqual(['p1', 'a1', 'a2']);
    expect(clientIds(2)).toEqual(['c1', 'c2']);
  });
});

describe('--set', () => {
  it('writes over the file, or beside it; the last one wins', () => {
    const set = [
      'network.loss=1%',
      'network.loss=5%',
      'nemesis.budget.down=none',
      'duration=1m',
      'faults[0]={ at: 2s, pause: one }',
    ];
    const scenario = scenarioOf(parse(EXAMPLE, set));
    expect(scenario.network.loss).toEqual([1, 20]);
    expect(scenario.nemesis?.down).toBe('none');
    expect(scenario.durationUs).toBe(60_000_000);
    expect(scenario.faults[0]).toEqual({ atUs: 2_000_000, fault: { kind: 'pause', targets: 'one' } });
    expect(scenario.faults).toHaveLength(3);
    expect(scenarioOf(parse(LEAST, ['network.loss=5%'])).network.loss).toEqual([1, 20]);
    expect(scenarioOf(parse(LEAST, ['seeds[0]=17', 'seeds.1=18'])).seeds).toEqual(['17', '18']);
  });

  it('may mend what the file lacks or has wrong', () => {
    expect(
      scenarioOf(parse('schema: 1\nname: x\nduration: 5\n', ['protocol=paxos', 'duration=5s'])).protocol,
    ).toBe('paxos');
  });
});

describe('a module', () => {
  it('exports the same value as a file', () => {
    const scenario = defineScenario({
      schema: 1,
      name: 'least',
      protocol: 'locks/redlock',
      network: { latency: '5ms', loss: 0.5 },
      faults: [{ at: '1s', kill: { targets: ['n1'] }, restartAfter: '500ms' }],
    });
    const text =
      'network: { latency: 5ms, loss: 50% }\nfaults: [{ at: 1s, kill: [n1], restartAfter: 500ms }]\n';
    expect(read(scenario)).toStrictEqual(withLines(text));
  });

  it('of a protocol is known before the scenario is read', () => {
    expect(protocolNameOf('schema: 1\nprotocol: ./mine.ts\nnodes: wrong\n')).toBe('./mine.ts');
    expect(protocolNameOf(LEAST, ['protocol=./mine.ts'])).toBe('./mine.ts');
    expect(protocolNameOf('][')).toBeUndefined();
    expect(protocolNameOfValue({ protocol: 'raft' })).toBe('raft');
    expect(protocolNameOfValue(5)).toBeUndefined();
  });
});

describe('the way back', () => {
  it('gives the same scenario: as a value, as text, as JSON', () => {
    fc.assert(
      fc.property(scenarioFiles, (file) => {
        const scenario = read(file);
        expect(read(writeScenario(scenario, catalogue))).toStrictEqual(scenario);
        expect(scenarioOf(parse(formatScenario(scenario, catalogue)))).toStrictEqual(scenario);
        expect(JSON.parse(JSON.stringify(scenario))).toStrictEqual(scenario);
      }),
    );
  });
});

describe('schema.json', () => {
  const stored = JSON.parse(readFileSync(new URL('../../schema.json', import.meta.url), 'utf8'));

  it('is current (if not: build, then node tools/schema.mjs)', () => {
    expect(stored).toEqual(JSON.parse(JSON.stringify(scenarioJsonSchema())));
  });

  it('has become docs/scenarios.md, with a section for each kind of fault (if not: the same two commands)', () => {
    const page = readFileSync(new URL('../../docs/scenarios.md', import.meta.url), 'utf8');
    const schema = scenarioJsonSchema();
    expect(page).toBe(reference({ schema, faults: faultPages, targets: targetsAbout }));
    for (const kind of faultKinds) expect(page).toContain(`\n### ${kind}\n`);
  });

  it('accepts what the parser accepts, and knows the units', () => {
    const schema = z.fromJSONSchema(stored);
    const accepts = (text: string): boolean => schema.safeParse(parseYaml(text)).success;
    expect(accepts(EXAMPLE)).toBe(true);
    expect(accepts(LEAST)).toBe(true);
    expect(accepts(`${LEAST}duration: 5\n`)).toBe(false);
    expect(accepts(`${LEAST}duration: 5sec\n`)).toBe(false);
    expect(accepts(`${LEAST}duraton: 5s\n`)).toBe(false);
    expect(accepts(`${LEAST}network: { loss: 2 }\n`)).toBe(false);
    expect(accepts(`${LEAST}faults: [{ at: 1s }]\n`)).toBe(false);
    expect(accepts(`${LEAST}faults: [{ at: 1s, pause: one, kill: one }]\n`)).toBe(false);
  });
});

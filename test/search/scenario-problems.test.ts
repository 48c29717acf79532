/** Every mistake that a file can have, with the words that its author reads. */
import { describe, expect, it } from 'vitest';
import { faultKinds, formatProblem, listed, readScenario } from '../../sim/search/scenario/index.ts';
import { catalogue, EXAMPLE, LEAST, parse, problemsOf } from './scenario-fixture.ts';

/** The problems of the least scenario with more lines, from line 4 on. */
const problemsAfter = (text: string): string[] => problemsOf(LEAST + text);

const DISTRIBUTIONS = 'there are constant, uniform, normal, lognormal, exponential and pareto';
const FAULTS = `there are ${listed(faultKinds)}`;
const NO_KIND = `the kind of the fault is missing (one of ${listed(faultKinds, 'or')})`;
const TARGETS = 'there are one, minority, majority, all, leader, primaries, ring and one-client';
const storages = ['keep', 'lose-unsynced', 'lose-all', 'torn', 'wipe'];
const UNITS = 'write a number and a unit, us, ms, s, m or h: 150ms';
const ODDS = 'write 5% or a number from 0 to 1';
const HOSTS = 'there are n1 to n5 and c1 to c5';

describe('the text', () => {
  const empty = '1:1: the file is empty (a scenario needs schema, name and protocol)';
  const notAMap = 'it starts with schema: 1';
  it.each([
    ['an empty file', '', empty],
    ['only a comment', '# nothing yet\n', empty],
    ['only a line', '---\n', empty],
    ['text', 'hello', `1:1: a scenario is a map, not "hello" (${notAMap})`],
    ['a list', '- schema: 1', `1:1: a scenario is a map, not a list (${notAMap})`],
    [
      'several documents',
      `---\n${LEAST}---\nschema: 1\n`,
      '5:1: a second document starts here (a scenario file holds one document)',
    ],
    ['tabs', `${LEAST}network:\n\tloss: 5%\n`, '5:1: a tab stands where spaces belong (indent with spaces)'],
    ['a key twice', `${LEAST}name: again\n`, '4:1: "name" stands here twice'],
    ['a key twice within', `${LEAST}network: { loss: 1%, loss: 2% }\n`, '4:22: "loss" stands here twice'],
    ['__proto__', `${LEAST}__proto__: { polluted: 1 }\n`, '4:1: "__proto__" may not be a key'],
    ['constructor', `${LEAST}options: { constructor: 1 }\n`, '4:12: "constructor" may not be a key'],
    ['a number as a key', `${LEAST}5: x\n`, '4:1: a key is text, not 5'],
    ['a list as a key', `${LEAST}? [a]\n: b\n`, '4:3: a key is text, not a list or a map'],
    ['a merge key', `${LEAST}network: { <<: 5 }\n`, /^x.yaml:4:12: unknown key "<<" \(there are latency, /],
    ['a tag', `${LEAST}about: !foo x\n`, '4:8: tags are not used here (leave the tag out)'],
    ['binary', `${LEAST}about: !!binary aGVsbG8=\n`, '4:17: a value of this type is not possible here'],
    ['infinity', `${LEAST}about: .inf\n`, '4:8: Infinity is not possible here'],
    ['no such anchor', `${LEAST}about: *x\n`, '4:8: no anchor "&x" stands before this alias'],
    [
      'itself',
      `${LEAST}seeds: &x [*x]\n`,
      '4:11: aliases expand to more than 50000 values, or to themselves',
    ],
    [
      'a deep list',
      `${LEAST}about: ${'['.repeat(30_000)}`,
      '4:48: lists and maps are nested more than 40 deep',
    ],
    [
      'a deep block',
      `${LEAST}about:\n  ${'- '.repeat(30_000)}`,
      '5:83: lists and maps are nested more than 40 deep',
    ],
    ['a long text', '#'.repeat(300_000), '1:1: the file is longer than 256 KB'],
    [
      'a digit too many',
      `${LEAST}seeds: [12345678901234567890]\n`,
      '4:9: a whole number this large loses digits (put it in quotes)',
    ],
  ])('%s', (_, text, problem) => {
    const problems = problemsOf(text);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toEqual(
      typeof problem === 'string' ? `x.yaml:${problem}` : expect.stringMatching(problem),
    );
  });

  it('that is not YAML', () => {
    expect(problemsAfter('network: { loss: [1%\n')[0]).toMatch(
      /^x\.yaml:5:1: not YAML: flow sequence in block collection/,
    );
  });

  it('an alias bomb is one problem, soon', () => {
    const nine = (name: string) => Array(9).fill(`*${name}`);
    const lines = [...'bcdefghi'].map((name, index) => `${name}: &${name} [${nine('abcdefgh'[index]!)}]`);
    const started = process.cpuUsage();
    expect(problemsAfter(`a: &a [x,x,x,x,x,x,x,x,x]\n${lines.join('\n')}\n`)).toEqual([
      'x.yaml:4:14: aliases expand to more than 50000 values, or to themselves',
    ]);
    // Of the processor: what else it has to do says nothing. Expanded, it would be nearly 400 million values.
    expect(process.cpuUsage(started).user).toBeLessThan(2_000_000);
  });

  it('pollutes no prototype', () => {
    problemsAfter('__proto__: { polluted: 1 }\noptions: { constructor: { prototype: { polluted: 1 } } }\n');
    problemsOf(LEAST, ['__proto__.polluted=1', 'options.constructor.prototype.polluted=1']);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });

  it('with a byte-order mark or CRLF keeps its lines and columns', () => {
    expect(problemsOf(`\uFEFFnmae: x\n${LEAST}`)).toEqual([
      'x.yaml:1:1: unknown key "nmae" (did you mean "name"?)',
    ]);
    const crlf = `${LEAST}network:\n  los: 5%\n`.replaceAll('\n', '\r\n');
    expect(problemsOf(crlf)).toEqual(['x.yaml:5:3: unknown key "los" (did you mean "loss"?)']);
    expect(parse(`\uFEFF${EXAMPLE.replaceAll('\n', '\r\n')}`).ok).toBe(true);
  });
});

describe('values', () => {
  it.each([
    ['duration: 5', `4:11: 5 is a duration without a unit (write 5ms or 5s)`],
    ['duration: 5sec', `4:11: "5sec" is not a duration: there is no unit "sec" (${UNITS})`],
    ['duration: -5s', '4:11: "-5s" is negative (a duration is 0s or more)'],
    ['duration: soon', `4:11: "soon" is not a duration (${UNITS})`],
    ['duration: [1]', `4:11: a list is not a duration (${UNITS})`],
    ['duration: 0s', '4:11: no time at all is too short here (write more than 0s)'],
    ['duration:', '4:10: duration has no value'],
    ['network: { loss: 200% }', `4:18: "200%" is more than 100% (${ODDS})`],
    ['network: { loss: 5 }', '4:18: 5 is more than 1 (write 5% for 5 out of 100)'],
    ['network: { loss: -1% }', `4:18: "-1%" is negative (${ODDS})`],
    ['network: { loss: often }', `4:18: "often" is not odds (${ODDS})`],
    ['network: { loss: [] }', '4:18: loss must be text or a number, not a list'],
    ['network: { latency: 5 }', '4:21: 5 is a duration without a unit (write 5ms or 5s)'],
    ['nodes: 0', '4:8: nodes must be at least 1, not 0'],
    ['nodes: 1.5', '4:8: nodes must be a whole number or a map, not 1.5'],
    ['workload: { clients: -1 }', '4:22: clients must be at least 1, not -1'],
    ['name2: x', '4:1: unknown key "name2" (did you mean "name"?)'],
    ['seeds: [-1]', '4:9: seeds[0] must be at least 0, not -1'],
    ['seeds: 5', '4:8: seeds must be a list, not 5'],
    ['seeds: [1, 1]', '4:12: seed 1 is pinned twice'],
    ['ties: lifo', '4:7: unknown order "lifo" (did you mean "fifo"?)'],
    [
      'disk: { capacity: 10 }',
      '4:19: 10 is a number of bytes without a unit (write a number and a unit, B, KB, MB, GB, KiB, MiB or GiB: 64KB)',
    ],
    ['disk: { capacity: 1.5B }', '4:19: "1.5B" is finer than 1B (the grain of sizes is 1B)'],
    ['limits: { events: 0 }', '4:19: events must be at least 1, not 0'],
    ['atLeast: { overlapping: 120% }', `4:25: "120%" is more than 100% (${ODDS})`],
    ['clocks: { drift: -100ppm }', '4:18: a drift is drawn between minus and plus this'],
    ['clocks: { drift: 100 }', '4:18: drift must be text, not 100'],
    ['clocks: { drift: 1% }', '4:18: "1%" is not a rate (write parts in a million: 100ppm)'],
    ['clocks: { drifts: 100ppm }', '4:11: unknown key "drifts" (did you mean "drift"?)'],
    ['core: most', '4:7: unknown core "most" (there are majority and all)'],
    ['core: [n9]', '4:8: there is no host "n9" (there are n1 to n5 and c1 to c5)'],
    ['buggify: maybe', '4:10: buggify must be true, not "maybe"'],
  ])('%s', (line, problem) => expect(problemsAfter(`${line}\n`)).toEqual([`x.yaml:${problem}`]));

  it('what must be there', () => {
    expect(problemsOf('name: ""\n')).toEqual([
      'x.yaml:1:1: schema is missing',
      'x.yaml:1:1: protocol is missing',
      'x.yaml:1:7: name must not be empty',
    ]);
    expect(problemsOf(LEAST.replace('schema: 1', 'schema: 2'))).toEqual([
      'x.yaml:1:9: schema must be 1, not 2',
    ]);
  });
});

describe('distributions', () => {
  it.each([
    ['{ dist: lognorml, median: 1ms }', '8: unknown distribution "lognorml" (did you mean "lognormal"?)'],
    ['{ dist: weibull }', `8: unknown distribution "weibull" (${DISTRIBUTIONS})`],
    ['{ median: 1ms }', `0: dist is missing (${DISTRIBUTIONS})`],
    ['{ dist: lognormal, median: 1ms }', '0: p99 is missing'],
    ['{ dist: uniform, min: 5ms, max: 1ms }', '22: min 5ms is above max 1ms'],
    ['{ dist: normal, mean: 5ms, stddev: 1ms, min: 2ms, max: 1ms }', '45: min 2ms is above max 1ms'],
    ['{ dist: lognormal, median: 5ms, p99: 1ms }', '37: p99 1ms is below the median 5ms'],
    [
      '{ dist: exponential, mean: 20s }',
      '27: mean 20s is above the largest sample (10s, unless max is given)',
    ],
    ['{ dist: pareto, scale: 5ms, shape: 0 }', '35: the shape of a pareto distribution is more than 0'],
    ['{ dist: constant, value: 5ms, vale: 3ms }', '30: unknown key "vale" (did you mean "value"?)'],
  ])('%s', (written, problem) => {
    const [, offset, rest] = /^(\d+)(.*)$/.exec(problem)!;
    expect(problemsAfter(`disk: { sync: ${written} }\n`)).toEqual([`x.yaml:4:${15 + Number(offset)}${rest}`]);
  });
});

describe('faults', () => {
  it.each([
    ['{ at: 5s, gremlins: 3 }', `11: unknown fault kind "gremlins" (${FAULTS})`],
    ['{ at: 5s, partiton: halves }', '11: unknown key "partiton" (did you mean "partition"?)'],
    ['{ at: 5s, restartAfter: 1s }', `1: ${NO_KIND}`],
    [
      '{ at: 5s, kill: { targets: one, stroage: keep } }',
      '33: unknown key "stroage" (did you mean "storage"?)',
    ],
    ['{ at: 5s }', `1: ${NO_KIND}`],
    ['{ partition: halves }', '1: it does not say when (write at, every or when)'],
    ['{ at: 1s, pause: one, kill: one }', '18: kill and pause are two faults (write one entry each)'],
    [
      '{ at: 1s, partition: star }',
      '22: unknown partition "star" (there are halves, bridge, ring, random, groups, one-way and isolate)',
    ],
    [
      '{ at: 1s, partition: { bridge: n1 } }',
      '24: unknown key "bridge" (there are groups, one-way and isolate)',
    ],
    [
      '{ at: 1s, partition: {} }',
      '22: the shape of the partition is missing (one of groups, one-way or isolate)',
    ],
    ['{ at: 1s, partition: { groups: [[n1]] } }', '32: groups must have at least 2 entries'],
    ['{ at: 1s, partition: { groups: [[n1], [n2, n1]] } }', '44: host "n1" is in two groups'],
    ['{ at: 1s, partition: { groups: [[n1], [n2, n7]] } }', `44: there is no host "n7" (${HOSTS})`],
    ['{ at: 1s, partition: { one-way: { from: [n6], to: all } } }', `42: there is no host "n6" (${HOSTS})`],
    ['{ at: 1s, partition: { isolate: [c6] } }', `34: there is no host "c6" (${HOSTS})`],
    ['{ at: 1s, pause: { targets: leadr } }', '29: unknown target "leadr" (did you mean "leader"?)'],
    ['{ at: 1s, pause: thirds }', `18: unknown target "thirds" (${TARGETS})`],
    ['{ at: 1s, pause: n1 }', '18: unknown target "n1" (write [n1] for one host)'],
    ['{ at: 1s, pause: [n1, n9] }', `23: there is no host "n9" (${HOSTS})`],
    ['{ at: 1s, pause: { targets: [n9] } }', `30: there is no host "n9" (${HOSTS})`],
    ['{ at: 1s, pause: [n1, n1] }', '23: host "n1" is named twice'],
    ['{ at: 1s, pause: [] }', '18: pause must have at least 1 entry'],
    [
      '{ at: 1s, packet: { targets: all } }',
      '19: this packet fault changes nothing (give it loss, duplicate, delay, reorder or corrupt)',
    ],
    [
      '{ at: 1s, packet: { targets: all, jitter: 5% } }',
      '35: unknown key "jitter" (there are targets, loss, duplicate, delay, reorder and corrupt)',
    ],
    [
      '{ at: 1s, clock: { targets: all, offset: 30 } }',
      '42: 30 is a duration without a unit (write 30ms or 30s)',
    ],
    ['{ at: 1s, clock: { targets: all, offset: 0s } }', '42: this clock fault changes nothing'],
    [
      '{ at: 1s, kill: { targets: all, storage: sieve } }',
      `42: unknown storage "sieve" (there are ${listed(storages)})`,
    ],
    [
      '{ at: 1s, disk: { targets: all } }',
      '17: what is wrong with the disk is missing (one of slow, io-error, full, corrupt, misdirect or lie)',
    ],
    [
      '{ at: 1s, disk: { targets: all, full: true, lie: true } }',
      '50: full and lie are two faults (write one entry each)',
    ],
    [
      '{ at: 1s, disk: { targets: all, slow: { factor: 1 } } }',
      '39: this disk is as fast as before (give it a factor or a delay)',
    ],
    [
      '{ at: 1s, disk: { targets: all, misdirect: 0% } }',
      '44: odds of 0 change nothing here (write more than 0%)',
    ],
    [
      '{ at: 1s, disk: { targets: all, io-error: { odds: 5%, on: fsync } } }',
      '59: unknown operation "fsync" (did you mean "sync"?)',
    ],
    ['{ at: 1s, pause: one, restartAfter: 1s }', '37: only a kill has restartAfter'],
    [
      '{ at: 1s, kill: one, for: 1s, restartAfter: 1s }',
      '45: a kill has either for or restartAfter (both say when the targets start again)',
    ],
    ['{ at: 10s, pause: one }', '7: a fault at 10s comes too late (the safety phase ends at 10s)'],
    ['{ at: 1s, pause: one, for: 0s }', '28: no time at all is too short here (write more than 0s)'],
    ['5', '1: faults[0] must be a map, not 5'],
  ])('%s', (written, problem) => {
    const [, offset, rest] = /^(\d+)(.*)$/.exec(problem)!;
    expect(problemsAfter(`faults:\n  - ${written}\n`)).toEqual([`x.yaml:5:${4 + Number(offset)}${rest}`]);
  });

  it('of a nemesis', () => {
    const nemesis =
      '{ faults: [kil, rust, kill, { kind: kill, weight: 0 }], targets: [edge], budget: { down: most } }';
    expect(problemsAfter(`nemesis: ${nemesis}\n`)).toEqual([
      'x.yaml:4:21: unknown fault kind "kil" (did you mean "kill"?)',
      `x.yaml:4:26: unknown fault kind "rust" (${FAULTS})`,
      'x.yaml:4:60: weight must be at least 1, not 0',
      `x.yaml:4:76: unknown target "edge" (${TARGETS})`,
      'x.yaml:4:99: unknown budget "most" (there are minority and none)',
    ]);
    expect(problemsAfter('nemesis: { faults: [kill, kill], swarmy: true }\n')).toEqual([
      'x.yaml:4:27: kill is named twice (give it a weight)',
      'x.yaml:4:34: unknown key "swarmy" (did you mean "swarm"?)',
    ]);
    expect(
      problemsAfter(
        'nemesis: { faults: [{ kind: partition, variants: [rng] }, { kind: kill, variants: [x] }] }\n',
      ),
    ).toEqual([
      'x.yaml:4:51: unknown variant "rng" (did you mean "ring"?)',
      'x.yaml:4:84: unknown variant "x" (kill has no variants)',
    ]);
    const ofKind = (kind: string) => problemsAfter(`nemesis: { faults: [{ kind: ${kind} }] }\n`);
    const inVain = ['clock, offset: 0s', 'clock, offset: 2s, variants: [freeze]'];
    const wrong = ['clock, offset: 2, drift: 1%', 'kill, drift: 5ppm', 'clock, drift: -5ppm', ...inVain];
    expect(wrong.flatMap(ofKind)).toEqual([
      'x.yaml:4:44: 2 is a duration without a unit (write 2ms or 2s)',
      'x.yaml:4:54: "1%" is not a rate (write parts in a million: 100ppm)',
      'x.yaml:4:42: drift bounds clocks, and this is kill (leave it away)',
      'x.yaml:4:43: drift goes both ways, up to this (leave the minus away)',
      'x.yaml:4:44: with a bound of 0 no offset is left to draw (variants: [drift, freeze] leaves it out)',
      'x.yaml:4:44: offset is bounded, and never drawn (name offset among the variants)',
    ]);
    expect(problemsAfter('nemesis: { targets: [[n9]] }\n')).toEqual([
      `x.yaml:4:23: there is no host "n9" (${HOSTS})`,
    ]);
    expect(problemsAfter('nemesis:\n')).toEqual(['x.yaml:4:9: nemesis has no value']);
  });
});

describe('names', () => {
  const of = (protocol: string, rest = '') =>
    problemsOf(`schema: 1\nname: x\nprotocol: ${protocol}\n${rest}`);

  it('protocols and roles', () => {
    expect(of('pxos')).toEqual(['x.yaml:3:11: unknown protocol "pxos" (did you mean "paxos"?)']);
    expect(of('raft')).toEqual([
      'x.yaml:3:11: unknown protocol "raft" (there are locks/redlock, paxos and gossip)',
    ]);
    expect(of('./my.ts')).toEqual([
      'x.yaml:3:11: the module ./my.ts is not loaded (load it and add it to the catalogue first)',
    ]);
    expect(of('paxos', 'nodes: 5\n')).toEqual([
      'x.yaml:4:8: "paxos" has 2 roles (write nodes: { proposer: 1, acceptor: 3 })',
    ]);
    expect(of('paxos', 'nodes: { acceptr: 5 }\n')).toEqual([
      'x.yaml:4:10: unknown role "acceptr" (did you mean "acceptor"?)',
    ]);
    expect(of('paxos', 'faults: [{ at: 1s, pause: [n1] }]\n')).toEqual([
      'x.yaml:4:28: there is no host "n1" (there are p1, a1 to a3 and c1 to c5)',
    ]);
  });

  it('options', () => {
    const options = '{ leaseTTL: 2s, retries: 11, fencing: 1, backoff: linea, leaseTtl: 5 }';
    expect(problemsAfter(`options: ${options}\n`)).toEqual([
      'x.yaml:4:12: unknown key "leaseTTL" (did you mean "leaseTtl"?)',
      'x.yaml:4:35: retries must be at most 10, not 11',
      'x.yaml:4:48: fencing must be true or false, not 1',
      'x.yaml:4:60: unknown backoff "linea" (did you mean "linear"?)',
      'x.yaml:4:77: 5 is a duration without a unit (write 5ms or 5s)',
    ]);
    expect(problemsAfter('options: { leaseTtl: 500us, retries: 1.5 }\n')).toEqual([
      'x.yaml:4:22: leaseTtl must be at least 1ms, not "500us"',
      'x.yaml:4:38: retries must be a whole number, not 1.5',
    ]);
    expect(of('paxos', 'options: { x: 1 }\n')).toEqual([
      'x.yaml:4:12: unknown key "x" (there are no options here)',
    ]);
  });

  it('workloads', () => {
    expect(problemsAfter('workload: { type: registr }\n')).toEqual([
      'x.yaml:4:19: unknown workload "registr" (did you mean "register"?)',
    ]);
    expect(problemsAfter('workload: { type: queue }\n')).toEqual([
      'x.yaml:4:19: "queue" needs a queue client, and "locks/redlock" offers none (it can serve register and counter)',
    ]);
    expect(of('gossip')).toEqual(['x.yaml:3:11: "gossip" offers no client that a workload could use']);
    expect(problemsAfter('workload: { hol: 1s }\n')).toEqual([
      'x.yaml:4:13: unknown key "hol" (did you mean "hold"?)',
    ]);
    expect(problemsAfter('workload: register\n')).toEqual([
      'x.yaml:4:11: workload must be a map, not "register"',
    ]);
  });

  it('checks', () => {
    expect(problemsAfter('checks: [linearisable, { progress: { witin: 5s } }, progress]\n')).toEqual([
      'x.yaml:4:10: unknown check "linearisable" (did you mean "linearizable"?)',
      'x.yaml:4:38: unknown key "witin" (did you mean "within"?)',
      'x.yaml:4:53: check "progress" is named twice',
    ]);
    expect(problemsAfter('checks: [{ progress: {}, linearizable: {} }]\n')).toEqual([
      'x.yaml:4:10: a check with options is one name and a map (progress: { within: 5s })',
    ]);
  });

  it('links', () => {
    const links = '[{ from: n1, to: n1 }, { from: n1, to: n2 }, { from: n1, to: n2 }, { from: n0, to: n2 }]';
    expect(problemsAfter(`network: { links: ${links} }\n`)).toEqual([
      'x.yaml:4:36: a link from n1 to n1 is not part of the network',
      'x.yaml:4:64: the link from n1 to n2 stands here twice',
      `x.yaml:4:94: there is no host "n0" (${HOSTS})`,
    ]);
  });

  it('expectations', () => {
    expect(problemsAfter('expect: broken\n')).toEqual([
      'x.yaml:4:9: a scenario that expects to be broken pins a seed that breaks it (find one with a sweep and write it as seeds: [17])',
    ]);
    expect(problemsAfter('expect: brokn\n')).toEqual([
      'x.yaml:4:9: unknown verdict "brokn" (did you mean "broken"?)',
    ]);
    expect(problemsAfter('expect: { verdict: held, by: progress }\n')).toEqual([
      'x.yaml:4:30: by goes with verdict: broken only',
    ]);
    expect(problemsAfter('seeds: [1]\nexpect: { verdict: broken, by: progres }\n')).toEqual([
      'x.yaml:5:32: unknown check "progres" (did you mean "progress"?)',
    ]);
    expect(problemsAfter('seeds: [1]\nexpect: { verdict: broken, by: progress }\n')).toEqual([
      'x.yaml:5:32: check "progress" is not judged here (write checks: [linearizable, progress])',
    ]);
    expect(problemsAfter('checks: []\nseeds: [1]\nexpect: { verdict: broken, by: progress }\n')).toEqual([
      'x.yaml:6:32: check "progress" is not judged here (add it to checks)',
    ]);
    expect(parse(`${LEAST}seeds: [1]\nexpect: { verdict: broken, by: no-uncaught-error }\n`).ok).toBe(true);
  });
});

describe('all at once', () => {
  it('problems of different sections, in the order of the text', () => {
    const broken = EXAMPLE.replace('nodes: 5', 'nodes: 4')
      .replace('loss: 0.5%', 'loss: 105%')
      .replace('17', '-17');
    expect(problemsOf(broken)).toEqual([
      `x.yaml:11:9: "105%" is more than 100% (${ODDS})`,
      'x.yaml:17:65: there is no host "n5" (there are n1 to n4 and c1 to c5)',
      'x.yaml:26:9: seeds[0] must be at least 0, not -17',
    ]);
  });

  it('a problem in an anchored value is told where it is written', () => {
    expect(
      problemsAfter('disk: { read: &slow { dist: uniform, min: 5, max: 9ms }, write: *slow }\n'),
    ).toEqual(['x.yaml:4:43: 5 is a duration without a unit (write 5ms or 5s)']);
  });
});

describe('--set', () => {
  it.each([
    ['network.loss=200%', `network.loss: "200%" is more than 100% (${ODDS})`],
    ['network.los=2%', 'network.los: unknown key "los" (did you mean "loss"?)'],
    ['network', 'network: not a path and a value (write --set network.loss=5%)'],
    ['network..loss=1', 'network..loss: not a path and a value (write --set network.loss=5%)'],
    ['network.loss=', 'network.loss: there is no value (write --set network.loss=5%)'],
    ['seeds=[1', /^--set seeds: not YAML: /],
    [
      'faults=[{ at: 5, pause: one }]',
      'faults: faults[0].at: 5 is a duration without a unit (write 5ms or 5s)',
    ],
    ['name.x=1', 'name.x: name is neither a map nor a list'],
    ['faults[3].at=1s', 'faults[3].at: faults has no index 3'],
    ['network[0]=1', 'network[0]: network: network must be a map, not a list'],
    ['__proto__.x=1', '__proto__.x: "__proto__" may not be a key'],
    ['seeds.x=1', 'seeds.x: seeds: seeds must be a list, not a map'],
    ['duration=0', 'duration: 0 is a duration without a unit (write 0ms or 0s)'],
    [
      'faults=[{ at: 10s, pause: one }]',
      'faults: faults[0].at: a fault at 10s comes too late (the safety phase ends at 10s)',
    ],
  ])('%s', (set, problem) => {
    const problems = problemsOf(LEAST, [set]);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toEqual(
      typeof problem === 'string' ? `--set ${problem}` : expect.stringMatching(problem),
    );
  });

  it('blames the file for what the file says, and a list for what is not in it', () => {
    const text = `${LEAST}network: { loss: 5 }\nfaults: [{ at: 1s, pause: one }]\n`;
    expect(problemsOf(text, ['network.duplicate=7', 'faults.x=1', 'faults[0].at=20s'])).toEqual([
      'x.yaml:4:18: 5 is more than 1 (write 5% for 5 out of 100)',
      '--set faults.x: faults is a list, and "x" is not an index',
      '--set network.duplicate: 7 is more than 1 (write 7% for 7 out of 100)',
      '--set faults[0].at: a fault at 20s comes too late (the safety phase ends at 10s)',
    ]);
  });
});

describe('the value of a module', () => {
  const read = (value: unknown, set: string[] = []): string[] => {
    const parsed = readScenario(value, { file: 'x.ts', catalogue, set });
    return parsed.ok ? [] : parsed.problems.map(formatProblem);
  };
  const least = { schema: 1, name: 'least', protocol: 'locks/redlock' };

  it('is judged alike, with paths for lines', () => {
    expect(read(undefined)).toEqual(['x.ts: a scenario is a map, not nothing (it starts with schema: 1)']);
    expect(read(5)).toEqual(['x.ts: a scenario is a map, not 5 (it starts with schema: 1)']);
    expect(read({ ...least, duraton: '5s' })).toEqual([
      'x.ts: duraton: unknown key "duraton" (did you mean "duration"?)',
    ]);
    const faults = [
      { at: '1s', pause: { targets: ['n9'] } },
      { at: 5, kill: 'one' },
    ];
    expect(read({ ...least, faults })).toEqual([
      'x.ts: faults[1].at: 5 is a duration without a unit (write 5ms or 5s)',
    ]);
    expect(read({ ...least, faults: faults.slice(0, 1) })).toEqual([
      `x.ts: faults[0].pause.targets[0]: there is no host "n9" (${HOSTS})`,
    ]);
    expect(read(least, ['nodes=0'])).toEqual(['--set nodes: nodes must be at least 1, not 0']);
  });

  it('is plain data', () => {
    const itself: Record<string, unknown> = { ...least };
    itself.options = itself;
    expect(read(itself)).toContain('x.ts: the value is too large, or contains itself');
    expect(read({ ...least, about: () => 'x' })).toContain('x.ts: about: function is not plain data');
    expect(read({ ...least, nodes: Number.NaN })).toContain('x.ts: nodes: NaN is not plain data');
    expect(read(JSON.parse('{ "__proto__": 1 }'))).toContain('x.ts: "__proto__" may not be a key');
    const trap = new Proxy({}, { ownKeys: () => { throw new Error('trapped'); } }); // biome-ignore format: one line says it
    expect(read(trap)).toContain('x.ts: the value cannot be read: Error: trapped');
  });
});

/**
 * `skerry/fast-check`: scenarios at random, as plain data in the notation of scenario files. What they shrink to is calm:
 * fewer faults and operations first, then earlier and shorter ones, on few hosts, in a network without trouble. Nothing
 * is drawn but by fast-check, so that its seed and path give the same scenario again.
 */
import fc from 'fast-check';
import type { HostId } from '../../protocols/host.ts';
import { catalogue } from '../../scenarios/catalogue.ts';
import { clientIds, type Protocol, type Question, type ScenarioFile, serverIds } from '../index.ts';
import {
  type DrawnKind,
  drawnKinds,
  type FaultLine,
  faultWithin,
  kindsDefault,
} from './arbitraries/faults.ts';
import { type DrawnQuestion, drawnWorkloads, questionsOf } from './arbitraries/operations.ts';
import { byTime, milliseconds, millisecondsIn } from './arbitraries/times.ts';
import { type CheckOptions, checkAt, throwUnlessOk } from './testing/check.ts';
import { callingPlace } from './testing/commands.ts';
import type { ScenarioValue, ScriptLine, WorkloadValue } from './testing/input.ts';

export type { DrawnKind, FaultLine } from './arbitraries/faults.ts';

/** Hosts: so many that are called n1, n2 … (c1, c2 … for clients), or their ids. */
export type HostCount = number | readonly HostId[];

export interface FaultScheduleOptions {
  /** The servers. Default 3. */
  readonly nodes?: HostCount;
  /** Clients that partitions and pauses may fall on, too. Default none. */
  readonly clients?: HostCount;
  /** All begin before this. Default `10s`. */
  readonly duration?: string;
  /** Default: partition, kill, pause, packet and clock. */
  readonly kinds?: readonly DrawnKind[];
  /** At most so many. Default 4. */
  readonly maxFaults?: number;
}

/**
 * The `faults` of a scenario, in the order of time; every one ends.
 * @throws TypeError if a kind is unknown or the duration is none
 */
export function faultSchedule(options: FaultScheduleOptions = {}): fc.Arbitrary<FaultLine[]> {
  const { nodes = 3, clients = 0, duration = '10s', kinds = kindsDefault, maxFaults = 4 } = options;
  for (const kind of kinds) {
    if (!drawnKinds.includes(kind)) {
      throw new TypeError(`faults of the kind "${kind}" are not drawn, only ${drawnKinds.join(', ')}`);
    }
  }
  if (kinds.length === 0 || maxFaults === 0) return fc.constant([]);
  const ground = { servers: hosts('n', nodes), clients: hosts('c', clients) };
  const fault = faultWithin(ground, kinds, millisecondsIn(duration));
  return fc.array(fault, { maxLength: maxFaults, size: 'max' }).map((faults) => [...faults].sort(byTime));
}

export interface TopologyOptions {
  /** How many servers: exactly, or between two numbers. Default 3 to 5. */
  readonly nodes?: number | { readonly min: number; readonly max: number };
  /** Hosts that have a place in a region, too. Default none. */
  readonly clients?: HostCount;
  /** The largest loss of all links, in percent. Default 5. */
  readonly lossMax?: number;
}

/** The `nodes` and the `network` of a scenario whose protocol has one role. */
export type Topology = { nodes: number; network: NonNullable<ScenarioFile['network']> };

/** It shrinks to the fewest nodes, next to each other, in one region. */
export function topology(options: TopologyOptions = {}): fc.Arbitrary<Topology> {
  const { nodes = { min: 3, max: 5 }, clients = 0, lossMax = 5 } = options;
  const count = typeof nodes === 'number' ? fc.constant(nodes) : fc.integer(nodes);
  const guests = hosts('c', clients);
  return fc.record({ nodes: count, ...networkParts(lossMax) }).map(({ nodes: size, ...parts }) => ({
    nodes: size,
    network: networkOf(parts, hosts('n', size), guests),
  }));
}

interface NetworkParts {
  readonly latency: Latency;
  readonly loss: number;
  readonly links: readonly { readonly from: number; readonly to: number; readonly latency: string }[];
  readonly far: { readonly at: number; readonly latency: string } | undefined;
}
type Latency = NonNullable<NonNullable<ScenarioFile['network']>['latency']>;

const networkParts = (lossMax: number) => ({
  latency: fc.oneof<fc.Arbitrary<Latency>[]>(
    { withCrossShrink: true },
    milliseconds(1, 20),
    fc
      .integer({ min: 1, max: 10 })
      .map((ms) => ({ dist: 'lognormal' as const, median: `${ms}ms`, p99: `${ms * 10}ms` })),
  ),
  loss: fc.integer({ min: 0, max: lossMax }),
  links: fc.array(fc.record({ from: fc.nat(99), to: fc.nat(99), latency: milliseconds(20, 200) }), {
    maxLength: 2,
  }),
  far: fc.option(fc.record({ at: fc.nat(99), latency: milliseconds(20, 150) }), { nil: undefined }),
});

/** What was drawn as numbers falls on the hosts that there are. */
function networkOf(
  { latency, loss, links, far }: NetworkParts,
  servers: readonly HostId[],
  clients: readonly HostId[],
): Topology['network'] {
  const size = servers.length;
  const slow = new Map<string, { from: HostId; to: HostId; latency: string }>();
  for (const { from, to, latency: own } of size < 2 ? [] : links) {
    const [one, other] = [servers[from % size]!, servers[(from + 1 + (to % (size - 1))) % size]!];
    slow.set(`${one} ${other}`, { from: one, to: other, latency: own });
  }
  const cut = far === undefined || size < 2 ? 0 : 1 + (far.at % (size - 1));
  return {
    latency,
    ...(loss > 0 && { loss: `${loss}%` }),
    ...(slow.size > 0 && { links: [...slow.values()] }),
    ...(cut > 0 && {
      regions: { near: [...servers.slice(cut), ...clients], far: servers.slice(0, cut) },
      between: [{ regions: ['near', 'far'], latency: far!.latency }],
    }),
  };
}

export interface WorkloadOptions {
  /** Default 3. */
  readonly clients?: number;
  /** How many different keys they use. Default 2. */
  readonly keys?: number;
  /** All begin before this. Default `10s`. */
  readonly duration?: string;
  /** At most so many operations. Default 20. */
  readonly maxOperations?: number;
  /** What is asked for, instead of what the workload's own clients would. */
  readonly operations?: fc.Arbitrary<Question>;
}

/** The `workload` of a scenario, written out operation by operation. */
export interface ScriptedWorkload extends WorkloadValue {
  readonly type: string;
  readonly clients: number;
  readonly keys: number;
  readonly script: readonly ScriptLine[];
}

/**
 * What the clients of a scenario do, by the name of a workload: `kv` (get, put, cas, delete), `lock`, `ids`, `stamps` or
 * `membership`; for others give `operations`. Every write has a value of its own, so that a read tells which it saw.
 * @throws TypeError if it is not known what the clients of that workload ask for
 */
export function workload(name: string, options: WorkloadOptions = {}): fc.Arbitrary<ScriptedWorkload> {
  const { clients = 3, keys = 2, duration = '10s', maxOperations = 20, operations } = options;
  const key = fc.constantFrom(...Array.from({ length: keys }, (_, index) => `k${index + 1}`));
  const question: fc.Arbitrary<DrawnQuestion> =
    operations?.map(
      (own): DrawnQuestion =>
        () =>
          own,
    ) ?? questionsOf(name, key);
  const client = fc.constantFrom(...clientIds(clients));
  const operation = fc.record({ client, at: milliseconds(0, millisecondsIn(duration) - 1), question });
  return fc.array(operation, { maxLength: maxOperations, size: 'max' }).map((drawn) => ({
    ...{ type: name, clients, keys },
    script: [...drawn].sort(byTime).map(({ question: ask, ...when }, index) => ({
      ...when,
      ...ask(index + 1),
    })),
  }));
}

/** A disk that takes its time, and always the same: a property runs hundreds of scenarios. */
const calmDisk = { read: '100us', write: '20us', sync: '1ms' };

export interface ScenarioOptions extends Pick<FaultScheduleOptions, 'kinds' | 'maxFaults'> {
  /** A name of the catalogue, the path of a module, or a protocol. */
  readonly protocol: string | Protocol;
  /** How many servers, of a protocol with one role: exactly, or between two numbers. Default: as many as it likes. */
  readonly nodes?: TopologyOptions['nodes'];
  readonly clients?: number;
  readonly keys?: number;
  readonly maxOperations?: number;
  /** The workload; the first that the protocol can serve unless given. */
  readonly workload?: string;
  readonly operations?: fc.Arbitrary<Question>;
  /** The time in which things break. Default `4s`. */
  readonly duration?: string;
  /** The time in which it must recover. Default `2s`. */
  readonly recovery?: string;
  /** What is judged; what the workload suggests unless given. */
  readonly checks?: ScenarioFile['checks'];
  /** Options of the protocol. */
  readonly options?: fc.Arbitrary<NonNullable<ScenarioFile['options']>>;
  readonly lossMax?: number;
}

/**
 * A whole scenario for `check` and `assertHolds`; with the name of a protocol it is plain data, as a file has it. The seed
 * of its runs is another matter: let fast-check draw one, or run several.
 */
export function scenario(given: ScenarioOptions): fc.Arbitrary<ScenarioValue & { name: string; schema: 1 }> {
  const {
    protocol,
    kinds,
    maxFaults,
    duration = '4s',
    recovery = '2s',
    clients = 2,
    checks,
    lossMax = 5,
  } = given;
  const { servers, nodes } = placesOf(given);
  const guests = clientIds(clients);
  const script = workload(given.workload ?? workloadFor(protocol), {
    ...{ clients, duration, keys: given.keys ?? 2, maxOperations: given.maxOperations ?? 20 },
    ...(given.operations && { operations: given.operations }),
  });
  const parts = fc.record({
    size: nodes,
    network: fc.record(networkParts(lossMax)),
    workload: script,
    ...(given.options && { options: given.options }),
  });
  const called = typeof protocol === 'string' ? protocol : protocol.name;
  // Faults fall on the servers that there are in any case, so that nothing has to be drawn anew when servers go.
  const faults = faultSchedule({
    ...{ nodes: servers(0), clients: guests, duration },
    ...(kinds && { kinds }),
    ...(maxFaults !== undefined && { maxFaults }),
  });
  return fc.tuple(parts, faults).map(([{ size, network, ...rest }, lines]) =>
    printed({
      ...{ schema: 1 as const, name: `a scenario of ${called}`, protocol },
      ...(size !== undefined && { nodes: size }),
      ...{ duration, recovery, network: networkOf(network, servers(size ?? 0), guests), disk: calmDisk },
      ...rest,
      ...{ faults: lines, ...(checks && { checks }) },
    }),
  );
}

/** The servers that a scenario has by its number of nodes (0: those that it has in any case), and that number. */
function placesOf({ protocol, nodes }: ScenarioOptions): {
  servers: (size: number) => readonly HostId[];
  nodes: fc.Arbitrary<number | undefined>;
} {
  const value = typeof protocol === 'string' ? catalogue.protocols.get(protocol) : protocol;
  const roles = Object.entries(value?.roles ?? { node: { prefix: 'n', count: 3 } });
  const [[, { prefix, count }] = ['node', { prefix: 'n', count: 3 }]] = roles;
  if (roles.length > 1) {
    if (nodes !== undefined)
      throw new TypeError(`${value!.name} has ${roles.length} roles: leave nodes away`);
    const all = serverIds(value!, {});
    return { servers: () => all, nodes: fc.constant(undefined) };
  }
  const { min, max } = typeof nodes === 'object' ? nodes : { min: nodes ?? count, max: nodes ?? count };
  const named = (size: number) => hosts(prefix, size === 0 ? min : size);
  return { servers: named, nodes: fc.integer({ min, max }) };
}

function workloadFor(protocol: string | Protocol): string {
  const value = typeof protocol === 'string' ? catalogue.protocols.get(protocol) : protocol;
  const serves = drawnWorkloads.find((name) => {
    const needs = catalogue.workloads.get(name)?.needs;
    return needs !== undefined && value?.clients[needs] !== undefined;
  });
  return serves ?? 'kv';
}

/** Of a protocol that is a value the name is enough, where fast-check shows what it found. */
function printed<T extends { readonly protocol: string | Protocol }>(value: T): T {
  const { protocol } = value;
  if (typeof protocol === 'string') return value;
  const text = () => fc.stringify({ ...value, protocol: protocol.name });
  return Object.defineProperty(value, fc.toStringMethod, { value: text });
}

/**
 * What a property says of a scenario: `fc.assert(fc.asyncProperty(scenario({ protocol }), holds()))`. It runs seed 1 unless
 * told otherwise and throws what `assertHolds` throws. A scenario that proves nothing, having done next to nothing, is
 * left out (`fc.pre`): nothing shrinks to it.
 */
export function holds(options: CheckOptions = {}): (value: ScenarioValue) => Promise<void> {
  const place = callingPlace();
  return async (value) => {
    const result = await checkAt(place, value, { seed: 1, bail: true, ...options });
    fc.pre(result.verdict !== 'unknown' || result.nondeterministic.length > 0);
    throwUnlessOk(place, result);
  };
}

const hosts = (prefix: string, count: HostCount): readonly HostId[] =>
  typeof count === 'number' ? Array.from({ length: count }, (_, index) => `${prefix}${index + 1}`) : count;

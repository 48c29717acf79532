/**
 * A protocol on hosts with real sockets, timers and files, all in this process, with the clients of a workload and the
 * checks of a scenario: whatever a host exposes is looked at in every turn of the event loop.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AnyProgram, HostId } from '../../protocols/host.ts';
import { type NodeHost, nodeHost } from '../../protocols/node-host.ts';
import { Load } from '../../sim/entry/load.ts';
import { catalogue, inOrder, optionValues, roleOf } from '../../sim/entry/main.ts';
import {
  type Check,
  combined,
  epochUs,
  type FinishedRun,
  type HistoryEvent,
  historyOf,
  type Observation,
  type Protocol,
  type Verdict,
  type Violation,
  type WorkloadContext,
} from '../../sim/index.ts';
import { idsOf } from '../cli/cluster.ts';
import { freePorts } from '../contract/node.ts';

export interface Plan {
  /** By name, as a scenario would. */
  readonly protocol: string;
  /** Servers of the first role; of the others, as many as the protocol says. Default: what it says. */
  readonly servers?: number;
  readonly options?: readonly string[];
  readonly workload: string;
  readonly workloadOptions?: readonly string[];
  readonly checks: readonly string[];
  readonly operations: number;
  readonly clients?: number;
  readonly keys?: number;
  readonly rate?: number;
  /** Dies when a third of the operations have ended, and comes back with its files a few operations later. */
  readonly killed?: HostId;
  /** So many; default 8. */
  readonly awayOperations?: number;
}

export interface Result {
  readonly verdict: Verdict;
  readonly history: ReturnType<typeof historyOf>;
  /** The *sometimes* claims that came true. */
  readonly came: readonly string[];
}

const patienceMs = 30_000;

export async function play(plan: Plan): Promise<Result> {
  const folder = await mkdtemp(join(tmpdir(), 'skerry-real-'));
  const hosts = await RealHosts.boot(plan, folder);
  try {
    return await hosts.run();
  } finally {
    await hosts.tearDown();
    await rm(folder, { recursive: true, force: true });
  }
}

class RealHosts {
  readonly #plan: Plan;
  readonly #folder: string;
  readonly #protocol: Protocol;
  readonly #addresses: Readonly<Record<HostId, string>>;
  readonly #nodes = new Map<HostId, { node: NodeHost; boots: number; up: boolean }>();
  readonly #uncaught: unknown[] = [];
  readonly #judges: Judges;

  private constructor(plan: Plan, folder: string, addresses: Record<HostId, string>) {
    this.#plan = plan;
    this.#folder = folder;
    this.#protocol = catalogue.protocols.get(plan.protocol)!;
    this.#addresses = addresses;
    this.#judges = new Judges(plan.checks);
  }

  static async boot(plan: Plan, folder: string): Promise<RealHosts> {
    const protocol = catalogue.protocols.get(plan.protocol)!;
    const [first] = Object.values(protocol.roles);
    const ids = idsOf(protocol, plan.servers ?? first!.count);
    const ports = await freePorts(ids.length);
    const addresses = Object.fromEntries(ids.map((id, index) => [id, `127.0.0.1:${ports[index]}`]));
    const hosts = new RealHosts(plan, folder, addresses);
    await Promise.all(ids.map((id) => hosts.#start(id, hosts.#serverProgram(id))));
    return hosts;
  }

  async run(): Promise<Result> {
    const { operations, killed, awayOperations = 8, workload: name, clients = 4 } = this.#plan;
    const events: HistoryEvent[] = [];
    const disturbances: Promise<unknown>[] = [];
    let ended = 0;
    const load = new Load({
      operations,
      durationMs: undefined,
      signal: new AbortController().signal,
      onEvent: (event) => {
        events.push(event);
        if (event.type === 'invoke' || killed === undefined) return;
        ended += 1;
        const third = Math.floor(operations / 3);
        if (ended === third) disturbances.push(this.#kill(killed));
        if (ended !== third + awayOperations) return;
        disturbances.push(disturbances[0]!.then(() => this.#start(killed, this.#serverProgram(killed))));
      },
    });
    const watching = this.#watch();
    const workload = catalogue.workloads.get(name)!;
    const program = workload.program(this.#context(load));
    const ids = Array.from({ length: clients }, (_, index) => `c${index + 1}`);
    const programs = await Promise.all(ids.map((id) => this.#start(id, program)));
    const end = await load.run(programs.map(({ done }) => done));
    await Promise.all(disturbances);
    const history = historyOf(events);
    const untilMs = performance.now() + patienceMs;
    const model = workload.model === undefined ? undefined : catalogue.models.get(workload.model);
    // What is to be true in the end has some time to become true.
    while (!this.#judges.isSettled && performance.now() < untilMs) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    const verdict = this.#judges.judge({ history, model, recoveryUs: undefined });
    watching.stop();
    if (end === 'stalled') throw new Error('the clients were given up');
    if (this.#uncaught.length > 0) throw this.#uncaught[0];
    return { verdict, history, came: this.#judges.came() };
  }

  async tearDown(): Promise<void> {
    await Promise.all([...this.#nodes.values()].map(({ node }) => node.kill()));
  }

  /** All hosts, once in every turn of the event loop: what causes what is not seen out of order. */
  #watch(): { stop(): void } {
    let isOver = false;
    const look = () => {
      if (isOver) return;
      for (const id of this.#nodes.keys()) this.#observe(id);
      setImmediate(look);
    };
    look();
    return {
      stop: () => {
        isOver = true;
      },
    };
  }

  #observe(host: HostId): void {
    const { node, boots, up } = this.#nodes.get(host)!;
    const view = up ? node.view() : {};
    const state = Object.keys(view).length === 0 ? undefined : view;
    // As in a simulation, time begins with its epoch.
    const atUs = Math.round((performance.timeOrigin + performance.now()) * 1000) - epochUs;
    this.#judges.observe({ seq: 0, atUs, host, incarnation: boots, up, state });
  }

  #context(load: Load): WorkloadContext {
    const {
      workload: name,
      workloadOptions = [],
      options = [],
      clients = 4,
      keys = 2,
      rate = 1000,
    } = this.#plan;
    const servers = inOrder(this.#protocol, Object.keys(this.#addresses));
    const workload = catalogue.workloads.get(name)!;
    const values = valuesOf(options, this.#protocol.options);
    let given = 0;
    return {
      servers,
      clients,
      thinkUs: Math.round((1_000_000 * clients) / rate),
      keys: Array.from({ length: keys }, (_, index) => `k${index + 1}`),
      options: valuesOf(workloadOptions, workload.options),
      connect: (host) => this.#protocol.clients[workload.needs]!(host, servers, values as never),
      session: (host) => load.session(host),
      fresh: () => {
        given += 1;
        return given;
      },
    };
  }

  #serverProgram(id: HostId): AnyProgram {
    const values = valuesOf(this.#plan.options ?? [], this.#protocol.options);
    return roleOf(this.#protocol, id)!.role.program(values as never);
  }

  async #start(id: HostId, program: AnyProgram): Promise<{ done: Promise<void> }> {
    const address = this.#addresses[id];
    const listen =
      address === undefined ? {} : { listen: { host: '127.0.0.1', port: Number(address.split(':')[1]) } };
    const node = await withRetries(() =>
      nodeHost({
        id,
        peers: this.#addresses,
        peerIds: inOrder(this.#protocol, Object.keys(this.#addresses)),
        folder: join(this.#folder, id),
        limits: { backoffMsMin: 5, backoffMsMax: 50, flushMsMax: 200 },
        onUncaught: (error) => void this.#uncaught.push(error),
        ...listen,
      }),
    );
    this.#nodes.set(id, { node, boots: (this.#nodes.get(id)?.boots ?? 0) + 1, up: true });
    return { done: node.run(program) };
  }

  async #kill(id: HostId): Promise<void> {
    const life = this.#nodes.get(id)!;
    // What it showed in this very turn may have left already, and others act on it: as a vote that is counted.
    this.#observe(id);
    life.up = false;
    await life.node.kill();
  }
}

/** The checks of a scenario, over what real hosts show. */
class Judges {
  readonly #checks: readonly Check[];
  readonly #always: { observe(observation: Observation): Violation | undefined }[] = [];
  readonly #finally: { observe(observation: Observation): void; judge(): Verdict }[] = [];
  readonly #sometimes = new Map<string, { observe(observation: Observation): boolean }>();
  readonly #came = new Set<string>();
  readonly #violations: Violation[] = [];

  constructor(names: readonly string[]) {
    this.#checks = names.map((name) => catalogue.checks.get(name)!);
    for (const check of this.#checks) {
      const options = valuesOf([], check.options);
      if (check.kind === 'always') this.#always.push(check.claim(options).start());
      else if (check.kind === 'finally') this.#finally.push(check.claim(options).start());
      else if (check.kind === 'sometimes') this.#sometimes.set(check.name, check.claim(options).start());
    }
  }

  /** Something is broken for good, or all that is to be true in the end is. */
  get isSettled(): boolean {
    return this.#violations.length > 0 || this.#finally.every((fold) => fold.judge().verdict === 'held');
  }

  observe(observation: Observation): void {
    for (const fold of this.#always) {
      const violation = fold.observe(observation);
      if (violation !== undefined) this.#violations.push(violation);
    }
    for (const fold of this.#finally) fold.observe(observation);
    for (const [name, fold] of this.#sometimes) {
      if (!this.#came.has(name) && fold.observe(observation)) this.#came.add(name);
    }
  }

  judge(run: FinishedRun): Verdict {
    if (this.#violations.length > 0) return { verdict: 'broken', violations: this.#violations };
    const verdicts = this.#checks.map((check) =>
      check.kind === 'history'
        ? check.judge(run, valuesOf([], check.options))
        : ({ verdict: 'held' } as const),
    );
    return combined([...verdicts, ...this.#finally.map((fold) => fold.judge())]);
  }

  came(): string[] {
    return [...this.#came].sort();
  }
}

function valuesOf(words: readonly string[], table: Parameters<typeof optionValues>[1]) {
  const read = optionValues(words, table);
  if (!read.ok) throw new Error(read.message);
  return read.values;
}

/** The port of a killed host may for a moment be somebody's outgoing port. */
async function withRetries<T>(boot: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await boot();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE' || attempt === 50) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

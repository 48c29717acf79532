/** Puts the load of a workload on real servers, by the same clients as in a simulation, and records what they see. */
import { randomInt } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Host, HostId } from '../../protocols/host.ts';
import { type NodeHost, nodeHost } from '../../protocols/node-host.ts';
import type { HistoryEvent, OptionValues, Protocol, Workload, WorkloadContext } from '../index.ts';
import { Load, type LoadEnd, type LoadFigures } from './load.ts';
import { askAbout, type ServerAbout } from './operator.ts';
import { inOrder } from './servers.ts';

/** Who has answered, and what; undefined for hosts that `serve` does not run. */
export type Abouts = ReadonlyMap<HostId, ServerAbout | undefined>;

export interface DriveOptions {
  readonly protocol: Protocol;
  /** One that the protocol has a client for. */
  readonly workload: Workload;
  /** The addresses of all servers. */
  readonly servers: Readonly<Record<HostId, string>>;
  /** The protocol's options, from what the servers say of themselves; throws what is to end it. */
  options(abouts: Abouts): OptionValues;
  readonly workloadOptions: OptionValues;
  readonly clients: number;
  /** Operations a second, of all clients together. */
  readonly rate: number;
  readonly keys: number;
  /** After so many operations no more are begun. */
  readonly operations: number | undefined;
  /** After so long no more are begun. */
  readonly durationMs: number | undefined;
  /** How long the servers are waited for. */
  readonly waitMs: number;
  readonly signal: AbortSignal;
  /** Told of all that clients ask and are told, as it happens. */
  onEvent(event: HistoryEvent): void;
  /** Told who is waited for, if that takes long. */
  onWaiting?(servers: readonly HostId[]): void;
  /** Told, before the clients begin, who did not answer. */
  onSilent(silent: readonly HostId[]): void;
  /** Given a place to see how far it is. */
  onStart?(standing: () => LoadFigures): void;
}

export interface Driven extends LoadFigures {
  readonly end: LoadEnd | 'no server';
  /** Servers that answered neither before the clients began nor after they ended. */
  readonly silent: readonly HostId[];
  /** What the clients did not catch. */
  readonly uncaught: readonly string[];
}

/** Sends and answers of a host that comes back are not to wait long. */
const limits = { backoffMsMax: 200 } as const;
const askMs = 1000;
const pauseMs = 50;
const longMs = 1000;

/**
 * Works with keys, and under names, that no other drive has: what an earlier one left behind does not come into its
 * history, which therefore begins with nothing there.
 */
export async function drive(options: DriveOptions): Promise<Driven> {
  const tag = randomInt(36 ** 5, 36 ** 6).toString(36);
  const folder = await mkdtemp(join(tmpdir(), 'skerry-drive-'));
  const nodes: NodeHost[] = [];
  const boot = async (id: HostId, onUncaught: (error: unknown) => void): Promise<NodeHost> => {
    const { protocol, servers } = options;
    const peerIds = inOrder(protocol, Object.keys(servers));
    const own = join(folder, id);
    const node = await nodeHost({ id, peers: servers, peerIds, folder: own, limits, onUncaught });
    nodes.push(node);
    return node;
  };
  const uncaught: string[] = [];
  const rejected = (error: unknown) => void uncaught.push(told('a client', error));
  process.on('unhandledRejection', rejected);
  try {
    return await new Drive(options, tag, boot, uncaught).run();
  } finally {
    process.off('unhandledRejection', rejected);
    await Promise.all(nodes.map((node) => node.kill()));
    await rm(folder, { recursive: true, force: true });
  }
}

type Boot = (id: HostId, onUncaught: (error: unknown) => void) => Promise<NodeHost>;

class Drive {
  readonly #options: DriveOptions;
  readonly #tag: string;
  readonly #boot: Boot;
  readonly #uncaught: string[];

  constructor(options: DriveOptions, tag: string, boot: Boot, uncaught: string[]) {
    this.#uncaught = uncaught;
    this.#options = options;
    this.#tag = tag;
    this.#boot = boot;
  }

  async run(): Promise<Driven> {
    const { servers, signal, operations, durationMs, onEvent } = this.#options;
    const load = new Load({ operations, durationMs, signal, onEvent });
    const ids = Object.keys(servers);
    const operator = await this.#boot(`operator-${this.#tag}`, (error) => this.#note('the operator', error));
    const host = hostOf(operator);
    const abouts = await this.#meet(host, ids);
    const silent = ids.filter((id) => !abouts.has(id));
    const outcome = (end: Driven['end'], still: readonly HostId[]): Driven => ({
      ...load.figures(),
      end,
      silent: still,
      uncaught: this.#uncaught,
    });
    if (signal.aborted) return outcome('interrupted', []);
    if (abouts.size === 0) return outcome('no server', silent);
    this.#options.onSilent(silent);
    this.#options.onStart?.(() => load.figures());
    const end = await this.#load(load, abouts);
    const late = await Promise.all(
      silent.map(async (id) => (await askAbout(host, id, { timeoutMs: askMs })) === 'no answer'),
    );
    return outcome(
      end,
      silent.filter((_, index) => late[index]),
    );
  }

  /** Waits until all servers have answered, or the time is over. */
  async #meet(host: Host<never>, ids: readonly HostId[]): Promise<Abouts> {
    const { waitMs, signal } = this.#options;
    const abouts = new Map<HostId, ServerAbout | undefined>();
    const untilMs = performance.now() + waitMs;
    const telling = setTimeout(() => this.#options.onWaiting?.(ids.filter((id) => !abouts.has(id))), longMs);
    await Promise.all(
      ids.map(async (id) => {
        for (;;) {
          const leftMs = untilMs - performance.now();
          if (leftMs <= 0 || signal.aborted) return;
          const about = await askAbout(host, id, { timeoutMs: Math.min(askMs, leftMs), signal });
          if (about !== 'no answer') {
            abouts.set(id, about === 'not served' ? undefined : about);
            return;
          }
          await host.clock.sleep(pauseMs);
        }
      }),
    );
    clearTimeout(telling);
    // In the order of the servers, not of their answers.
    return new Map(ids.filter((id) => abouts.has(id)).map((id) => [id, abouts.get(id)]));
  }

  async #load(load: Load, abouts: Abouts): Promise<LoadEnd> {
    const { clients, workload } = this.#options;
    const context = this.#context(load, this.#options.options(abouts));
    const program = workload.program(context);
    const ids = Array.from({ length: clients }, (_, index) => `c${index + 1}-${this.#tag}`);
    const nodes = await Promise.all(ids.map((id) => this.#boot(id, (error) => this.#note(id, error))));
    const programs = nodes.map((node) => node.run(program));
    const end = await load.run(programs);
    // Whoever interrupts is not to wait until locks are given back and the like.
    const isOrderly = end !== 'interrupted' && end !== 'stalled';
    await Promise.all(nodes.map((node) => (isOrderly ? node.stop() : node.kill())));
    return end;
  }

  #context(load: Load, values: OptionValues): WorkloadContext {
    const { protocol, workload, servers, clients, rate, keys, workloadOptions } = this.#options;
    const ids = inOrder(protocol, Object.keys(servers));
    const connect = protocol.clients[workload.needs]!;
    let given = 0;
    return {
      servers: ids,
      clients,
      thinkUs: Math.round((1_000_000 * clients) / rate),
      keys: Array.from({ length: keys }, (_, index) => `k${index + 1}-${this.#tag}`),
      options: workloadOptions,
      connect: (host) => connect(host, ids, values as never),
      session: (host) => load.session(host),
      fresh: () => {
        given += 1;
        return given;
      },
    };
  }

  #note(id: HostId, error: unknown): void {
    this.#uncaught.push(told(id, error));
  }
}

/** The host of a program that does nothing by itself. */
function hostOf(node: NodeHost): Host<never> {
  let host: Host<never> | undefined;
  void node.run((given: Host<never>) => {
    host = given;
  });
  return host!;
}

const told = (who: string, error: unknown): string =>
  `${who} did not catch ${error instanceof Error ? error.stack : String(error)}`;

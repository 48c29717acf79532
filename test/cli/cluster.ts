/** Real servers: a process each, on ports of this machine, with files in folders of their own. */
import type { ChildProcess } from 'node:child_process';
import type { Protocol } from '../../sim/entry/main.ts';
import { stateOf } from '../../sim/entry/main.ts';
import { freePorts } from '../contract/node.ts';
import type { Ended, Workplace } from './skerry.ts';

interface Life {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
}

const patienceMs = 60_000;

export class Cluster {
  /** By name. */
  readonly addresses: Readonly<Record<string, string>>;
  readonly #workplace: Workplace;
  readonly #protocol: string;
  readonly #words: readonly string[];
  readonly #lives = new Map<string, Life>();

  private constructor(
    workplace: Workplace,
    protocol: string,
    addresses: Record<string, string>,
    words: readonly string[],
  ) {
    this.addresses = addresses;
    this.#workplace = workplace;
    this.#protocol = protocol;
    this.#words = words;
  }

  /** Resolves when all of them listen. `words` go to every server. */
  static async start(
    workplace: Workplace,
    protocol: string,
    ids: readonly string[],
    words: readonly string[] = [],
  ): Promise<Cluster> {
    const ports = await freePorts(ids.length);
    const addresses = Object.fromEntries(ids.map((id, index) => [id, `127.0.0.1:${ports[index]}`]));
    const cluster = new Cluster(workplace, protocol, addresses, words);
    try {
      await Promise.all(ids.map((id) => cluster.boot(id)));
    } catch (error) {
      await cluster.end();
      throw error;
    }
    return cluster;
  }

  /** `n1=127.0.0.1:7001,…` */
  get servers(): string {
    return Object.entries(this.addresses)
      .map(([id, address]) => `${id}=${address}`)
      .join(',');
  }

  /** Starts a server that is down, on the files that it has; resolves when it listens. */
  async boot(id: string): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      const words = ['serve', this.#protocol, '--id', id, '--peers', this.servers, '--data', `data/${id}`];
      const { child, ended } = this.#workplace.start([...words, ...this.#words]);
      this.#lives.set(id, { child, ended });
      const listens = new Promise<true>((resolve) => child.stdout!.once('data', () => resolve(true)));
      if ((await Promise.race([listens, ended])) === true) return;
      const { code, error } = await ended;
      // The port of a killed server may for a moment be somebody's outgoing port.
      if (!/ is taken: /.test(error) || attempt === 20) throw new Error(`${id} ended with ${code}: ${error}`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  /** Resolves when it is dead. */
  async kill(id: string, signal: 'SIGKILL' | 'SIGTERM' | 'SIGINT' = 'SIGKILL'): Promise<Ended> {
    const { child, ended } = this.#lives.get(id)!;
    child.kill(signal);
    return await ended;
  }

  /** Resolves when a server has ended by itself. */
  async ended(id: string): Promise<Ended> {
    return await this.#lives.get(id)!.ended;
  }

  /** What the servers expose; undefined for those that do not answer. */
  async states(): Promise<Readonly<Record<string, Record<string, unknown> | undefined>>> {
    const states = await stateOf(this.addresses, 5000);
    return Object.fromEntries(
      [...states].map(([id, state]) => [id, typeof state === 'string' ? undefined : JSON.parse(state.json)]),
    );
  }

  /** Waits until something is true of what the servers expose. */
  async until<T>(
    what: string,
    look: (states: readonly (readonly [id: string, state: Record<string, unknown> | undefined])[]) => T,
  ): Promise<NonNullable<T>> {
    const untilMs = performance.now() + patienceMs;
    while (performance.now() < untilMs) {
      const found = look(Object.entries(await this.states()));
      if (found) return found;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    throw new Error(`waited in vain for ${what}`);
  }

  /** Nothing is left of it. */
  async end(): Promise<void> {
    await Promise.all([...this.#lives.keys()].map((id) => this.kill(id)));
  }
}

/** `n1`, `n2` … for all roles of a protocol, so many of the first one. */
export function idsOf(protocol: Protocol, first: number): string[] {
  return Object.values(protocol.roles).flatMap(({ prefix, count }, index) =>
    Array.from({ length: index === 0 ? first : count }, (_, at) => `${prefix}${at + 1}`),
  );
}

/**
 * Plays the body of a test in a run: it lives on a machine of its own, and everything that it awaits comes back to it as
 * an event of that machine, so that it never acts in the midst of somebody else's turn.
 */
import { type Host, type HostId, type Random, TimedOut } from '../../../protocols/host.ts';
import type { Clients, KvClient, Value } from '../../../protocols/protocol.ts';
import type { History } from '../../check/index.ts';
import { alarm } from '../../world/host.ts';
import type { Incarnation } from '../../world/incarnation.ts';
import type { Machine } from '../../world/machine.ts';
import type { Question, Reply, Session } from '../recorder.ts';
import { formatDuration, parseDuration } from '../scenario/index.ts';
import { type Backstage, directorsCheck, type Stage } from './stage.ts';
import type { FaultNow, Hosts, TestWorld, Trouble, VirtualTime } from './test-world.ts';
import { Troubles } from './troubles.ts';

export type Body = (world: TestWorld) => unknown;

/** Machines boot within the first ten milliseconds: a body finds everybody up. */
const everybodyIsUpUs = 10_001;
const withinDefault = '10s';

/** What a director must know of the run besides its stage. */
export interface Cast {
  readonly seed: string;
  /** The client libraries that the protocol has. */
  readonly libraries: readonly string[];
  /** One of them for a host. */
  connect(library: keyof Clients, host: Host<never>): unknown;
}

export class Director implements Stage {
  /** What the body threw, as it threw it. */
  thrown: { readonly error: unknown } | undefined;
  readonly #body: Body;
  readonly #cast: Cast;
  readonly #lives = new Map<HostId, Life>();
  readonly #waits = new Set<string[]>();
  #isOver = false;
  #world: StagedWorld | undefined;

  constructor(body: Body, cast: Cast) {
    this.#body = body;
    this.#cast = cast;
  }

  direct(host: Host<never>, backstage: Backstage): void {
    // One life: a body that is killed is over.
    if (this.#world !== undefined) return;
    const incarnation = backstage.world.machine(host.id).incarnation!;
    this.#world = new StagedWorld(host, incarnation, backstage, this.#cast, this.#lives, this.#waits);
    void this.#play(this.#world, incarnation, backstage);
  }

  enter(host: Host<never>): void {
    this.#lives.set(host.id, new Life(host));
  }

  unfinished(): string | undefined {
    if (this.#isOver) return undefined;
    const now = this.#world === undefined ? 'its start' : formatDuration(Math.round(this.#world.now * 1000));
    const what =
      [...this.#waits].map(([text]) => text).join(' and ') || 'something that is not of this world';
    return `the body of the test was not done at ${now}: it waits for ${what} ("duration" is the time that it has)`;
  }

  async #play(world: StagedWorld, incarnation: Incarnation, { end }: Backstage): Promise<void> {
    await alarm(incarnation, everybodyIsUpUs);
    try {
      await this.#body(world);
      this.#isOver = true;
      end();
    } catch (error) {
      this.#isOver = true;
      this.thrown = { error };
      end({ check: directorsCheck, message: messageOf(error), atUs: Math.round(world.now * 1000) });
    }
  }
}

/** One boot of a client machine, and what is at work on it. */
class Life {
  readonly host: Host<never>;
  readonly libraries = new Map<keyof Clients, unknown>();
  /** Sessions that have nothing to do: each does one thing at a time. */
  readonly idle: Session[] = [];

  constructor(host: Host<never>) {
    this.host = host;
  }
}

class StagedWorld implements TestWorld {
  readonly seed: string;
  readonly nodes: readonly HostId[];
  readonly clients: readonly HostId[];
  readonly random: Random;
  readonly #host: Host<never>;
  readonly #incarnation: Incarnation;
  readonly #backstage: Backstage;
  readonly #cast: Cast;
  readonly #lives: ReadonlyMap<HostId, Life>;
  readonly #waits: Set<string[]>;
  readonly #troubles: Troubles;
  /** Looked at after every turn; true if it is done with. */
  #lookouts: (() => boolean)[] | undefined;

  constructor(
    host: Host<never>,
    incarnation: Incarnation,
    backstage: Backstage,
    cast: Cast,
    lives: ReadonlyMap<HostId, Life>,
    waits: Set<string[]>,
  ) {
    const { world } = backstage;
    this.seed = cast.seed;
    this.nodes = world.serverMachines.map(({ id }) => id);
    this.clients = world.clientMachines.map(({ id }) => id);
    this.random = host.random;
    this.#host = host;
    this.#incarnation = incarnation;
    this.#backstage = backstage;
    this.#cast = cast;
    this.#lives = lives;
    this.#waits = waits;
    this.#troubles = new Troubles(world, backstage.faults);
  }

  get now(): number {
    return this.#backstage.world.nowUs / 1000;
  }

  get history(): History {
    return this.#backstage.history();
  }

  /** For matchers: how a check of the run stands. */
  standing(check: string) {
    return this.#backstage.standing(check);
  }

  client(id: HostId = 'c1'): KvClient {
    this.#life(id);
    this.#assertOffered('kv');
    const ask = (f: string, key: string, value: unknown, task: (store: KvClient) => Promise<Reply>) => {
      const question = { f, key, ...(value !== undefined && { value }) };
      return this.#perform(id, question, (life) => task(this.#library(life, 'kv') as KvClient));
    };
    return {
      get: async (key) =>
        (await ask('get', key, undefined, async (kv) => ({ value: await kv.get(key) }))).value as Value,
      put: async (key, value) =>
        void (await ask('put', key, value, (kv) => kv.put(key, value).then(() => ({})))),
      delete: async (key) =>
        void (await ask('delete', key, undefined, (kv) => kv.delete(key).then(() => ({})))),
      cas: async (key, from, to) =>
        (await ask('cas', key, [from, to], async (kv) => ({ ok: await kv.cas(key, from, to) }))).ok!,
    };
  }

  use<L extends keyof Clients, T>(
    library: L,
    task: (client: ReturnType<NonNullable<Clients[L]>>) => T | Promise<T>,
    id: HostId = 'c1',
  ): Promise<T> {
    this.#assertOffered(library);
    return this.#onLife(id, `what ${id} does`, (life) => task(this.#library(life, library) as never));
  }

  on<T>(id: HostId, task: (host: Host<never>) => T | Promise<T>): Promise<T> {
    return this.#onLife(id, `what ${id} does`, (life) => task(life.host));
  }

  operate(
    question: Question,
    task: (host: Host<never>) => Promise<Reply>,
    id: HostId = 'c1',
  ): Promise<Reply> {
    return this.#perform(id, question, (life) => task(life.host));
  }

  sleep(time: VirtualTime): Promise<void> {
    const us = microseconds(time);
    return this.#own(alarm(this.#incarnation, us), `the end of a sleep of ${formatDuration(us)}`, true);
  }

  async until(
    isSo: () => boolean,
    { within = withinDefault, what = 'what it waits until' }: { within?: VirtualTime; what?: string } = {},
  ): Promise<void> {
    const patienceUs = microseconds(within);
    const untilUs = this.#backstage.world.nowUs + patienceUs;
    while (!isSo()) {
      const isLate = await this.#own(this.#seen(isSo, untilUs), what, true);
      if (isLate && !isSo())
        throw new Error(`${what} did not come true within ${formatDuration(patienceUs)}`);
    }
  }

  async leader({ within = withinDefault }: { within?: VirtualTime } = {}): Promise<HostId> {
    const term = (id: HostId): number => Number(this.exposed(id)?.term ?? 0);
    const leaders = () =>
      this.nodes
        .filter((id) => this.exposed(id)?.role === 'leader')
        .sort((left, right) => term(right) - term(left));
    await this.until(() => leaders().length > 0, { within, what: 'a leader' });
    return leaders()[0]!;
  }

  exposed<V extends object = Record<string, unknown>>(id: HostId): V | undefined {
    return this.#backstage.world.machine(id).state() as V | undefined;
  }

  isUp(id: HostId): boolean {
    return this.#backstage.world.machine(id).up;
  }

  kill(hosts: Hosts, { storage = 'lose-unsynced' }: Parameters<TestWorld['kill']>[1] = {}): Trouble {
    return this.#troubles.onEach(hosts, (targets) => ({ kill: { targets, storage } }) as FaultNow);
  }

  restart(hosts: HostId | readonly HostId[]): void {
    this.#troubles.restart(typeof hosts === 'string' ? [hosts] : hosts);
  }

  partition(shape: Parameters<TestWorld['partition']>[0]): Trouble {
    const isGroups = Array.isArray(shape);
    return this.fault({
      partition: isGroups ? { groups: shape.map((group) => [...group]) } : shape,
    } as FaultNow);
  }

  isolate(hosts: Hosts): Trouble {
    return this.fault({ partition: { isolate: this.#troubles.targets(hosts) } } as FaultNow);
  }

  pause(hosts: Hosts): Trouble {
    return this.fault({ pause: { targets: this.#troubles.targets(hosts) } } as FaultNow);
  }

  fault(fault: FaultNow): Trouble {
    return this.#troubles.start(fault);
  }

  heal(): void {
    this.#backstage.faults.endAll();
  }

  note(text: string): void {
    this.#host.log(text);
  }

  /** @throws TypeError if there is no such client */
  #life(id: HostId): Life {
    const life = this.#lives.get(id);
    if (life !== undefined) return life;
    throw new TypeError(`there is no client "${id}"; there are ${this.clients.join(', ')}`);
  }

  /** @throws TypeError if the protocol has no such library */
  #assertOffered(library: string): void {
    const { libraries } = this.#cast;
    if (libraries.includes(library)) return;
    const known = libraries.length === 0 ? 'none' : libraries.join(', ');
    throw new TypeError(
      `the protocol has no client library "${library}" (it has ${known}); world.on(…) runs one of your own`,
    );
  }

  #library(life: Life, name: keyof Clients): unknown {
    const known = life.libraries.get(name);
    if (known !== undefined) return known;
    const made = this.#cast.connect(name, life.host);
    life.libraries.set(name, made);
    return made;
  }

  async #perform(id: HostId, question: Question, task: (life: Life) => Promise<Reply>): Promise<Reply> {
    const { f, key } = question;
    const label = `${id}'s ${f}${key === undefined ? '' : ` "${key}"`}`;
    let thrown: { readonly error: unknown } | undefined;
    const reply = await this.#onLife(id, label, async (life) => {
      const session = life.idle.pop() ?? this.#backstage.session(life.host);
      const run = async () => {
        try {
          return await task(life);
        } catch (error) {
          thrown = { error };
          throw error;
        }
      };
      const answer = await session.operate(question, run);
      life.idle.push(session);
      return answer;
    });
    if (thrown !== undefined) throw thrown.error;
    return reply!;
  }

  /** Runs a task in a turn of a client; it ends at the latest with that client's life. */
  #onLife<T>(id: HostId, label: string, task: (life: Life) => T | Promise<T>): Promise<T> {
    const life = this.#life(id);
    const { incarnation } = this.#backstage.world.machine(id);
    if (incarnation === undefined) return Promise.reject(new TimedOut(`${id} is down`));
    const done = new Promise<T>((resolve, reject) => {
      const begin = async () => resolve(await task(life));
      void alarm(incarnation, 0).then(begin).catch(reject);
      void incarnation.ended.then(() => reject(new TimedOut(`${id} was killed`)));
    });
    return this.#own(done, label);
  }

  /** What a promise comes to, as an event of the director's own; `isOwn` says that it is one already. */
  #own<T>(promise: Promise<T>, label: string, isOwn = false): Promise<T> {
    const wait = [label];
    this.#waits.add(wait);
    const back = async () => {
      if (!isOwn) await alarm(this.#incarnation, 0);
      this.#waits.delete(wait);
    };
    return promise.then(
      (value) => back().then(() => value),
      (error) =>
        back().then(() => {
          throw error;
        }),
    );
  }

  /** Resolves after a turn in which something became so, or with true when it is too late. */
  #seen(isSo: () => boolean, untilUs: number): Promise<boolean> {
    const { world } = this.#backstage;
    if (this.#lookouts === undefined) {
      this.#lookouts = [];
      world.watch({ turn: (machine) => this.#look(machine) });
    }
    return new Promise((resolve, reject) => {
      const wake = (isLate: boolean) => void alarm(this.#incarnation, 0).then(() => resolve(isLate));
      let isDone = false;
      void alarm(this.#incarnation, Math.max(0, untilUs - world.nowUs)).then(() => {
        if (isDone) return;
        isDone = true;
        wake(true);
      });
      this.#lookouts!.push(() => {
        if (isDone) return true;
        try {
          isDone = isSo();
          if (isDone) wake(false);
        } catch (error) {
          isDone = true;
          reject(error);
        }
        return isDone;
      });
    });
  }

  #look(machine: Machine): void {
    if (machine.incarnation === this.#incarnation || this.#lookouts!.length === 0) return;
    this.#lookouts = this.#lookouts!.filter((isDone) => !isDone());
  }
}

function microseconds(time: VirtualTime): number {
  if (typeof time === 'number') {
    if (time >= 0 && time < 1e12) return Math.round(time * 1000);
    throw new RangeError(`a duration is a number of milliseconds from 0, or text such as 2s, not ${time}`);
  }
  const reading = parseDuration(time);
  if (reading.ok) return reading.value;
  throw new RangeError(reading.hint === undefined ? reading.message : `${reading.message}; ${reading.hint}`);
}

const messageOf = (error: unknown): string => {
  const text = error instanceof Error ? error.message : `it threw ${String(error)}`;
  return text === '' ? 'it threw an error without a message' : text;
};

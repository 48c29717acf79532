/** The client's half: finds the owners of a key, loads what is missing, writes, and remembers what it has seen. */
import { type Host, type HostId, isRefused, isTimedOut, Refused, TimedOut } from '../host.ts';
import { type DirectoryWire, Lookout } from '../placement/directory.ts';
import { ring } from '../placement/ring.ts';
import { Views } from '../placement/view.ts';
import type { KvClient, Value } from '../protocol.ts';
import { type CacheClient, type Statistics, sum } from './cache.ts';
import type { CacheWire, Operation, Versioned, Write, Written } from './messages.ts';
import { type CachingOptions, isStore } from './options.ts';
import type { CachingRules } from './rules.ts';
import { Seen } from './session.ts';

const pauseMs = 10;

interface Session {
  readonly name: string;
  sequence: number;
}

/** What a client knows of an operation that has not succeeded. */
interface Attempts {
  readonly deadline: number;
  mayHaveHappened: boolean;
}

export function cacheClient(
  host: Host<CacheWire>,
  servers: readonly HostId[],
  options: CachingOptions,
  rules: CachingRules,
): CacheClient {
  return new Client(host, servers, options, rules);
}

/** The store without its caches. */
export function storeClient(
  host: Host<CacheWire>,
  servers: readonly HostId[],
  options: CachingOptions,
  rules: CachingRules,
): KvClient {
  const client = new Client(host, servers, options, rules);
  return {
    get: async (key) => (await client.read(key)).value,
    put: async (key, value) => void (await client.write(key, { f: 'put', value }, true)),
    delete: async (key) => void (await client.write(key, { f: 'put', value: null }, true)),
    cas: async (key, from, to) => (await client.write(key, { f: 'cas', from, to }, true)).isDone,
  };
}

class Client implements CacheClient {
  readonly #host: Host<CacheWire>;
  readonly #options: CachingOptions;
  readonly #rules: CachingRules;
  readonly #store: HostId;
  readonly #views: Views;
  readonly #lookout: Lookout;
  /** A client that is started again has other sessions. */
  readonly #life: number;
  readonly #idle: Session[] = [];
  #sessions = 0;
  /** What this client has read or written. That is its session, and ends with it. */
  readonly #seen: Seen;

  constructor(
    host: Host<CacheWire>,
    servers: readonly HostId[],
    options: CachingOptions,
    rules: CachingRules,
  ) {
    this.#host = host;
    this.#options = options;
    this.#rules = rules;
    this.#store = servers.find(isStore)!;
    this.#life = host.random.below(2 ** 32, 'session');
    this.#seen = new Seen(options.sessionKeys);
    this.#views = new Views(ring(options.points));
    const views = host.mount<DirectoryWire>('views');
    this.#lookout = new Lookout(views, this.#store, options.storeTimeout, this.#views);
  }

  async get(key: string): Promise<Value> {
    const attempts = this.#begin();
    const owners = await this.#owners(key);
    const first = owners.length === 0 ? 0 : this.#host.random.below(owners.length, 'first owner');
    const isTimeLeft = () => this.#left(attempts) > this.#options.storeTimeout;
    for (let silent = 0; silent < owners.length && isTimeLeft(); ) {
      const own = await this.#owners(key);
      const answer = await this.#ask(own[(first + silent) % own.length]!, key, attempts);
      if (answer === undefined) silent += 1;
      else if (answer === 'again') await this.#host.clock.sleep(this.#options.leaseWait);
      else return this.#noted(key, answer).value;
    }
    // No cache answers, or somebody else is loading the value for ever: the store has it.
    return (await this.read(key, attempts)).value;
  }

  async set(key: string, value: Value): Promise<void> {
    await this.write(key, { f: 'put', value });
  }

  async delete(key: string): Promise<void> {
    await this.write(key, { f: 'put', value: null });
  }

  async invalidateAll(pattern: string): Promise<number> {
    const attempts = this.#begin();
    // A cache that has joined since this client last looked may have cached what matches.
    while (!(await this.#lookout.refreshAnew())) {
      if (this.#left(attempts) <= 0) throw new Refused('nobody says who the caches are');
      await this.#host.clock.sleep(pauseMs);
    }
    const timeoutMs = this.#options.attemptTimeout;
    let dropped = 0;
    const asked = new Set<HostId>();
    // A cache that has joined in the meantime is asked as well.
    for (let member = this.#unasked(asked); member !== undefined; member = this.#unasked(asked)) {
      if (this.#left(attempts) <= 0) throw new TimedOut(`${member} has not said that its entries are gone`);
      try {
        const ask = { pattern, view: this.#views.version };
        const answer = await this.#host.call(member, 'invalidateAll', ask, { timeoutMs });
        dropped += answer.dropped;
        asked.add(member);
        this.#lookout.adopt(answer.views);
      } catch (error) {
        expected(error);
        // It may have left.
        await this.#lookout.refresh();
        await this.#host.clock.sleep(pauseMs);
      }
    }
    return dropped;
  }

  async statistics(): Promise<Statistics> {
    await this.#lookout.refresh();
    const timeoutMs = this.#options.attemptTimeout;
    const members = this.#views.latest?.members ?? [];
    return sum(
      await Promise.all(members.map(({ id }) => this.#host.call(id, 'statistics', null, { timeoutMs }))),
    );
  }

  /** Asks the store, as often as it takes. */
  async read(key: string, attempts = this.#begin()): Promise<Versioned> {
    for (;;) {
      const left = this.#left(attempts);
      if (left <= 0) throw this.#failure(attempts, 'the store');
      const found = await this.#readOnce(key, left);
      if (found !== undefined) return this.#noted(key, found);
      await this.#host.clock.sleep(pauseMs);
    }
  }

  /** Writes through the owner, if that is the strategy and one answers, and otherwise to the store. */
  async write(key: string, operation: Operation, isDirect = false): Promise<Written> {
    const session = this.#idle.pop() ?? this.#begun();
    session.sequence += 1;
    const write: Write = { key, operation, session: session.name, sequence: session.sequence };
    const attempts = this.#begin();
    try {
      const isThrough = this.#options.strategy === 'write-through' && !isDirect;
      const through = isThrough ? await this.#writeThrough(write, attempts) : undefined;
      const written = through ?? (await this.#writeToStore(write, attempts));
      if (written.isDone) this.#seen.note(key, written.version);
      if (through === undefined && !isDirect) await this.#tellOwners(key, written.version);
      return written;
    } finally {
      // A late copy will find that the session has gone on.
      this.#idle.push(session);
    }
  }

  /** What an owner says: undefined if nothing, `again` if it should be asked again. */
  async #ask(owner: HostId, key: string, attempts: Attempts): Promise<Versioned | 'again' | undefined> {
    const ask = { key, view: this.#views.version, atLeast: this.#rules.atLeast(this.#seen.atLeast(key)) };
    const timeoutMs = Math.min(this.#options.attemptTimeout, this.#left(attempts));
    try {
      const found = await this.#host.call(owner, 'get', ask, { timeoutMs });
      switch (found.status) {
        case 'found':
          return found;
        case 'lease': {
          const { token } = found;
          const loaded = await this.#readOnce(key, this.#left(attempts));
          if (loaded === undefined) return undefined;
          this.#host.send(owner, 'fill', { key, token, ...loaded });
          return loaded;
        }
        case 'wait':
          return 'again';
        case 'ask the store':
          return undefined;
        case 'not an owner':
          this.#lookout.adopt(found.views);
          return found.views.length > 0 ? 'again' : undefined;
      }
    } catch (error) {
      expected(error);
      void this.#lookout.refresh();
      return undefined;
    }
  }

  async #readOnce(key: string, leftMs: number): Promise<Versioned | undefined> {
    const timeoutMs = Math.min(this.#options.storeTimeout, leftMs);
    if (timeoutMs <= 0) return undefined;
    try {
      const { value, version } = await this.#host.call(this.#store, 'read', { key }, { timeoutMs });
      return { value, version };
    } catch (error) {
      expected(error);
      return undefined;
    }
  }

  async #writeThrough(write: Write, attempts: Attempts): Promise<Written | undefined> {
    const owners = await this.#owners(write.key);
    for (let silent = 0; silent < owners.length && this.#left(attempts) > 0; ) {
      const own = await this.#owners(write.key);
      const owner = own[silent % own.length]!;
      const timeoutMs = Math.min(this.#options.attemptTimeout, this.#left(attempts));
      try {
        const answer = await this.#host.call(
          owner,
          'set',
          { ...write, view: this.#views.version },
          { timeoutMs },
        );
        if (answer.status === 'done') return answer;
        this.#lookout.adopt(answer.views);
        if (answer.views.length === 0) silent += 1;
      } catch (error) {
        expected(error);
        if (!isRefused(error)) attempts.mayHaveHappened = true;
        void this.#lookout.refresh();
        silent += 1;
      }
    }
    return undefined;
  }

  async #writeToStore(write: Write, attempts: Attempts): Promise<Written> {
    for (;;) {
      const left = this.#left(attempts);
      if (left <= 0) throw this.#failure(attempts, 'the store');
      try {
        const timeoutMs = Math.min(this.#options.storeTimeout, left);
        return await this.#host.call(this.#store, 'write', write, { timeoutMs });
      } catch (error) {
        expected(error);
        if (!isRefused(error)) attempts.mayHaveHappened = true;
      }
      await this.#host.clock.sleep(pauseMs);
    }
  }

  /** Whom the message does not reach learns of it from the store, or not before its entry is over. */
  async #tellOwners(key: string, version: number): Promise<void> {
    if (this.#options.invalidation === 'none') return;
    for (const owner of await this.#owners(key)) this.#host.send(owner, 'invalidate', { key, version });
  }

  async #owners(key: string): Promise<readonly HostId[]> {
    if (this.#views.version === 0) await this.#lookout.refresh();
    return this.#views.owners(key, this.#options.copies);
  }

  #unasked(asked: ReadonlySet<HostId>): HostId | undefined {
    return this.#views.latest?.members.find(({ id }) => !asked.has(id))?.id;
  }

  #noted(key: string, found: Versioned): Versioned {
    this.#seen.note(key, found.version);
    return found;
  }

  #begun(): Session {
    this.#sessions += 1;
    return { name: `${this.#host.id} ${this.#life} ${this.#sessions}`, sequence: 0 };
  }

  #begin(): Attempts {
    return { deadline: this.#host.clock.elapsed() + this.#options.requestTimeout, mayHaveHappened: false };
  }

  #left({ deadline }: Attempts): number {
    return deadline - this.#host.clock.elapsed();
  }

  #failure({ mayHaveHappened }: Attempts, who: string): Error {
    const { requestTimeout } = this.#options;
    return mayHaveHappened
      ? new TimedOut(`${who} has not answered within ${requestTimeout} ms`)
      : new Refused(`${who} was not to be reached for ${requestTimeout} ms`);
  }
}

function expected(error: unknown): void {
  if (!isRefused(error) && !isTimedOut(error)) throw error;
}

/**
 * A server that keeps the keys that are its own, and moves them when that changes. A key goes from owner to owner in the
 * order of the views: whoever it belongs to since view v asks the owner before, which stops serving it, durably, before
 * it answers. So it has one owner at any time, whichever views servers and clients know.
 */
import { inBackground } from '../background.ts';
import { CompactedJournal, type LogView } from '../compacted-journal.ts';
import { type Host, type HostId, isRefused, isTimedOut, Refused } from '../host.ts';
import { Lookout } from './directory.ts';
import type { Answer, Handed, PlacementWire, Request } from './messages.ts';
import { isDirectory, type PlacementOptions } from './options.ts';
import { has, type KeyRecord, onHandOver, operated } from './record.ts';
import type { PlacementRules } from './rules.ts';
import { type Place, Views } from './view.ts';

/** What a server shows. */
export interface ServerView {
  readonly role: 'server';
  /** Of the latest view that it knows. */
  readonly version: number;
  readonly members: readonly HostId[];
  /** Keys that it has, and has not given to another server. */
  readonly has: readonly string[];
  /** Where it takes the keys to belong that it has or had. */
  readonly owners: readonly (readonly [key: string, owner: HostId])[];
  /** Keys that it got from another server since its start. */
  readonly received: number;
  readonly log: LogView;
}

export function placementServer(options: PlacementOptions, place: Place, rules: PlacementRules) {
  return async (host: Host<PlacementWire>): Promise<void> => {
    const opened = CompactedJournal.open(host.disk, 'keys.log', options.compactionRecords);
    const ready = opened.then(({ journal, records }) => {
      const server = new Server(host, options, place, rules, journal);
      for (const bytes of records) server.restore(JSON.parse(new TextDecoder().decode(bytes)) as KeyRecord);
      return server;
    });
    // Whoever awaits `ready` below learns of an error; the handlers must not let it go uncaught a second time.
    ready.catch(() => {});
    host.on('operate', async (request) => (await ready).operate(request));
    host.on('handOver', async ({ key, since }, from) => (await ready).handOver(key, since, from));
    host.on('received', async ({ key, since }) => (await ready).received(key, since));
    host.on('offer', async ({ keys, version }) => (await ready).offered(keys, version));
    await (await ready).run();
  };
}

class Server {
  readonly #host: Host<PlacementWire>;
  readonly #options: PlacementOptions;
  readonly #rules: PlacementRules;
  readonly #journal: CompactedJournal;
  readonly #lookout: Lookout;
  readonly #views: Views;
  readonly #records = new Map<string, KeyRecord>();
  /** Keys that it has, and that belong to others in the view that was looked at last. */
  readonly #foreign = new Set<string>();
  #lookedAt = 0;
  /** Keys on their way here, by key and tenure. */
  readonly #coming = new Map<string, Promise<void>>();
  #received = 0;
  #shown: ServerView | null = null;

  constructor(
    host: Host<PlacementWire>,
    options: PlacementOptions,
    place: Place,
    rules: PlacementRules,
    journal: CompactedJournal,
  ) {
    this.#host = host;
    this.#options = options;
    this.#rules = rules;
    this.#journal = journal;
    this.#views = new Views(rules.place ?? place);
    const directory = host.peers.find(isDirectory)!;
    this.#lookout = new Lookout(host as never, directory, options.callTimeout, this.#views, () =>
      this.#changed(),
    );
    host.expose((): ServerView => this.#show());
  }

  /** Takes in a record from the journal; later ones replace earlier ones. */
  restore(record: KeyRecord): void {
    this.#records.set(record.key, record);
  }

  async run(): Promise<void> {
    for (;;) {
      await this.#lookout.refresh();
      this.#offerAll();
      await this.#host.clock.sleep(this.#options.viewInterval);
    }
  }

  async operate({ operation, session, sequence, version }: Request): Promise<Answer> {
    const { key } = operation;
    if (!(await this.#lookout.reaches(Math.max(1, version)))) {
      throw new Refused(`${this.#host.id} does not know view ${version} yet`);
    }
    for (;;) {
      const views = this.#views.after(version);
      if (this.#views.owner(key) !== this.#host.id) return { status: 'not the owner', views };
      if (this.#mayServe(key)) break;
      await this.#get(key, this.#views.version);
    }
    const record = this.#records.get(key)!;
    const done = operated(record, operation, session, sequence);
    if (done === null) throw new Refused(`session ${session} has gone on since operation ${sequence}`);
    if (done.record !== record) this.#write(done.record);
    // What was read may not be durable yet, either.
    await this.#journal.sync();
    return { status: 'done', result: done.result, views: this.#views.after(version) };
  }

  async handOver(key: string, since: number, to: HostId): Promise<Handed> {
    if (!(await this.#lookout.reaches(since)))
      throw new Refused(`${this.#host.id} does not know view ${since} yet`);
    const before = since - 1;
    if (this.#views.owner(key, before) !== this.#host.id) {
      throw new Refused(`${JSON.stringify(key)} did not belong to ${this.#host.id} before view ${since}`);
    }
    const tenure = this.#rules.tenure(this.#views, key, before).since;
    for (;;) {
      const record = this.#records.get(key);
      const deed = onHandOver(record, since, tenure);
      if (deed === 'refuse') throw new Refused(`${JSON.stringify(key)} has gone on since view ${since}`);
      if (deed === 'get it first') {
        await this.#get(key, before);
        continue;
      }
      const { value, done } = record!;
      if (deed === 'give') {
        this.#host.log('gave a key', { key, to, view: since });
        this.#write({ ...record!, given: since });
      }
      await this.#journal.sync();
      return { value, done };
    }
  }

  /** Only that it was given needs to be known from now on. */
  received(key: string, since: number): void {
    const record = this.#records.get(key);
    if (record?.given !== since || (record.value === null && record.done.length === 0)) return;
    this.#write({ ...record, value: null, done: [] });
    inBackground(this.#host.clock, this.#journal.sync());
  }

  async offered(keys: readonly string[], version: number): Promise<void> {
    if (!(await this.#lookout.reaches(version))) return;
    for (const key of keys) {
      if (this.#views.owner(key) !== this.#host.id || this.#mayServe(key)) continue;
      await this.#get(key, this.#views.version).catch(expected);
    }
  }

  #mayServe(key: string): boolean {
    const { version } = this.#views;
    return has(this.#records.get(key), this.#rules.tenure(this.#views, key, version).since);
  }

  /** Gets a key that belongs to this server in that view from the owner before, if there was one. */
  #get(key: string, version: number): Promise<void> {
    const { since, before } = this.#rules.tenure(this.#views, key, version);
    const name = `${since} ${key}`;
    let coming = this.#coming.get(name);
    if (coming === undefined) {
      coming = this.#fetch(key, since, before).finally(() => this.#coming.delete(name));
      this.#coming.set(name, coming);
    }
    return coming;
  }

  async #fetch(key: string, since: number, before: HostId | null): Promise<void> {
    const handed = before === null ? { value: null, done: [] } : await this.#ask(before, key, since);
    // Another tenure may have begun, or this one gone by, in the meantime.
    const known = this.#records.get(key);
    if (known !== undefined && known.since >= since) return;
    if (before === null) this.#host.log('took a key that nobody had before', { key, view: since });
    else this.#host.log('got a key', { key, from: before, view: since });
    this.#write({ key, ...handed, since, given: null });
    await this.#journal.sync();
    if (before === null) return;
    this.#received += 1;
    this.#host.send(before, 'received', { key, since });
  }

  async #ask(before: HostId, key: string, since: number): Promise<Handed> {
    try {
      return await this.#host.call(
        before,
        'handOver',
        { key, since },
        { timeoutMs: this.#options.callTimeout },
      );
    } catch (error) {
      // The operation that waits for it has not been done, so that it is refused whatever has become of the key.
      expected(error);
      throw new Refused(`${before} has not handed over ${JSON.stringify(key)}`);
    }
  }

  /** Keys that belong to others now, so that they are moved even if no client asks for them. */
  #offerAll(): void {
    const { version } = this.#views;
    if (version !== this.#lookedAt) for (const record of this.#records.values()) this.#lookAt(record);
    this.#lookedAt = version;
    const offers = new Map<HostId, string[]>();
    for (const key of this.#foreign) {
      const owner = this.#views.owner(key)!;
      const keys = offers.get(owner) ?? [];
      offers.set(owner, keys);
      keys.push(key);
    }
    for (const [owner, keys] of offers) this.#host.send(owner, 'offer', { keys, version });
  }

  #lookAt({ key, given }: KeyRecord): void {
    const owner = this.#views.owner(key);
    if (given === null && owner !== undefined && owner !== this.#host.id) this.#foreign.add(key);
    else this.#foreign.delete(key);
  }

  #write(record: KeyRecord): void {
    this.#records.set(record.key, record);
    this.#lookAt(record);
    this.#journal.append(encode(record));
    if (this.#journal.hasGrown) this.#journal.rewrite([...this.#records.values()].map(encode));
    this.#changed();
  }

  #changed(): void {
    this.#shown = null;
  }

  #show(): ServerView {
    const { latest, version } = this.#views;
    this.#shown ??= {
      role: 'server',
      version,
      members: latest?.members.map(({ id }) => id) ?? [],
      has: [...this.#records.values()].filter(({ given }) => given === null).map(({ key }) => key),
      owners: version === 0 ? [] : [...this.#records.keys()].map((key) => [key, this.#views.owner(key)!]),
      received: this.#received,
      log: this.#journal.view,
    };
    return this.#shown;
  }
}

const encode = (record: KeyRecord): Uint8Array => new TextEncoder().encode(JSON.stringify(record));

function expected(error: unknown): void {
  if (!isRefused(error) && !isTimedOut(error)) throw error;
}

/** The shell of a host: serves clients from its own copy, and resolves its differences with others round by round. */
import type { LogView } from '../compacted-journal.ts';
import type { Host, HostId } from '../host.ts';
import { covers, type Entry, type Seen, stampText, union } from './entries.ts';
import type { GossipWire } from './messages.ts';
import type { GossipOptions } from './options.ts';
import { Replica } from './replica.ts';
import { Rumours } from './rumours.ts';
import { forgetfulStore, openStore, type Store } from './store.ts';
import type { TombstoneRules } from './tombstones.ts';

/** What claims, reports and operators may see. */
export interface GossipView {
  /** Counts the changes of the copy in this life: what is shown is the same as long as this is. */
  readonly revision: number;
  /** Tombstones included. */
  readonly entries: ReadonlyMap<string, Entry>;
  /** Tombstones that were dropped in this life. */
  readonly forgotten: number;
  readonly log: LogView;
}

/** The program of a host. It answers nobody before it has read its log. */
export const gossipNode =
  (options: GossipOptions, rules: TombstoneRules) =>
  async (host: Host<GossipWire>): Promise<void> => {
    const replica = new Replica(rules);
    const whole = () => ({ entries: [...replica.entries.values()], seen: replica.seen });
    const opened = options.durable
      ? openStore(host.disk, options.compactionRecords, whole)
      : Promise.resolve(forgetfulStore);
    const ready = opened.then((store) => new Node(host, options, replica, store));
    // Whoever awaits `ready` below learns of an error; the handlers must not let it go uncaught a second time.
    ready.catch(() => {});
    host.on('read', async ({ key }) => ({ value: (await ready).replica.value(key) }));
    host.on('write', async ({ key, value }, client) => (await ready).write(key, value, client));
    host.on('exchange', async (ask) => (await ready).compare(ask));
    host.on('update', async ({ entries, seen, basis }, from) => {
      const node = await ready;
      // Of an earlier life, which had seen more: the entries are welcome, but they are not all that is lacking.
      if (covers(node.replica.seen, basis)) await node.merge(entries, seen, from);
      else await node.learn(entries, {}, from);
    });
    host.on('rumour', async ({ entries }, from) => ({ news: await (await ready).learn(entries, {}, from) }));
    (await ready).start();
  };

class Node {
  readonly replica: Replica;
  readonly #host: Host<GossipWire>;
  readonly #options: GossipOptions;
  readonly #store: Store;
  readonly #rumours: Rumours;
  readonly #others: readonly HostId[];
  readonly #seenBy = new Map<HostId, Seen>();
  /** Without a disk each life is a writer of its own, for it does not know which versions the others gave. */
  readonly #writer: string;
  #round = 0;

  constructor(host: Host<GossipWire>, options: GossipOptions, replica: Replica, store: Store) {
    this.#host = host;
    this.#options = options;
    this.#store = store;
    this.replica = replica;
    this.#rumours = new Rumours(options.rumours);
    this.#others = host.peers.filter((peer) => peer !== host.id);
    this.#writer = options.durable ? host.id : `${host.id}~${host.random.below(2 ** 32, 'life')}`;
    for (const { entries, seen } of store.records) replica.apply(entries, seen, host.clock.elapsed());
    host.expose(
      (): GossipView => ({
        revision: replica.revision,
        entries: replica.entries,
        forgotten: replica.forgotten,
        log: store.log,
      }),
    );
  }

  start(): void {
    const { clock, random } = this.#host;
    const { interval } = this.#options;
    // So that not all of them turn to others at the same time.
    clock.after(random.below(Math.ceil(interval), 'phase'), () => this.#rounds());
  }

  async write(key: string, value: Entry['value'], client: HostId): Promise<void> {
    const entry = this.replica.compose(this.#writer, key, value);
    this.#host.log(value === null ? 'deletes' : 'puts', { ...entryText(entry), for: client });
    // Nobody sees it before it is durable: or a later life might give its version again.
    await this.#take([entry], { [this.#writer]: entry.version });
  }

  /** What the others need to resolve their differences with this host. */
  compare({
    digest,
    wants,
    offers,
  }: Parameters<GossipWire['exchange']>[0]): ReturnType<GossipWire['exchange']> {
    const { replica } = this;
    return {
      entries: wants ? replica.newerThan(digest) : [],
      needs: offers ? digest.filter((line) => replica.lacks(line)).map(({ key }) => key) : [],
      seen: replica.seen,
    };
  }

  /** Takes in what `from` handed over, and with it, since that was all that was lacking, what it has seen. */
  async merge(entries: readonly Entry[], seen: Seen, from: HostId): Promise<void> {
    await this.learn(entries, seen, from);
    this.#note(from, seen);
  }

  /** What another host says that it has seen. */
  #note(host: HostId, seen: Seen): void {
    this.#seenBy.set(host, union(this.#seenBy.get(host) ?? {}, seen));
  }

  /** Takes in what is news: the keys of which it was. */
  async learn(entries: readonly Entry[], seen: Seen, from: HostId): Promise<string[]> {
    const news = entries.filter((entry) => this.replica.lacks(entry));
    for (const entry of news) {
      const told = entry.value === null ? 'hears of a deletion' : 'hears of a value';
      this.#host.log(told, { ...entryText(entry), from });
    }
    if (news.length > 0 || !covers(this.replica.seen, seen)) await this.#take(news, seen);
    return news.map(({ key }) => key);
  }

  /** Takes effect when it is durable. */
  async #take(entries: readonly Entry[], seen: Seen): Promise<void> {
    await this.#store.write({ entries, seen }, () =>
      this.replica.apply(entries, seen, this.#host.clock.elapsed()),
    );
    for (const entry of entries) this.#rumours.add(entry);
  }

  #rounds(): void {
    const { clock } = this.#host;
    const { interval, antiEntropy, tombstoneLifetime } = this.#options;
    clock.after(interval, () => this.#rounds());
    this.#round += 1;
    const forgotten = this.replica.forget(clock.elapsed(), tombstoneLifetime, () =>
      this.#others.map((other) => this.#seenBy.get(other)),
    );
    for (const entry of forgotten) this.#host.log('forgets a tombstone', entryText(entry));
    const rumours = this.#rumours.entries;
    for (const partner of this.#drawn()) {
      if (rumours.length > 0) void this.#tell(partner, rumours);
      if (this.#round % antiEntropy === 0) void this.#exchange(partner);
    }
  }

  /** So many different others. */
  #drawn(): HostId[] {
    const others = this.#others;
    const drawn = new Set<number>();
    for (let count = Math.min(this.#options.fanout, others.length); count > 0; count--) {
      let index = this.#host.random.below(others.length, 'partner');
      while (drawn.has(index)) index = (index + 1) % others.length;
      drawn.add(index);
    }
    return [...drawn].map((index) => others[index]!);
  }

  async #tell(partner: HostId, entries: readonly Entry[]): Promise<void> {
    const timeoutMs = this.#options.exchangeTimeout;
    try {
      const { news } = await this.#host.call(partner, 'rumour', { entries }, { timeoutMs });
      this.#rumours.told(entries, news);
    } catch {
      // Nobody knows whether it was in vain: the next round tells it on.
    }
  }

  async #exchange(partner: HostId): Promise<void> {
    const { mode, exchangeTimeout: timeoutMs } = this.#options;
    const [wants, offers] = [mode !== 'push', mode !== 'pull'];
    const { seen } = this.replica;
    const ask = { digest: this.replica.digest(), wants, offers };
    const answer = await this.#host.call(partner, 'exchange', ask, { timeoutMs }).catch(() => undefined);
    // The next round is for another one.
    if (answer === undefined) return;
    this.#note(partner, answer.seen);
    if (offers && (answer.needs.length > 0 || !covers(answer.seen, seen))) {
      const entries = this.replica.entriesOf(answer.needs);
      this.#host.send(partner, 'update', { entries, seen, basis: answer.seen });
    }
    if (wants) await this.merge(answer.entries, answer.seen, partner);
  }
}

/** For log lines. */
const entryText = ({ key, value, ...stamp }: Entry) => ({
  key,
  ...(value !== null && { value }),
  version: stampText(stamp),
});

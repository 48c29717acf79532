/** A member of the group: probes the others in turn (§3.1, §4.3), suspects before it condemns (§4.2), and gossips. */
import { Cell } from '../cell.ts';
import type { Host, HostId } from '../host.ts';
import type { SwimOptions } from './options.ts';
import { Rumours } from './rumours.ts';
import { type News, type overrides, refutation, type Standing, sendingsMax } from './standing.ts';

export type SwimWire = {
  ping(ask: { readonly news: readonly News[] }): { readonly news: readonly News[] };
  /** Please probe `member`: did it answer? */
  probe(ask: { readonly member: HostId; readonly news: readonly News[] }): {
    readonly isAlive: boolean;
    readonly news: readonly News[];
  };
  members(ask: null): { readonly alive: readonly HostId[] };
};

export interface Rules {
  readonly overrides: typeof overrides;
}

/** What claims, reports and operators may see of a member. */
export interface SwimView {
  readonly incarnation: number;
  /** What it believes of every member, itself included. */
  readonly members: ReadonlyMap<HostId, Standing>;
}

export const swimMember =
  (options: SwimOptions, rules: Rules) =>
  async (host: Host<SwimWire>): Promise<void> => {
    const cell = new Cell(host.disk, 'incarnation');
    const bytes = await cell.read();
    const incarnation = bytes === null ? 0 : Number(new TextDecoder().decode(bytes)) + 1;
    const persist = (value: number) => cell.write(new TextEncoder().encode(String(value)));
    // Others may know this member as dead: only a higher incarnation brings it back.
    await persist(incarnation);
    new Member(host, options, rules, incarnation, persist).start();
  };

class Member {
  readonly #host: Host<SwimWire>;
  readonly #options: SwimOptions;
  readonly #rules: Rules;
  readonly #persist: (incarnation: number) => Promise<void>;
  readonly #members = new Map<HostId, Standing>();
  readonly #rumours: Rumours;
  /** The highest incarnation that is on its way to the disk, or there. */
  #claimed: number;
  #round: HostId[] = [];

  constructor(
    host: Host<SwimWire>,
    options: SwimOptions,
    rules: Rules,
    incarnation: number,
    persist: (incarnation: number) => Promise<void>,
  ) {
    this.#host = host;
    this.#options = options;
    this.#rules = rules;
    this.#persist = persist;
    this.#claimed = incarnation;
    this.#rumours = new Rumours(sendingsMax(host.peers.length));
    // Everybody is innocent, and known, from the start: the group is a list.
    for (const peer of host.peers) this.#members.set(peer, { status: 'alive', incarnation: 0 });
    this.#announce(incarnation);
  }

  start(): void {
    const host = this.#host;
    host.expose(() => ({ incarnation: this.#own.incarnation, members: this.#members }) satisfies SwimView);
    host.on('ping', ({ news }, from) => {
      this.#hear(news);
      return { news: this.#newsFor(from) };
    });
    host.on('probe', async ({ member, news }, from) => {
      this.#hear(news);
      return { isAlive: await this.#ping(member), news: this.#newsFor(from) };
    });
    host.on('members', () => {
      const alive = [...this.#members]
        .filter(([, { status }]) => status !== 'dead')
        .map(([member]) => member);
      return { alive };
    });
    this.#period();
  }

  get #own(): Standing {
    return this.#members.get(this.#host.id) as Standing;
  }

  /** One protocol period after the other, whatever becomes of the probe. */
  #period(): void {
    this.#host.clock.after(this.#options.period, () => this.#period());
    const target = this.#next();
    if (target !== undefined) void this.#probe(target);
  }

  /** §4.3: round-robin over a list that is shuffled anew after each round. */
  #next(): HostId | undefined {
    if (this.#round.length === 0) this.#round = this.#drawn(this.#others(), Number.POSITIVE_INFINITY);
    return this.#round.pop();
  }

  #others(...besides: HostId[]): HostId[] {
    return this.#host.peers.filter((peer) => peer !== this.#host.id && !besides.includes(peer));
  }

  #drawn(from: HostId[], count: number): HostId[] {
    const drawn: HostId[] = [];
    while (from.length > 0 && drawn.length < count) {
      const [one] = from.splice(this.#host.random.below(from.length, 'target'), 1);
      drawn.push(one as HostId);
    }
    return drawn;
  }

  /** §3.1: a ping, and if it is not answered the help of some others. The dead are asked too: they may be back. */
  async #probe(target: HostId): Promise<void> {
    const asked = this.#members.get(target) as Standing;
    if (await this.#ping(target)) return;
    const helpers = this.#drawn(this.#others(target), this.#options.helpers);
    const answers = await Promise.all(helpers.map((helper) => this.#pingThrough(helper, target)));
    if (answers.includes(true) || asked.status !== 'alive') return;
    // About the incarnation that did not answer: it may have refuted or come back meanwhile.
    this.#hear([{ member: target, status: 'suspect', incarnation: asked.incarnation }]);
  }

  async #ping(target: HostId): Promise<boolean> {
    const timeoutMs = this.#options.pingTimeout;
    try {
      const { news } = await this.#host.call(target, 'ping', { news: this.#newsFor(target) }, { timeoutMs });
      this.#hear(news);
      return true;
    } catch {
      return false;
    }
  }

  async #pingThrough(helper: HostId, member: HostId): Promise<boolean> {
    const { period, pingTimeout } = this.#options;
    const ask = { member, news: this.#newsFor(helper) };
    try {
      const answer = await this.#host.call(helper, 'probe', ask, { timeoutMs: period - pingTimeout });
      this.#hear(answer.news);
      return answer.isAlive;
    } catch {
      return false;
    }
  }

  /** What is going round; and, so that it may refute it, what is held against the receiver. */
  #newsFor(receiver: HostId): News[] {
    const news = this.#rumours.take(this.#options.newsMax);
    const known = this.#members.get(receiver);
    if (known !== undefined && known.status !== 'alive' && !news.some(({ member }) => member === receiver)) {
      news.push({ member: receiver, ...known });
    }
    return news;
  }

  #hear(news: readonly News[]): void {
    for (const { member, status, incarnation } of news) {
      if (member === this.#host.id) this.#refute({ status, incarnation });
      else this.#learn(member, { status, incarnation });
    }
  }

  #learn(member: HostId, standing: Standing): void {
    const known = this.#members.get(member);
    if (known === undefined || !this.#rules.overrides(standing, known)) return;
    this.#members.set(member, standing);
    this.#rumours.add({ member, ...standing });
    if (standing.status === 'alive') return;
    this.#host.log(`member ${standing.status}`, { member });
    if (standing.status !== 'suspect') return;
    this.#host.clock.after(this.#options.suspicion, () => {
      if (this.#members.get(member) === standing) this.#learn(member, { ...standing, status: 'dead' });
    });
  }

  /** §4.2: only the member itself raises its incarnation, and for good before anybody hears of it. */
  #refute(said: Standing): void {
    const incarnation = refutation(this.#claimed, said);
    if (incarnation === undefined) {
      // Old news that somebody still believes, though the refutation has stopped going round.
      const own = this.#own;
      if (said.status !== 'alive' && own.incarnation > said.incarnation) this.#announce(own.incarnation);
      return;
    }
    this.#claimed = incarnation;
    void this.#persist(incarnation).then(() => this.#announce(incarnation));
  }

  #announce(incarnation: number): void {
    const { id } = this.#host;
    this.#members.set(id, { status: 'alive', incarnation });
    this.#rumours.add({ member: id, status: 'alive', incarnation });
  }
}

/** A member of the group: probes the others in turn (§3.1, §4.3), suspects before it condemns (§4.2), and gossips. */
import { inBackground } from '../background.ts';
import { Cell } from '../cell.ts';
import { type Host, type HostId, Refused, TimedOut } from '../host.ts';
import type { SwimOptions } from './options.ts';
import { drawn, type probingRound } from './probing.ts';
import { Rumours } from './rumours.ts';
import {
  type entering,
  type News,
  type overrides,
  refutation,
  type Standing,
  sendingsMax,
  suspicionMs,
} from './standing.ts';

export type SwimWire = {
  ping(ask: { readonly news: readonly News[] }): { readonly news: readonly News[] };
  /** Please probe `member`: did it answer? */
  probe(ask: { readonly member: HostId; readonly news: readonly News[] }): {
    readonly isAlive: boolean;
    readonly news: readonly News[];
  };
  /** All that is known on both sides, for who has missed what went round. */
  meet(ask: { readonly news: readonly News[] }): { readonly news: readonly News[] };
  members(ask: null): { readonly alive: readonly HostId[] };
  /** Please become a member, of the group to which some of these belong. */
  join(ask: { readonly contacts: readonly HostId[] }): null;
  /** Please leave the group; answered when somebody knows. */
  leave(ask: null): null;
};

export interface Rules {
  readonly overrides: typeof overrides;
  readonly entering: typeof entering;
  readonly probingRound: typeof probingRound;
}

/** What claims, reports and operators may see of a server. */
export interface SwimView {
  readonly incarnation: number;
  readonly isMember: boolean;
  /** Whether it is one that the group did not begin with. */
  readonly isNew: boolean;
  /** Counts the changes of what follows, in this life. */
  readonly revision: number;
  /** What it believes of everybody that it has heard of, itself included. */
  readonly members: ReadonlyMap<HostId, Standing>;
}

/** What survives a restart. */
interface Kept {
  readonly incarnation: number;
  readonly isMember: boolean;
}

export const swimMember =
  (options: SwimOptions, rules: Rules) =>
  async (host: Host<SwimWire>): Promise<void> => {
    const cell = new Cell(host.disk, 'member');
    const bytes = await cell.read();
    const before = bytes === null ? undefined : (JSON.parse(new TextDecoder().decode(bytes)) as Kept);
    const isMember = before?.isMember ?? host.peers.includes(host.id);
    const incarnation = before === undefined ? 0 : before.incarnation + (isMember ? 1 : 0);
    const persist = (record: Kept) => cell.write(new TextEncoder().encode(JSON.stringify(record)));
    // Others may know this member as dead: only a higher incarnation brings it back.
    await persist({ incarnation, isMember });
    new Member(host, options, rules, { incarnation, isMember }, persist).start(before !== undefined);
  };

class Member {
  readonly #host: Host<SwimWire>;
  readonly #options: SwimOptions;
  readonly #rules: Rules;
  readonly #persist: (record: Kept) => Promise<void>;
  readonly #members = new Map<HostId, Standing>();
  readonly #rumours: Rumours;
  readonly #below = (limit: number): number => this.#host.random.below(limit, 'target');
  #isMember: boolean;
  /** The highest incarnation that is on its way to the disk, or there. */
  #claimed: number;
  #round: HostId[] = [];
  /** Whether there may be things that everybody else knows, and nobody tells any more. */
  #isBehind = false;
  #isProbing = false;
  /** Counts entries and departures: one that waits for the disk may be overtaken by the other. */
  #turns = 0;
  #revision = 0;

  constructor(
    host: Host<SwimWire>,
    options: SwimOptions,
    rules: Rules,
    { incarnation, isMember }: Kept,
    persist: (record: Kept) => Promise<void>,
  ) {
    this.#host = host;
    this.#options = options;
    this.#rules = rules;
    this.#persist = persist;
    this.#claimed = incarnation;
    this.#isMember = isMember;
    this.#rumours = new Rumours(sendingsMax(host.peers.length));
    // Everybody whom the group begins with is innocent, and known, from the start.
    if (isMember) for (const peer of host.peers) this.#note(peer, { status: 'alive', incarnation: 0 });
    this.#announce(incarnation);
  }

  start(isBehind: boolean): void {
    const host = this.#host;
    this.#isBehind = isBehind;
    host.expose(
      (): SwimView => ({
        incarnation: this.#own.incarnation,
        isMember: this.#isMember,
        isNew: !host.peers.includes(host.id),
        revision: this.#revision,
        members: this.#members,
      }),
    );
    host.on('ping', ({ news }, from) => {
      this.#hear(news, from);
      // It has joined, and the news of that went by.
      if (this.#isMember && !this.#members.has(from)) void this.#meet(from);
      return { news: this.#newsFor(from) };
    });
    host.on('probe', async ({ member, news }, from) => {
      this.#hear(news, from);
      return { isAlive: await this.#ping(member), news: this.#newsFor(from) };
    });
    host.on('meet', ({ news }, from) => {
      if (!this.#isMember) throw new Refused('not a member');
      this.#hear(news, from);
      return { news: this.#all() };
    });
    host.on('members', () => {
      if (!this.#isMember) throw new Refused('not a member');
      const alive = [...this.#members]
        .filter(([, { status }]) => status === 'alive' || status === 'suspect')
        .map(([member]) => member);
      return { alive };
    });
    host.on('join', ({ contacts }) => this.#join(contacts));
    host.on('leave', () => this.#leave());
    this.#probeOnwards();
  }

  get #own(): Standing {
    return this.#members.get(this.#host.id) as Standing;
  }

  #probeOnwards(): void {
    if (this.#isProbing) return;
    this.#isProbing = true;
    this.#period();
  }

  /** One protocol period after the other, whatever becomes of the probe. */
  #period(): void {
    this.#isProbing = this.#isMember;
    if (!this.#isProbing) return;
    this.#host.clock.after(this.#options.period, () => this.#period());
    if (this.#isBehind) void this.#catchUp();
    const target = this.#next();
    if (target !== undefined) void this.#probe(target);
  }

  /** §4.3: round-robin over a list that is shuffled anew after each round. */
  #next(): HostId | undefined {
    if (this.#round.length === 0) this.#round = [...this.#rules.probingRound(this.#others(), this.#below)];
    return this.#round.pop();
  }

  /** Those that are not known to have left. */
  #others(...besides: HostId[]): HostId[] {
    return [...this.#members]
      .filter(([member, { status }]) => status !== 'left' && member !== this.#host.id)
      .map(([member]) => member)
      .filter((member) => !besides.includes(member));
  }

  /** §3.1: a ping, and if it is not answered the help of some others. The dead are asked too: they may be back. */
  async #probe(target: HostId): Promise<void> {
    const asked = this.#members.get(target) as Standing;
    if (await this.#ping(target)) return;
    const helpers = drawn(this.#others(target), this.#options.helpers, this.#below);
    const answers = await Promise.all(helpers.map((helper) => this.#pingThrough(helper, target)));
    if (answers.includes(true) || asked.status !== 'alive') return;
    // About the incarnation that did not answer: it may have refuted or come back meanwhile.
    this.#hear([{ member: target, status: 'suspect', incarnation: asked.incarnation }]);
  }

  async #ping(target: HostId): Promise<boolean> {
    const timeoutMs = this.#options.pingTimeout;
    try {
      const { news } = await this.#host.call(target, 'ping', { news: this.#newsFor(target) }, { timeoutMs });
      this.#hear(news, target);
      return true;
    } catch {
      return false;
    }
  }

  async #pingThrough(helper: HostId, member: HostId): Promise<boolean> {
    const { period, pingTimeout } = this.#options;
    const ask = { member, news: this.#newsFor(helper) };
    try {
      const timeoutMs = Math.max(pingTimeout, period - pingTimeout);
      const answer = await this.#host.call(helper, 'probe', ask, { timeoutMs });
      this.#hear(answer.news, helper);
      return answer.isAlive;
    } catch {
      return false;
    }
  }

  /** Whoever was away has missed what went round meanwhile: one of the others tells it all. */
  async #catchUp(): Promise<void> {
    const others = this.#others();
    if (others.length === 0) return;
    if (await this.#meet(others[this.#host.random.below(others.length, 'contact')] as HostId)) {
      this.#isBehind = false;
    }
  }

  async #meet(other: HostId): Promise<boolean> {
    const timeoutMs = this.#options.period;
    try {
      const { news } = await this.#host.call(other, 'meet', { news: this.#all() }, { timeoutMs });
      this.#hear(news, other);
      return true;
    } catch {
      return false;
    }
  }

  #all(): News[] {
    return [...this.#members].map(([member, standing]) => ({ member, ...standing }));
  }

  async #join(contacts: readonly HostId[]): Promise<null> {
    if (this.#isMember) return null;
    const { period, requestTimeout } = this.#options;
    const deadline = this.#host.clock.elapsed() + requestTimeout / 2;
    for (let turn = this.#host.random.below(Math.max(1, contacts.length), 'contact'); ; turn++) {
      const left = deadline - this.#host.clock.elapsed();
      if (left <= 0 || contacts.length === 0) throw new Refused('nobody of the group answered');
      const contact = contacts[turn % contacts.length] as HostId;
      const timeoutMs = Math.min(period, left);
      const asked = this.#host.call(contact, 'meet', { news: [] }, { timeoutMs });
      const answer = await asked.catch(() => undefined);
      if (answer === undefined) await this.#host.clock.sleep(Math.min(10, left));
      else return this.#enter(answer.news, contact);
    }
  }

  async #enter(news: readonly News[], contact: HostId): Promise<null> {
    this.#turns += 1;
    const turn = this.#turns;
    this.#claimed = this.#rules.entering(this.#claimed);
    const incarnation = this.#claimed;
    await this.#persist({ incarnation, isMember: true });
    if (turn !== this.#turns) throw new TimedOut('it was asked for something else meanwhile');
    this.#isMember = true;
    this.#announce(incarnation);
    this.#hear(news, contact);
    this.#host.log('joins', { incarnation, through: contact });
    this.#probeOnwards();
    return null;
  }

  /** Also if it has left before: perhaps nobody knows. A crash on the way makes it a member again, which is no lie. */
  async #leave(): Promise<null> {
    const { id } = this.#host;
    this.#turns += 1;
    if (this.#isMember) this.#host.log('leaves', { incarnation: this.#claimed });
    this.#isMember = false;
    this.#announce(this.#claimed);
    await this.#persist({ incarnation: this.#claimed, isMember: false });
    const others = this.#others();
    const heard = await Promise.all(others.map((other) => this.#ping(other)));
    if (others.length > 0 && !heard.includes(true)) throw new TimedOut(`nobody heard that ${id} leaves`);
    return null;
  }

  /** What is going round; and, so that it may refute it, what is held against the receiver. */
  #newsFor(receiver: HostId): News[] {
    if (!this.#isMember) return [{ member: this.#host.id, ...this.#own }];
    const known = this.#members.get(receiver);
    const isAccused = known !== undefined && known.status !== 'alive';
    const news = this.#rumours.take(isAccused ? this.#options.newsMax - 1 : this.#options.newsMax);
    if (isAccused && !news.some(({ member }) => member === receiver)) {
      news.push({ member: receiver, ...known });
    }
    return news;
  }

  #hear(news: readonly News[], from?: HostId): void {
    if (!this.#isMember) return;
    for (const { member, status, incarnation } of news) {
      if (member === this.#host.id) this.#refute({ status, incarnation });
      else this.#learn(member, { status, incarnation }, from);
    }
  }

  #learn(member: HostId, standing: Standing, from?: HostId): void {
    const known = this.#members.get(member);
    if (known !== undefined && !this.#rules.overrides(standing, known)) {
      // Somebody has missed that it left, and it may not be there any more to say so.
      if (known.status === 'left' && standing.status !== 'left') this.#rumours.add({ member, ...known });
      return;
    }
    this.#note(member, standing);
    this.#rumours.add({ member, ...standing });
    const { status, incarnation } = standing;
    if (status !== 'alive' || known?.status !== 'alive') {
      const told = { member, incarnation, ...(from !== undefined && { from }) };
      this.#host.log(`member ${status}`, told);
    }
    if (status !== 'suspect') return;
    this.#host.clock.after(suspicionMs(this.#options.suspicion, this.#members.size), () => {
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
    this.#host.log('refutes', { said: `${said.status} in incarnation ${said.incarnation}`, incarnation });
    const persisted = this.#persist({ incarnation, isMember: true });
    inBackground(
      this.#host.clock,
      persisted.then(() => this.#announce(incarnation)),
    );
  }

  #announce(incarnation: number): void {
    const { id } = this.#host;
    const own: Standing = { status: this.#isMember ? 'alive' : 'left', incarnation };
    this.#note(id, own);
    if (this.#isMember) this.#rumours.add({ member: id, ...own });
  }

  #note(member: HostId, standing: Standing): void {
    this.#members.set(member, standing);
    this.#rumours.sendingsMax = sendingsMax(this.#members.size);
    this.#revision += 1;
  }
}

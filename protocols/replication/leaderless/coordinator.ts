/**
 * What a replica does for a client: it asks all replicas of the key, and waits for as many as the level says (*Dynamo*,
 * §4.5). Reads that write back and stamps that come from a read make a register of it (Attiya, Bar-Noy & Dolev, *Sharing
 * Memory Robustly in Message-Passing Systems*, JACM 1995, with writers that read first as Lynch & Shvartsman, *Robust
 * Emulation of Shared Memory Using Dynamic Quorum-Acknowledged Broadcasts*, FTCS 1997).
 *
 * What a client asked for may be written by several coordinators, and late: states are merged, so that this changes
 * nothing. But nobody sends on what it learnt longer ago than a request lasts: by then a deletion that it does not know
 * of may be forgotten.
 */
import { type HostId, Refused, TimedOut } from '../../host.ts';
import { nothingSeen } from '../conflicts/context.ts';
import { type Found, isSameState, type Stamp, type State, writerOf } from '../conflicts/resolution.ts';
import { answersNeeded, type Level, overlap, readLevelOf, writeLevelOf } from './level.ts';
import type { Known } from './messages.ts';
import { asking, type Node } from './node.ts';
import { isExpected, poll } from './poll.ts';

export class Coordinator {
  readonly #node: Node;
  readonly #ask: ReturnType<typeof asking>;
  /** How many stamps this life has given out, by key. */
  readonly #counts = new Map<string, number>();
  #lastUs = 0;

  constructor(node: Node) {
    this.#node = node;
    this.#ask = asking(node);
  }

  /** @throws Refused too few replicas answered, or what was found could not be written back */
  async get(key: string, level?: Level): Promise<Found> {
    const { resolution, rules, options, statistics } = this.#node;
    const deadline = this.#deadline();
    const replicas = this.#replicasOf(key);
    const needed = answersNeeded(level ?? readLevelOf(options), replicas.length);
    const writes = answersNeeded(writeLevelOf(options), replicas.length);
    const { enough, all } = poll(replicas, needed, (replica) => this.#read(replica, key));
    const answers = await orRefused(enough);
    const state = this.#merged(answers);
    this.#follow(this.#repair(key, all, deadline));
    if (state === undefined) return { values: [], context: nothingSeen };
    // Where reads may miss writes, one that was seen once may be missed again.
    if (rules.writesBack(options) && overlap(needed, writes, replicas.length)) {
      const behind = replicas.filter((replica) => !isAt(answers.get(replica), state));
      const missing = writes - (replicas.length - behind.length);
      if (missing > 0) {
        statistics.writeBacks++;
        await orRefused(this.#replicate(key, state, behind, missing, deadline));
      }
    }
    const found = resolution.found(state);
    if (found.values.length > 1) statistics.siblingReads++;
    return found;
  }

  /** @throws Refused too few replicas answered */
  async stamp(key: string): Promise<Stamp> {
    const { host, table, resolution, rules, options } = this.#node;
    const replicas = this.#replicasOf(key);
    let time = 0;
    if (resolution.needsTime && rules.trustsClocks(options)) time = this.#wallUs();
    else if (resolution.needsTime) {
      const needed = answersNeeded(readLevelOf(options), replicas.length);
      const { enough, all } = poll(replicas, needed, (replica) => this.#read(replica, key));
      this.#follow(all);
      for (const { state, floor } of (await orRefused(enough)).values()) {
        time = Math.max(time, floor + 1, state === null ? 0 : resolution.timeOf(state) + 1);
      }
    }
    const given = (this.#counts.get(key) ?? 0) + 1;
    this.#counts.set(key, given);
    const [boot, count] = rules.tellApart(table.boot, given);
    return { time, writer: writerOf(host.id, boot), count };
  }

  /** @throws TimedOut too few replicas have it so far */
  async write(key: string, state: State, level?: Level): Promise<void> {
    const replicas = this.#replicasOf(key);
    const needed = answersNeeded(level ?? writeLevelOf(this.#node.options), replicas.length);
    await this.#replicate(key, state, replicas, needed, this.#deadline());
  }

  /** @throws Refused this node is none of them */
  #replicasOf(key: string): HostId[] {
    const { host, placement } = this.#node;
    const replicas = placement.replicasOf(key);
    if (!replicas.includes(host.id)) throw new Refused(`${host.id} is no replica of "${key}"`);
    return replicas;
  }

  async #read(replica: HostId, key: string): Promise<Known> {
    if (replica === this.#node.host.id) return knownHere(this.#node, key);
    try {
      return await this.#ask(replica, 'read', { key });
    } catch (error) {
      if (!isExpected(error) || !this.#node.rules.isSloppy(this.#node.options)) throw error;
      return this.#anyFallback(key, replica, (fallback) => this.#ask(fallback, 'read', { key }));
    }
  }

  /** Resolves when as many of these replicas as needed have the state; the others get it as well, or a hint of it. */
  async #replicate(
    key: string,
    state: State,
    replicas: readonly HostId[],
    needed: number,
    deadline: number,
  ): Promise<void> {
    const { enough, all } = poll(replicas, needed, (replica) => this.#store(replica, key, state, deadline));
    this.#follow(all);
    await enough;
  }

  async #store(replica: HostId, key: string, state: State, deadline: number): Promise<void> {
    const { host, table, rules, options, statistics } = this.#node;
    this.#assertInTime(deadline);
    if (replica === host.id) {
      await table.store(key, state);
      return;
    }
    try {
      if (host.buggify('replica passed over')) throw new TimedOut(`${replica} was not asked`);
      await this.#ask(replica, 'store', { key, state });
    } catch (error) {
      if (!isExpected(error)) throw error;
      this.#assertInTime(deadline);
      if (rules.isSloppy(options)) {
        const hint = { target: replica, key, state };
        await this.#anyFallback(key, replica, (fallback) => this.#ask(fallback, 'hint', hint));
        statistics.standIns++;
        return;
      }
      if (options.hintedHandoff) await table.hint(replica, key, state);
      throw error;
    }
  }

  /** Each replica has a first choice of its own among those that stand in, so that two do not share one. */
  async #anyFallback<T>(key: string, replica: HostId, ask: (fallback: HostId) => Promise<T>): Promise<T> {
    const { placement } = this.#node;
    const fallbacks = placement.fallbacksOf(key);
    const first = placement.replicasOf(key).indexOf(replica);
    for (let tried = 0; tried < fallbacks.length; tried++) {
      try {
        return await ask(fallbacks[(first + tried) % fallbacks.length]!);
      } catch (error) {
        if (!isExpected(error)) throw error;
      }
    }
    throw new TimedOut(`nobody stands in for ${replica}`);
  }

  /** When all answers are there, those who were behind are sent what they lack (*Dynamo*, §5). */
  async #repair(key: string, all: Promise<ReadonlyMap<HostId, Known>>, deadline: number): Promise<void> {
    const { rules, options, statistics, host, table } = this.#node;
    const answers = await all;
    const state = this.#merged(answers);
    if (state === undefined || !rules.repairsReads(options) || this.#isLate(deadline)) return;
    for (const [replica, known] of answers) {
      if (isAt(known, state)) continue;
      statistics.readRepairs++;
      if (replica === host.id) await table.store(key, state);
      else host.send(replica, 'store', { key, state });
    }
  }

  #merged(answers: ReadonlyMap<HostId, Known>): State | undefined {
    let merged: State | undefined;
    for (const { state } of answers.values()) {
      if (state === null) continue;
      merged = merged === undefined ? state : this.#node.resolution.merge(merged, state);
    }
    return merged;
  }

  /** A clock that stands still or goes back gives each stamp a time of its own all the same. */
  #wallUs(): number {
    this.#lastUs = Math.max(this.#lastUs + 1, Math.floor(this.#node.host.clock.now() * 1000));
    return this.#lastUs;
  }

  #deadline(): number {
    return this.#node.host.clock.elapsed() + this.#node.options.requestTimeout;
  }

  #isLate(deadline: number): boolean {
    return this.#node.host.clock.elapsed() > deadline;
  }

  #assertInTime(deadline: number): void {
    if (this.#isLate(deadline)) throw new TimedOut('the request is over');
  }

  /** What goes on after the answer; errors of the own disk end the program, as they would have before. */
  #follow(work: Promise<unknown>): void {
    void work;
  }
}

/** What this node knows of a key: what it stores if it is a replica, else what it keeps for those who are. */
export function knownHere({ host, table, placement, resolution }: Node, key: string): Known {
  const { floor } = table;
  if (placement.replicasOf(key).includes(host.id)) return { state: table.states.get(key) ?? null, floor };
  let state: State | null = null;
  for (const hints of table.hints.values()) {
    const hint = hints.get(key);
    if (hint !== undefined) state = state === null ? hint : resolution.merge(state, hint);
  }
  return { state, floor };
}

const isAt = (known: Known | undefined, state: State): boolean =>
  known !== undefined && known.state !== null && isSameState(known.state, state);

/** Nothing that the client asked for has been written: it may ask somebody else. */
async function orRefused<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (isExpected(error)) throw new Refused((error as Error).message);
    throw error;
  }
}

/** Which version of a register comes before which, as far as a history tells. */
import { type History, type Operation, returnedAt } from '../history.ts';
import { show } from '../plain.ts';
import type { Anomalies } from './anomalies.ts';
import { type Access, addAntidependencies } from './antidependencies.ts';
import { components } from './components.ts';
import { GraphBuilder, ww } from './graph.ts';
import type { KeyAssumption } from './inference.ts';
import type { Ledger } from './ledger.ts';
import { Work } from './work.ts';

/** What a committed transaction did to a key: the first and the last version that it read or wrote. */
export interface Touch {
  readonly transaction: number;
  readonly keyId: number;
  readonly first: number;
  readonly last: number;
  /** What it read before it wrote, and what it installed. */
  readonly read: number | undefined;
  readonly written: number | undefined;
}

/** The versions that directly follow each version; those that follow the initial one, all do. */
export class VersionOrder {
  readonly #ledger: Ledger;
  readonly #anomalies: Anomalies;
  readonly #builder: GraphBuilder;
  /** By version: what a transaction wrote that had read it. */
  readonly #updates = new Map<number, Set<number>>();
  /** By version: what follows it by assumption about keys. */
  readonly #assumed = new Map<number, Set<number>>();
  readonly #cyclic = new Set<number>();

  constructor(ledger: Ledger, anomalies: Anomalies, builder: GraphBuilder) {
    this.#ledger = ledger;
    this.#anomalies = anomalies;
    this.#builder = builder;
  }

  infer(
    touches: readonly Touch[],
    given: ReadonlyMap<number, unknown>,
    assume: KeyAssumption | undefined,
  ): void {
    const open = touches.filter(({ keyId }) => !given.has(keyId));
    for (const { read, written } of open) {
      if (read !== undefined && written !== undefined) this.#follows(this.#updates, read, written);
    }
    const follow = (before: Touch, after: Touch): void => {
      this.#follows(this.#assumed, before.last, after.first);
    };
    if (assume === 'sequential-keys') inSessions(open, this.#ledger.history, follow);
    if (assume === 'linearizable-keys') inRealTime(open, this.#ledger.history, follow);
    this.#findCycles();
  }

  #follows(relation: Map<number, Set<number>>, before: number, after: number): void {
    if (before === after) return;
    const known = relation.get(before);
    if (known === undefined) relation.set(before, new Set([after]));
    else known.add(after);
  }

  /** A version that is said to follow itself follows from reads that no order explains: its key tells nothing. */
  #findCycles(): void {
    const builder = new GraphBuilder(this.#ledger.writers.length);
    for (const relation of [this.#updates, this.#assumed]) {
      for (const [before, followers] of relation) {
        for (const after of followers) builder.edge(before, after, ww);
      }
    }
    const found = components(
      builder.build(),
      { kinds: ww, spaced: false },
      new Work(Number.POSITIVE_INFINITY),
    );
    for (const versions of found?.members ?? [])
      this.#report([...versions].sort((left, right) => left - right));
  }

  #report(versions: readonly number[]): void {
    const keyId = this.#ledger.keyOf[versions[0]];
    this.#cyclic.add(keyId);
    const { key } = this.#ledger.keys[keyId];
    const values = versions.map((version) => this.#ledger.values[version]);
    const writers = versions.flatMap((version): Operation[] => {
      const writer = this.#ledger.writers[version];
      return writer < 0 ? [] : [this.#ledger.history[writer]];
    });
    this.#anomalies.add('cyclic-versions', () => ({
      message:
        `The versions ${values.map(show).join(', ')} of ${show(key)} follow each other in a circle, by what ` +
        `transactions read before they wrote them; the first of their writers returned at ${returnedAt(writers[0])}.`,
      transactions: writers,
      key,
      values,
    }));
  }

  /** Adds what follows for one key; says whether the order of all its versions is known. */
  connect(keyId: number, readersOf: readonly Access[][]): boolean {
    const { initial, written } = this.#ledger.keys[keyId];
    const installed = written.filter((version) => this.#isInstalled(version));
    this.#readersBefore(readersOf[initial], installed);
    if (this.#cyclic.has(keyId)) return false;
    for (const version of written) {
      const assumed = this.#assumed.get(version) ?? [];
      const updates = this.#updates.get(version) ?? [];
      this.#readersBefore(readersOf[version], [...new Set([...updates, ...assumed])]);
      // From what was read before it was replaced a wr edge leads to who replaced it: a ww edge would say no more.
      for (const after of assumed) this.#overwritten(version, after);
    }
    return installed.length <= 1 || this.#chainLength(initial) === installed.length;
  }

  #isInstalled(version: number): boolean {
    return this.#ledger.committedWriter(version) >= 0 && this.#ledger.isFinal[version];
  }

  #readersBefore(readers: readonly Access[], versions: readonly number[]): void {
    const writers = versions
      .filter((version) => this.#isInstalled(version))
      .map((version) => ({ transaction: this.#ledger.committedWriter(version), version }));
    if (readers.length > 0 && writers.length > 0) addAntidependencies(this.#builder, readers, writers);
  }

  #overwritten(before: number, after: number): void {
    if (!this.#isInstalled(before) || !this.#isInstalled(after)) return;
    const [from, to] = [before, after].map((version) => this.#ledger.committedWriter(version));
    this.#builder.edge(from, to, ww, before, after);
  }

  /** How many versions follow one after the other from the initial one, each written by who read the one before. */
  #chainLength(initial: number): number {
    let length = 0;
    let followers = this.#updates.get(initial);
    while (followers?.size === 1) {
      length++;
      const [only] = followers;
      followers = this.#updates.get(only);
    }
    return length;
  }
}

/** Each touch of a key, and the next one by the same process. */
function inSessions(
  touches: readonly Touch[],
  history: History,
  follow: (before: Touch, after: Touch) => void,
): void {
  const byCall = [...touches].sort(
    (left, right) => history[left.transaction].call - history[right.transaction].call,
  );
  const last = new Map<number, Map<number, Touch>>();
  for (const touch of byCall) {
    const { process, type } = history[touch.transaction];
    const ofProcess = last.get(process) ?? new Map<number, Touch>();
    last.set(process, ofProcess);
    const before = ofProcess.get(touch.keyId);
    if (before !== undefined) follow(before, touch);
    if (type === 'ok') ofProcess.set(touch.keyId, touch);
  }
}

/**
 * Each touch of a key, and those called after it returned, but for what follows from others. At any moment
 * only what returned last counts: whatever had returned before one of those was called is left out.
 */
function inRealTime(
  touches: readonly Touch[],
  history: History,
  follow: (before: Touch, after: Touch) => void,
): void {
  const callOf = ({ transaction }: Touch): number => history[transaction].call;
  const returnOf = ({ transaction }: Touch): number => history[transaction].return as number;
  const byKey = new Map<number, Touch[]>();
  for (const touch of touches) {
    const known = byKey.get(touch.keyId);
    if (known === undefined) byKey.set(touch.keyId, [touch]);
    else known.push(touch);
  }
  for (const ofKey of byKey.values()) {
    const byCall = [...ofKey].sort((left, right) => callOf(left) - callOf(right));
    const byReturn = ofKey
      .filter(({ transaction }) => history[transaction].type === 'ok')
      .sort((left, right) => returnOf(left) - returnOf(right));
    let returned = 0;
    let latest: Touch[] = [];
    for (const touch of byCall) {
      for (; returned < byReturn.length && returnOf(byReturn[returned]) < callOf(touch); returned++) {
        const next = byReturn[returned];
        latest = latest.filter((before) => returnOf(before) >= callOf(next));
        latest.push(next);
      }
      for (const before of latest) follow(before, touch);
    }
  }
}

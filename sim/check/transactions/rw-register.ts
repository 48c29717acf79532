/**
 * What registers tell about the transactions that wrote them (Kingsbury & Alvaro, "Elle", VLDB 2020, section 5.2). A
 * write destroys what was there, so the order of versions has to be given, or inferred as far as it goes:
 *
 * - the initial version comes before all others;
 * - a transaction that read one version and then wrote another installed the second after the first (else its write
 *   would come before the version that it had read: G1c);
 * - if the keys are assumed to be sequential or linearizable each by itself, from the order of sessions or of time.
 */
import { HistoryError } from '../history.ts';
import { show } from '../plain.ts';
import type { Anomalies } from './anomalies.ts';
import { type Access, addAntidependencies } from './antidependencies.ts';
import { introduced } from './explain.ts';
import { type GraphBuilder, wr, ww } from './graph.ts';
import type { Inference, KeyAssumption } from './inference.ts';
import type { Ledger } from './ledger.ts';
import { LostUpdates } from './lost-updates.ts';
import { microOperations } from './transaction.ts';
import { type Touch, VersionOrder } from './version-order.ts';

export interface RegisterOptions {
  readonly versionOrders: Readonly<Record<string, readonly unknown[]>>;
  readonly assume?: KeyAssumption;
}

/** What a committed transaction did to a key, seen from outside. */
interface Progress {
  /** The first version it read, unless it had written the key before. */
  read?: number;
  /** The version it read or wrote last. */
  latest?: number;
  written?: number;
}

export function inferFromRegisters(
  ledger: Ledger,
  builder: GraphBuilder,
  anomalies: Anomalies,
  { versionOrders, assume }: RegisterOptions,
): Inference {
  const registers = new Registers(ledger, anomalies);
  registers.read();
  registers.addReads(builder);
  const order = new VersionOrder(ledger, anomalies, builder);
  /** By key, whether the given order has all that was committed. */
  const given = new Map<number, boolean>();
  for (const [keyId, { key }] of ledger.keys.entries()) {
    if (!Object.hasOwn(versionOrders, String(key))) continue;
    const isWhole = registers.connectGiven(
      builder,
      keyId,
      versionsGiven(ledger, keyId, versionOrders[String(key)]),
    );
    given.set(keyId, isWhole);
  }
  order.infer(registers.touches, given, assume);
  let ordered = 0;
  const written = ledger.keys.flatMap((key, keyId) => (key.written.length > 0 ? [keyId] : []));
  for (const keyId of written) {
    if (given.get(keyId) ?? order.connect(keyId, registers.readersOf)) ordered++;
  }
  return {
    keys: written.length,
    ordered,
    transactions: ledger.isCommitted.reduce((sum, one) => sum + one, 0),
  };
}

function versionsGiven(ledger: Ledger, keyId: number, values: readonly unknown[]): number[] {
  return values.map((value) => {
    const version = ledger.find(keyId, value);
    if (version !== undefined) return version;
    throw new HistoryError(
      `the version order of ${show(ledger.keys[keyId].key)} has ${show(value)}, which no transaction writes`,
    );
  });
}

class Registers {
  /** By version, who read it from outside. */
  readonly readersOf: Access[][];
  /** What each committed transaction did to each of its keys. */
  readonly touches: Touch[] = [];
  readonly #ledger: Ledger;
  readonly #anomalies: Anomalies;

  constructor(ledger: Ledger, anomalies: Anomalies) {
    this.#ledger = ledger;
    this.#anomalies = anomalies;
    this.readersOf = ledger.writers.map(() => []);
  }

  /** Goes through what was read and written; reports what a transaction cannot have read in any order. */
  read(): void {
    const { history } = this.#ledger;
    const updates = new LostUpdates(this.#ledger, this.#anomalies);
    const progress = new Map<number, Progress>();
    for (const [transaction, { type }] of history.entries()) {
      if (type !== 'ok') continue;
      progress.clear();
      this.#walk(transaction, progress);
      for (const [keyId, { read, written, latest }] of progress) {
        if (read !== undefined && written !== undefined) updates.note(read, transaction);
        const first = read ?? written;
        if (first === undefined || latest === undefined) continue;
        this.touches.push({ transaction, keyId, first, last: latest, read, written });
      }
    }
    for (const [transaction, { type }] of history.entries()) {
      if (type === 'info' && this.#ledger.isCommitted[transaction] === 1) this.#touchUnknown(transaction);
    }
  }

  #walk(transaction: number, progress: Map<number, Progress>): void {
    for (const [f, key, value] of microOperations(this.#ledger.history[transaction])) {
      const keyId = this.#ledger.keyId(key);
      let state = progress.get(keyId);
      if (state === undefined) {
        state = {};
        progress.set(keyId, state);
      }
      if (f !== 'r') {
        state.written = this.#ledger.find(keyId, value) as number;
        state.latest = state.written;
        continue;
      }
      const version =
        value === null || value === undefined
          ? this.#ledger.keys[keyId].initial
          : this.#ledger.find(keyId, value);
      this.#readOne(transaction, keyId, value, version, state);
    }
  }

  #readOne(
    transaction: number,
    keyId: number,
    value: unknown,
    version: number | undefined,
    state: Progress,
  ): void {
    const expected = state.written ?? state.latest;
    if (expected !== undefined && expected !== version) {
      const found = `r ${show(this.#ledger.keys[keyId].key)} → ${show(value)}`;
      const had = state.written === undefined ? 'it had read' : 'it had written';
      this.#report(
        'internal',
        transaction,
        keyId,
        value,
        `(${found}), although ${had} ${show(this.#ledger.values[expected])}`,
      );
    }
    if (version === undefined) {
      this.#report('garbage-read', transaction, keyId, value, 'which nobody wrote');
      return;
    }
    if (expected === version) return;
    const writer = this.#ledger.writers[version];
    if (writer === transaction) {
      // Versions are numbered in the order of a transaction's writes.
      if (state.written === undefined || version > state.written) {
        this.#report('future-read', transaction, keyId, value, 'which it wrote only later');
      }
      return;
    }
    this.readersOf[version].push({ transaction, version });
    if (state.written === undefined) {
      state.read ??= version;
      state.latest = version;
    }
    if (writer < 0) return;
    this.#ledger.observed(version);
    const type = this.#ledger.writerType(version);
    if (type === 'fail') {
      this.#report('G1a', transaction, keyId, value, `which operation ${writer + 1} wrote, and that failed`);
    } else if (!this.#ledger.isFinal[version]) {
      this.#report('G1b', transaction, keyId, value, `which operation ${writer + 1} replaced by itself`);
    }
  }

  /** Of what is known to have happened only because somebody read it, the writes are known and no reads. */
  #touchUnknown(transaction: number): void {
    const last = new Map<number, number>();
    for (const [f, key, value] of microOperations(this.#ledger.history[transaction])) {
      const keyId = this.#ledger.keyId(key);
      if (f !== 'r') last.set(keyId, this.#ledger.find(keyId, value) as number);
    }
    for (const [keyId, version] of last) {
      this.touches.push({
        transaction,
        keyId,
        first: version,
        last: version,
        read: undefined,
        written: version,
      });
    }
  }

  addReads(builder: GraphBuilder): void {
    for (const readers of this.readersOf) {
      for (const { transaction, version } of readers) {
        const writer = this.#ledger.committedWriter(version);
        if (writer >= 0) builder.edge(writer, transaction, wr, version, version);
      }
    }
  }

  /**
   * The edges of a key whose order of versions is known from elsewhere. A version that is not in it was never
   * installed, so whoever read it read what was aborted. Says whether everything committed is in it.
   */
  connectGiven(builder: GraphBuilder, keyId: number, versions: readonly number[]): boolean {
    const { initial, written } = this.#ledger.keys[keyId];
    const isGiven = new Set(versions);
    for (const version of written) {
      const isDone = isGiven.has(version) || !this.#ledger.isFinal[version];
      if (isDone || this.#ledger.writerType(version) === 'fail') continue;
      for (const { transaction } of this.readersOf[version]) {
        this.#report('G1a', transaction, keyId, this.#ledger.values[version], 'which was never installed');
      }
    }
    const isInstalled = (version: number): boolean =>
      this.#ledger.committedWriter(version) >= 0 && this.#ledger.isFinal[version];
    const aborted = versions.findIndex((version) => this.#ledger.writerType(version) === 'fail');
    const above = versions.findIndex((version, at) => aborted >= 0 && at > aborted && isInstalled(version));
    if (above >= 0) this.#dirtyUpdate(keyId, versions[aborted], versions[above]);
    const order = [initial, ...versions.filter(isInstalled)];
    for (let at = 1; at < order.length; at++) {
      const [before, after] = [order[at - 1], order[at]];
      const writer = { transaction: this.#ledger.committedWriter(after), version: after };
      if (at > 1) builder.edge(this.#ledger.committedWriter(before), writer.transaction, ww, before, after);
      addAntidependencies(builder, this.readersOf[before], [writer]);
    }
    return written.every((version) => !isInstalled(version) || isGiven.has(version));
  }

  #dirtyUpdate(keyId: number, aborted: number, above: number): void {
    const { key } = this.#ledger.keys[keyId];
    const values = [aborted, above].map((version) => this.#ledger.values[version]);
    const writers = [aborted, above].map((version) => this.#ledger.history[this.#ledger.writers[version]]);
    this.#anomalies.add('dirty-update', () => ({
      message: `${introduced(writers)} T1 failed, but its ${show(key)} = ${show(values[0])} was installed, and T2 committed ${show(values[1])} after it.`,
      transactions: writers,
      key,
      values,
    }));
  }

  #report(
    name: 'internal' | 'garbage-read' | 'future-read' | 'G1a' | 'G1b',
    transaction: number,
    keyId: number,
    value: unknown,
    why: string,
  ): void {
    const { key } = this.#ledger.keys[keyId];
    const reader = this.#ledger.history[transaction];
    this.#anomalies.add(name, () => ({
      message: `${introduced([reader])} T1 read ${show(key)} = ${show(value)}, ${why}.`,
      transactions: [reader],
      key,
      values: [value],
    }));
  }
}

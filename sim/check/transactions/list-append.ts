/**
 * What lists tell about the transactions that appended to them (Kingsbury & Alvaro, "Elle", VLDB 2020, sections 4.2
 * and 6.1): every element of a list is a version of it, so one read shows all earlier versions in order, and the
 * longest read of a key shows the order of nearly all.
 *
 * A read that ends with what its own transaction appended before shows a version that may never be installed as
 * such; it counts as a read of the part before that.
 */
import type { Operation } from '../history.ts';
import { same, show } from '../plain.ts';
import type { Anomalies } from './anomalies.ts';
import { type Access, addAntidependencies } from './antidependencies.ts';
import { introduced } from './explain.ts';
import { type GraphBuilder, rw, wr, ww } from './graph.ts';
import type { Inference } from './inference.ts';
import type { Ledger } from './ledger.ts';
import type { PlainAnomalyName } from './levels.ts';
import { LostUpdates } from './lost-updates.ts';
import { microOperations } from './transaction.ts';

/** A read of a version that other transactions installed. */
interface ListRead {
  readonly transaction: number;
  readonly list: readonly unknown[];
  /** How much of the list is from other transactions. */
  readonly length: number;
  /** Whether it is the first read of this key in the transaction. */
  readonly isFirst: boolean;
  /** Whether it agrees with what the transaction itself did before. */
  readonly isInternal: boolean;
  /** How many of the transaction's own writes of the key come before it. */
  readonly own: number;
  /** All versions that the transaction writes to the key, also after the read. */
  readonly writes: readonly number[];
}

/** What a transaction has done to a key so far. */
interface Progress {
  readonly writes: number[];
  last?: ListRead;
}

export function inferFromLists(
  ledger: Ledger,
  builder: GraphBuilder,
  anomalies: Anomalies,
  versionOrders: Readonly<Record<string, readonly unknown[]>>,
): Inference {
  const reads = readsOf(ledger, anomalies);
  const keys = ledger.keys.map(
    (_, keyId) => new ListOfKey(ledger, anomalies, keyId, reads[keyId], versionOrders),
  );
  let ordered = 0;
  let written = 0;
  // All that was read is known by now, hence all that was of unknown fate and has happened.
  for (const key of keys) {
    if (ledger.keys[key.keyId].written.length > 0) written++;
    if (key.connect(builder)) ordered++;
  }
  return { keys: written, ordered, transactions: ledger.isCommitted.reduce((sum, one) => sum + one, 0) };
}

/** The reads of each key, those that say nothing new left out; reports reads that contradict their own transaction. */
function readsOf(ledger: Ledger, anomalies: Anomalies): ListRead[][] {
  const reads: ListRead[][] = ledger.keys.map(() => []);
  const progress = new Map<number, Progress>();
  ledger.history.forEach((operation, transaction) => {
    if (operation.type !== 'ok') return;
    progress.clear();
    for (const [f, key, value] of microOperations(operation)) {
      const keyId = ledger.keyId(key);
      let state = progress.get(keyId);
      if (state === undefined) {
        state = { writes: [] };
        progress.set(keyId, state);
      }
      if (f !== 'r') {
        state.writes.push(ledger.find(keyId, value) as number);
        continue;
      }
      const read = readOf(ledger, transaction, (value ?? []) as readonly unknown[], state);
      if (!read.isInternal) {
        anomalies.add('internal', () => internalStory(ledger, operation, keyId, read, state));
      }
      const { last } = state;
      if (!read.isInternal || last === undefined || last.length !== read.length) reads[keyId].push(read);
      state.last = read;
    }
  });
  return reads;
}

function readOf(
  ledger: Ledger,
  transaction: number,
  list: readonly unknown[],
  { writes, last }: Progress,
): ListRead {
  const own = writes.length;
  const length = list.length - own;
  const endsInOwn =
    length >= 0 && writes.every((version, at) => same(list[length + at], ledger.values[version]));
  const goesOn =
    last === undefined ||
    (last.length === length && last.list === list) ||
    (last.length === length && isPrefix(last.list, length, list));
  const isInternal = endsInOwn && goesOn;
  return {
    ...{ transaction, list, isInternal, own, writes },
    length: endsInOwn ? length : list.length,
    isFirst: last === undefined,
  };
}

function isPrefix(left: readonly unknown[], length: number, right: readonly unknown[]): boolean {
  for (let at = 0; at < length; at++) {
    if (left[at] !== right[at] && !same(left[at], right[at])) return false;
  }
  return true;
}

function internalStory(
  ledger: Ledger,
  operation: Operation,
  keyId: number,
  read: ListRead,
  { last }: Progress,
) {
  const { key } = ledger.keys[keyId];
  const own = read.writes.slice(0, read.own).map((version) => ledger.values[version]);
  const expected =
    last === undefined
      ? `a list that ends with ${show(own)}, which it had appended`
      : show([...last.list.slice(0, last.length), ...own]);
  return {
    message: `${introduced([operation])} T1 read ${show(key)} as ${show(read.list)}, where it should have found ${expected}.`,
    transactions: [operation],
    key,
    values: [read.list],
  };
}

/** The order of the versions of one key, and what follows from it. */
class ListOfKey {
  readonly keyId: number;
  readonly #ledger: Ledger;
  readonly #anomalies: Anomalies;
  readonly #reads: readonly ListRead[];
  /** The longest list, its part that others wrote, and who read it (-1: it was given). */
  #longest: readonly unknown[] = [];
  #length = 0;
  #reader = -1;
  /** The versions of the longest list, -1 where nobody wrote the element. */
  #order: number[] = [];
  readonly #placeOf = new Map<number, number>();
  /** The reads that are a beginning of the longest list. */
  readonly #agreeing: ListRead[] = [];
  /** Elements twice, or reads that disagree: then no order is certain. */
  #isDisputed = false;

  constructor(
    ledger: Ledger,
    anomalies: Anomalies,
    keyId: number,
    reads: readonly ListRead[],
    versionOrders: Readonly<Record<string, readonly unknown[]>>,
  ) {
    this.keyId = keyId;
    this.#ledger = ledger;
    this.#anomalies = anomalies;
    this.#reads = reads;
    this.#choose(versionOrders[String(ledger.keys[keyId].key)] ?? []);
    this.#resolve();
    this.#compare();
  }

  #choose(given: readonly unknown[]): void {
    this.#longest = given;
    this.#length = given.length;
    for (const { transaction, list, length } of this.#reads) {
      if (length <= this.#length) continue;
      this.#longest = list;
      this.#length = length;
      this.#reader = transaction;
    }
  }

  #resolve(): void {
    const { list, seen } = this.#versionsIn(this.#longest, this.#length, this.#reader);
    this.#order = list;
    for (const [version, place] of seen) this.#placeOf.set(version, place);
  }

  /** The versions of a list and their first places; reports what nobody wrote, and what is there twice. */
  #versionsIn(elements: readonly unknown[], length: number, reader: number) {
    const seen = new Map<number, number>();
    const list: number[] = [];
    for (let place = 0; place < length; place++) {
      const version = this.#ledger.find(this.keyId, elements[place]) ?? -1;
      list.push(version);
      if (version < 0) this.#report('garbage-read', reader, elements[place], 'which nobody appended');
      else if (seen.has(version)) {
        this.#isDisputed = true;
        this.#report(
          'duplicate-elements',
          reader,
          elements[place],
          'which was appended once, and is there twice',
        );
      } else {
        seen.set(version, place);
        this.#ledger.observed(version);
        this.#follows(version, seen, reader);
      }
    }
    return { list, seen };
  }

  /** What one transaction appends to a key is there in the order in which it appended it, from the first on. */
  #follows(version: number, seen: ReadonlyMap<number, number>, reader: number): void {
    const previous = this.#ledger.previous[version];
    if (previous < 0 || seen.has(previous)) return;
    this.#isDisputed = true;
    const [before, value] = [previous, version].map((one) => show(this.#ledger.values[one]));
    const writer = this.#ledger.writers[version] + 1;
    this.#report('incompatible-order', reader, this.#ledger.values[version], () => {
      return `and not ${before} before it, although operation ${writer} appended ${before} and then ${value}`;
    });
  }

  #compare(): void {
    const firstAborted = this.#firstAborted();
    for (const read of this.#reads) {
      if (read.list !== this.#longest && !isPrefix(read.list, read.length, this.#longest)) {
        this.#isDisputed = true;
        this.#disagree(read);
        continue;
      }
      this.#agreeing.push(read);
      if (firstAborted >= 0 && firstAborted < read.length) this.#abortedRead(read.transaction, firstAborted);
      this.#intermediate(read, read.length > 0 ? this.#order[read.length - 1] : -1);
      this.#future(read, (version) => (this.#placeOf.get(version) ?? read.length) < read.length);
    }
  }

  #firstAborted(): number {
    const isAborted = (version: number): boolean =>
      version >= 0 && this.#ledger.writerType(version) === 'fail';
    const first = this.#order.findIndex(isAborted);
    if (first < 0) return -1;
    const after = this.#order.findIndex((version, at) => at > first && version >= 0 && !isAborted(version));
    if (after >= 0) {
      this.#report('dirty-update', this.#reader, [this.#longest[first], this.#longest[after]], () => {
        const writer = this.#ledger.writers[this.#order[first]];
        return `where ${show(this.#longest[first])} was appended by operation ${writer + 1}, which failed, and ${show(this.#longest[after])} was committed on top of it`;
      });
    }
    return first;
  }

  #disagree(read: ListRead): void {
    const { history } = this.#ledger;
    const { list, seen } = this.#versionsIn(read.list, read.length, read.transaction);
    const aborted = list.findIndex((version) => version >= 0 && this.#ledger.writerType(version) === 'fail');
    if (aborted >= 0) {
      const value = read.list[aborted];
      this.#report('G1a', read.transaction, value, 'which was appended by a transaction that failed');
    }
    this.#intermediate(read, list.at(-1) ?? -1);
    this.#future(read, (version) => seen.has(version));
    const pair =
      this.#reader < 0 ? [history[read.transaction]] : [history[read.transaction], history[this.#reader]];
    const { key } = this.#ledger.keys[this.keyId];
    this.#anomalies.add('incompatible-order', () => ({
      message:
        `${introduced(pair)} T1 read ${show(key)} as ${show(read.list.slice(0, read.length))}, ` +
        `${this.#reader < 0 ? 'the given order is' : 'T2 read'} ${show(this.#longest.slice(0, this.#length))}: ` +
        'neither continues the other.',
      transactions: pair,
      key,
      values: [read.list, this.#longest],
    }));
  }

  #abortedRead(reader: number, place: number): void {
    this.#report('G1a', reader, this.#longest[place], () => {
      const writer = this.#ledger.writers[this.#order[place]];
      return `which was appended by operation ${writer + 1}, and that failed`;
    });
  }

  #intermediate({ transaction }: ListRead, last: number): void {
    if (last < 0 || this.#ledger.isFinal[last]) return;
    const writer = this.#ledger.writers[last];
    if (writer === transaction || this.#ledger.writerType(last) === 'fail') return;
    const value = this.#ledger.values[last];
    this.#report('G1b', transaction, value, () => `after which operation ${writer + 1} appended more to it`);
  }

  #future(read: ListRead, isRead: (version: number) => boolean): void {
    const version = read.writes.find((version, at) => at >= read.own && isRead(version));
    if (version === undefined) return;
    const value = this.#ledger.values[version];
    this.#report('future-read', read.transaction, value, 'which it appended only later');
  }

  /** An anomaly of one reader and the element or elements that it should not have seen. */
  #report(name: PlainAnomalyName, reader: number, value: unknown, why: string | (() => string)): void {
    const { key } = this.#ledger.keys[this.keyId];
    this.#anomalies.add(name, () => {
      const readers = reader < 0 ? [] : [this.#ledger.history[reader]];
      const who = reader < 0 ? 'The given order of' : `${introduced(readers)} T1 read`;
      const what = name === 'dirty-update' ? `a list` : `${show(value)}`;
      const verb = reader < 0 ? `${show(key)} has` : `${show(key)} with`;
      return {
        message: `${who} ${verb} ${what}, ${typeof why === 'string' ? why : why()}.`,
        transactions: readers,
        key,
        values: name === 'dirty-update' ? (value as unknown[]) : [value],
      };
    });
  }

  /** Adds the edges of this key; says whether the order of all its versions is known. */
  connect(builder: GraphBuilder): boolean {
    const unread = this.#unread();
    if (this.#isDisputed) {
      for (const { transaction, list, length } of this.#reads) {
        if (length > 0)
          this.#readFrom(builder, transaction, this.#ledger.find(this.keyId, list[length - 1]) ?? -1);
      }
      return false;
    }
    // What nobody committed has no place among the versions.
    const installed = this.#order.filter(
      (version) => version >= 0 && this.#ledger.committedWriter(version) >= 0,
    );
    const writerOf = (version: number): number => this.#ledger.committedWriter(version);
    for (let at = 1; at < installed.length; at++) {
      const [before, after] = [installed[at - 1], installed[at]];
      builder.edge(writerOf(before), writerOf(after), ww, before, after);
    }
    const last = installed.at(-1);
    if (last !== undefined) {
      for (const { transaction, version } of unread)
        builder.edge(writerOf(last), transaction, ww, last, version);
    }
    this.#connectReads(builder, unread);
    return unread.length <= 1 && this.#ledger.keys[this.keyId].written.length > 0;
  }

  /** What was committed and is not in the longest list comes after all that is; one version a transaction. */
  #unread(): Access[] {
    const unread: Access[] = [];
    for (const version of this.#ledger.keys[this.keyId].written) {
      const transaction = this.#ledger.committedWriter(version);
      if (transaction < 0 || this.#placeOf.has(version) || unread.at(-1)?.transaction === transaction)
        continue;
      unread.push({ transaction, version });
    }
    return unread;
  }

  #readFrom(builder: GraphBuilder, reader: number, version: number): void {
    if (version < 0) return;
    const writer = this.#ledger.committedWriter(version);
    if (writer >= 0) builder.edge(writer, reader, wr, version, version);
  }

  /**
   * Each reader comes after who installed what it read, and before who installed the next version; readers of the
   * last one before all unread writers.
   */
  #connectReads(builder: GraphBuilder, unread: readonly Access[]): void {
    const next: number[] = Array.from({ length: this.#length + 1 }, () => -1);
    for (let place = this.#length - 1; place >= 0; place--) {
      const version = this.#order[place];
      const isInstalled = version >= 0 && this.#ledger.committedWriter(version) >= 0;
      next[place] = isInstalled ? version : next[place + 1];
    }
    const { initial } = this.#ledger.keys[this.keyId];
    const writerOf = (version: number): number => this.#ledger.committedWriter(version);
    const updates = new LostUpdates(this.#ledger, this.#anomalies);
    const tail: Access[] = [];
    for (const { transaction, length, isFirst, isInternal, writes } of this.#agreeing) {
      const version = length === 0 ? initial : this.#order[length - 1];
      this.#readFrom(builder, transaction, version);
      if (next[length] < 0) tail.push({ transaction, version });
      else builder.edge(transaction, writerOf(next[length]), rw, version, next[length]);
      if (isFirst && isInternal && writes.length > 0 && version >= 0) updates.note(version, transaction);
    }
    if (tail.length > 0 && unread.length > 0) addAntidependencies(builder, tail, unread);
  }
}

/**
 * Locks as a replicated state machine. Who has a key and for how long is decided by nothing but the log: what has ended
 * is over at the cluster time that the leaders put there (Ongaro, *Consensus: Bridging Theory and Practice*, §6.3; leases:
 * Gray and Cheriton, SOSP 1989). A fencing token is the index of the entry that gave the lock: it grows for ever, as
 * the sequencers of Chubby do (Burrows, OSDI 2006, §2.4).
 */
import type { Message } from '../../host.ts';
import { hashText } from '../../raft/hash.ts';
import type { Machine, MachineTime } from '../../raft/index.ts';
import type { Claim, Held } from '../messages.ts';
import type { LockRules } from '../rules.ts';
import { LockTable, type TableView } from '../table.ts';

export type LockOperation =
  | ({ readonly kind: 'acquire' } & Claim)
  | ({ readonly kind: 'renew'; readonly ttlMs: number } & Held)
  | ({ readonly kind: 'release' } & Held)
  | { readonly kind: 'forceUnlock'; readonly key: string };

export type LockQuery = { readonly key: string };

/** Who holds a key, in milliseconds of cluster time; a type rather than an interface: it travels. */
export type HolderNow = {
  readonly owner: string;
  readonly token: number | null;
  /** For how long it has held it. */
  readonly sinceMs: number;
  /** For how long it will, unless it renews or releases; null for ever. */
  readonly leftMs: number | null;
};

export class LockMachine implements Machine<LockOperation, LockQuery> {
  readonly time: MachineTime;
  readonly #table: LockTable;
  #nowMs = 0;
  /** Null after a change. */
  #hash: number | null = null;
  #view: TableView | null = null;

  constructor(rules: LockRules) {
    const table = new LockTable(true, rules);
    this.#table = table;
    this.time = {
      get dueMs() {
        return table.dueMs;
      },
      pass: (atMs) => {
        this.#nowMs = atMs;
        if (table.purge(atMs)) this.#changed();
      },
    };
  }

  get hash(): number {
    this.#hash ??= hashText(this.#table.text());
    return this.#hash;
  }

  apply(operation: LockOperation, index: number): Message {
    this.#changed();
    const [table, nowMs] = [this.#table, this.#nowMs];
    switch (operation.kind) {
      case 'acquire':
        return table.acquire(operation, nowMs, nowMs, index);
      case 'renew':
        return table.renew(operation, nowMs);
      case 'release':
        return table.release(operation, nowMs);
      case 'forceUnlock':
        return table.forceUnlock(operation.key, nowMs);
    }
  }

  read({ key }: LockQuery, nowMs: number): HolderNow | null {
    const holder = this.#table.at(key, nowMs);
    if (holder === undefined) return null;
    const { owner, token, acquiredAt, untilMs } = holder;
    return { owner, token, sinceMs: nowMs - acquiredAt, leftMs: untilMs === null ? null : untilMs - nowMs };
  }

  view(): TableView {
    this.#view ??= this.#table.view();
    return this.#view;
  }

  #changed(): void {
    this.#hash = null;
    this.#view = null;
  }
}

/**
 * An account of what was destroyed on the disks of a run, and the budget of it. The idea is TigerBeetle's
 * `ClusterFaultAtlas` (`src/testing/storage.zig`), which decides beforehand what its storage faults may hit.
 *
 * Under the budget `recoverable`
 * 1. synced bytes are damaged only where a careful reader notices: in front of what the last sync of the same file
 *    wrote, so that something whole and newer vouches for them (what `lie` and `wipe` do, no reader can notice: they
 *    are refused);
 * 2. only a minority of the servers is ever damaged, the same for the whole run; clients never.
 * So one good copy of everything that a majority made durable is left on an undamaged server, and a server that has
 * lost something knows that it did. Losses of what was not synced are no damage: the contract of `Disk` allows them.
 */
import type { HostId } from '../../protocols/host.ts';
import type { Choices } from '../kernel/choices.ts';
import type { Loss } from './power-loss.ts';
import type { Damage } from './spec.ts';

export interface Destroyed {
  /** Changes that were not synced, and went with the power. */
  readonly unsyncedChangesLost: number;
  /** Bytes that a sync had answered for: a lie, or a wiped disk. */
  readonly syncedBytesLost: number;
  readonly bytesRotted: number;
  /** Bytes that landed elsewhere. */
  readonly bytesMisdirected: number;
}

type Account = { -readonly [K in keyof Destroyed]: Destroyed[K] };

const nothing: Destroyed = {
  unsyncedChangesLost: 0,
  syncedBytesLost: 0,
  bytesRotted: 0,
  bytesMisdirected: 0,
};

/** What was destroyed of one file. */
export interface Damaged extends Destroyed {
  readonly host: HostId;
  readonly file: string;
}

export class Atlas {
  /** Servers whose stored bytes were damaged: they may never boot again. */
  readonly damaged: ReadonlySet<HostId>;
  readonly #damaged = new Set<HostId>();
  readonly #accounts = new Map<HostId, Map<string, Account>>();
  readonly #servers: readonly HostId[];
  readonly #choices: Choices;
  #doomed: ReadonlySet<HostId> | undefined;

  constructor(servers: readonly HostId[], choices: Choices) {
    this.#servers = servers;
    this.#choices = choices;
    this.damaged = this.#damaged;
  }

  /** Whether synced data of this host may be damaged at all; under `recoverable` only where it is vouched for. */
  grants(host: HostId, damage: Damage): boolean {
    if (damage !== 'recoverable') return damage === 'any';
    this.#doomed ??= new Set(
      this.#choices
        .stream('damaged servers')
        .shuffled(this.#servers)
        .slice(0, Math.floor((this.#servers.length - 1) / 2)),
    );
    return this.#doomed.has(host);
  }

  lost(host: HostId, file: string, { unsyncedChanges, syncedBytes }: Loss): void {
    const account = this.#account(host, file);
    account.unsyncedChangesLost += unsyncedChanges;
    account.syncedBytesLost += syncedBytes;
    if (syncedBytes > 0) this.#damaged.add(host);
  }

  rotted(host: HostId, file: string, bytes: number): void {
    this.#account(host, file).bytesRotted += bytes;
    this.#damaged.add(host);
  }

  misdirected(host: HostId, file: string, bytes: number): void {
    this.#account(host, file).bytesMisdirected += bytes;
    this.#damaged.add(host);
  }

  /** Of the whole run. */
  totals(): Destroyed {
    const totals: Account = { ...nothing };
    for (const account of this.files()) {
      for (const key of Object.keys(nothing) as (keyof Destroyed)[]) totals[key] += account[key];
    }
    return totals;
  }

  /** File by file, in the order in which they were first hit. */
  files(): Damaged[] {
    return [...this.#accounts].flatMap(([host, files]) =>
      [...files].map(([file, account]) => ({ host, file, ...account })),
    );
  }

  #account(host: HostId, file: string): Account {
    let files = this.#accounts.get(host);
    if (files === undefined) {
      files = new Map();
      this.#accounts.set(host, files);
    }
    let account = files.get(file);
    if (account === undefined) {
      account = { ...nothing };
      files.set(file, account);
    }
    return account;
  }
}

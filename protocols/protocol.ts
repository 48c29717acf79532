/** What a protocol offers to whoever runs it: programs by role, client libraries, and its options as data. */

import type { CacheClient } from './caching/cache.ts';
import type { MapClient } from './gossip/map.ts';
import type { AnyProgram, Host, HostId } from './host.ts';
import type { LockClients, SectionClient } from './locks/lock.ts';
import type { SiblingsClient } from './replication/conflicts/siblings-client.ts';
import type { ShopClient } from './transactions/order/client.ts';

/** One option of a protocol, described so that a scenario file, the reference and a form can be made of it. */
export type Option =
  /** Milliseconds; a scenario file writes it with a unit (`150ms`). */
  | { readonly type: 'duration'; readonly default: number; readonly min?: number; readonly about: string }
  | {
      readonly type: 'integer';
      readonly default: number;
      readonly min?: number;
      readonly max?: number;
      readonly about: string;
    }
  | { readonly type: 'flag'; readonly default: boolean; readonly about: string }
  | {
      readonly type: 'choice';
      readonly default: string;
      readonly of: readonly string[];
      readonly about: string;
    };

export type OptionTable = Readonly<Record<string, Option>>;

/** The values that an option table describes. */
export type OptionsOf<T extends OptionTable> = {
  readonly [K in keyof T]: T[K] extends { type: 'flag' }
    ? boolean
    : T[K] extends { type: 'choice' }
      ? string
      : number;
};

/** What a protocol runs with where nothing else is said. */
export const defaultsOf = <T extends OptionTable>(table: T): OptionsOf<T> =>
  Object.fromEntries(Object.entries(table).map(([name, option]) => [name, option.default])) as OptionsOf<T>;

export interface Role {
  /** Hosts of this role are named prefix + 1, 2, 3 …, usually `n`. */
  readonly prefix: string;
  /** How many there are unless a scenario says otherwise. */
  readonly count: number;
  /** With fewer it is not what it promises, and a scenario that asks for them is refused; 1 unless given. */
  readonly countMin?: number;
  /** Likewise with more. */
  readonly countMax?: number;
  program(options: never): AnyProgram;
}

/** `options` is complete: whoever calls fills in the defaults of the table. */
export interface Protocol {
  readonly name: string;
  /** One line. */
  readonly about: string;
  /** What it promises, and the source (paper and section). */
  readonly promise: string;
  readonly options: OptionTable;
  readonly roles: Readonly<Record<string, Role>>;
  readonly clients: Clients;
}

/** The client libraries that a protocol may offer, by what they let a workload do. */
export interface Clients {
  readonly kv?: (host: Host<never>, servers: readonly HostId[], options: never) => KvClient;
  readonly cache?: (host: Host<never>, servers: readonly HostId[], options: never) => CacheClient;
  readonly clock?: (host: Host<never>, servers: readonly HostId[], options: never) => ClockClient;
  readonly ids?: (host: Host<never>, servers: readonly HostId[], options: never) => IdClient;
  readonly lock?: (host: Host<never>, servers: readonly HostId[], options: never) => LockClients;
  readonly sections?: (host: Host<never>, servers: readonly HostId[], options: never) => SectionClient;
  readonly membership?: (host: Host<never>, servers: readonly HostId[], options: never) => MembershipClient;
  readonly map?: (host: Host<never>, servers: readonly HostId[], options: never) => MapClient;
  readonly bank?: (host: Host<never>, servers: readonly HostId[], options: never) => BankClient;
  readonly shop?: (host: Host<never>, servers: readonly HostId[], options: never) => ShopClient;
  readonly bookings?: (host: Host<never>, servers: readonly HostId[], options: never) => BookingClient;
  readonly siblings?: (host: Host<never>, servers: readonly HostId[], options: never) => SiblingsClient;
  /** For an operator: no workload needs it. `servers` are all that may ever be members. */
  readonly members?: (host: Host<never>, servers: readonly HostId[], options: never) => MembersClient;
}

/**
 * Changes which servers make up the cluster, one at a time. Both resolve when the change is for good, or if there was
 * nothing to change; they reject with `Refused` (it did not happen), or with anything else (it may have happened, and
 * may still happen).
 */
export interface MembersClient {
  add(server: HostId): Promise<void>;
  remove(server: HostId): Promise<void>;
}

/** Accounts whose balances are whole numbers. */
export interface BankClient {
  readonly accounts: readonly string[];
  /**
   * Takes an amount from one account and adds it to another. Rejects with `Refused` if neither was done, and with
   * anything else if nobody knows.
   */
  transfer(from: string, to: string, amount: number): Promise<void>;
}

/** Services that each have items to give, numbered from 0. */
export interface BookingClient {
  readonly services: readonly HostId[];
  /** How many items each service has. */
  readonly items: number;
  /**
   * Books one item at each of some services, in this order. Rejects with `Refused` if in the end none is booked, and
   * with anything else if nobody knows.
   */
  book(steps: readonly (readonly [service: HostId, item: number])[]): Promise<void>;
}

/**
 * A map from keys to values. Every method may reject: with `Refused` (it did not happen), or with anything else
 * (it may have happened, and may still happen).
 */
export interface KvClient {
  /** The value, or null if there is none. */
  get(key: string): Promise<Value>;
  put(key: string, value: Value): Promise<void>;
  delete(key: string): Promise<void>;
  /** Puts `to` if the value is `from` (null: if there is none); true if it did. */
  cas(key: string, from: Value, to: Value): Promise<boolean>;
}

/** Hosts with a logical clock. Methods reject as those of `KvClient` do. */
export interface ClockClient {
  /** Lets something happen at one of the hosts; the stamp that it was given. */
  stamp(): Promise<unknown>;
}

/** A source of identifiers. Methods reject as those of `KvClient` do. */
export interface IdClient {
  /** An identifier that nobody else was or will be given. */
  generate(): Promise<string>;
}

/** A group whose members look after each other. Methods reject as those of `KvClient` do. */
export interface MembershipClient {
  /** Those whom one of the members takes for alive, suspects included. */
  alive(): Promise<readonly HostId[]>;
}

export type Value = string | number | null;

/** The world as the body of a test sees it: clients to ask, hosts to break, and time to let pass. */
import type { Host, HostId, Random } from '../../../protocols/host.ts';
import type { Clients, KvClient } from '../../../protocols/protocol.ts';
import type { History } from '../../check/index.ts';
import type { Question, Reply } from '../recorder.ts';
import type { ScenarioFile } from '../scenario/index.ts';

/** A duration of virtual time: milliseconds, or text with a unit (`2s`, `150ms`). */
export type VirtualTime = number | string;

type Line = NonNullable<ScenarioFile['faults']>[number];

/** A fault as a scenario file writes it, without a time: `{ packet: { targets: 'minority', loss: '20%' }, for: '2s' }`. */
export type FaultNow = Omit<Line, 'at' | 'every' | 'when' | 'after' | 'times'>;

/** Which hosts: ids, or a word of scenario files (`leader`, `minority`, `one` …). */
export type Hosts = HostId | readonly HostId[];

/** A fault that was started. */
export interface Trouble {
  /** The hosts that it fell on, if it falls on hosts. */
  readonly hosts: readonly HostId[];
  /** In words: `{n1} | {n2, n3}`. */
  readonly text: string;
  /** Puts it right. */
  heal(): void;
}

/**
 * Everything here takes virtual time only, and whatever the body awaits must come from here: real timers and real
 * chance are out of bounds in it. What faults do is done when the method returns.
 */
export interface TestWorld {
  readonly seed: string;
  /** The servers, spare ones included. */
  readonly nodes: readonly HostId[];
  readonly clients: readonly HostId[];
  /** Milliseconds of the run so far. */
  readonly now: number;
  /** Everything that clients asked for and were told so far, for a judge. */
  readonly history: History;
  /** Chance drawn from the seed. */
  readonly random: Random;

  /**
   * The protocol's key-value library on a client machine; what it is asked goes into `history`. Its methods reject as
   * those of `KvClient` do, and with `TimedOut` if the machine dies.
   * @throws TypeError if the protocol has no such library, or there is no such client
   */
  client(id?: HostId): KvClient;
  /**
   * Runs something on a client machine, with any library of the protocol; nothing of it is recorded.
   * @throws TypeError if the protocol has no such library
   */
  use<L extends keyof Clients, T>(
    library: L,
    task: (client: ReturnType<NonNullable<Clients[L]>>) => T | Promise<T>,
    id?: HostId,
  ): Promise<T>;
  /** Runs something on a client machine, with its host: a client library of your own, or a plain call. */
  on<T>(id: HostId, task: (host: Host<never>) => T | Promise<T>): Promise<T>;
  /** The same, recorded in `history` as the operation that `question` describes. */
  operate(question: Question, task: (host: Host<never>) => Promise<Reply>, id?: HostId): Promise<Reply>;

  sleep(time: VirtualTime): Promise<void>;
  /**
   * Waits until something is so, looking after every turn of every host.
   * @throws Error if it is not so within the time, ten seconds unless given
   */
  until(
    isSo: () => boolean,
    options?: { readonly within?: VirtualTime; readonly what?: string },
  ): Promise<void>;
  /** Waits for a server that exposes `role: 'leader'`: of several the one with the highest `term`. */
  leader(options?: { readonly within?: VirtualTime }): Promise<HostId>;
  /** What the program of a host exposes; undefined if it is down, or exposes nothing. It changes as the run goes on. */
  exposed<V extends object = Record<string, unknown>>(id: HostId): V | undefined;
  isUp(id: HostId): boolean;

  /** Kills hosts; of the disk is left what `storage` says, `lose-unsynced` unless given. */
  kill(
    hosts: Hosts,
    options?: { readonly storage?: 'keep' | 'lose-unsynced' | 'lose-all' | 'torn' | 'wipe' },
  ): Trouble;
  /** Boots hosts that are down. */
  restart(hosts: HostId | readonly HostId[]): void;
  /** Groups that cannot reach each other, or a shape of scenario files: `halves`, `{ isolate: 'leader' }` … */
  partition(shape: readonly (readonly HostId[])[] | Line['partition']): Trouble;
  /** Cuts hosts off from all other servers, and each other. */
  isolate(hosts: Hosts): Trouble;
  pause(hosts: Hosts): Trouble;
  /**
   * Starts any fault that a scenario file can name.
   * @throws TypeError that says what is wrong with it, or that it fell on nothing
   */
  fault(fault: FaultNow): Trouble;
  /** Puts everything right that was broken, and boots everybody who is down. */
  heal(): void;
  /** Says something in the story of this run. */
  note(text: string): void;
}

/** What the log drives: a state machine of any kind, and the sessions through which clients change it. */
import type { Message } from '../host.ts';
import { withMember } from './hash.ts';
import type { Command, Operation, Query, RegisterAnswer, Result, WriteAnswer } from './messages.ts';
import { type freshness, Sessions } from './sessions.ts';

/**
 * A deterministic state machine (§2): what it becomes and what it answers depends on nothing but what was applied to
 * it, in order. It has no clock, no chance and no host.
 */
export interface Machine<O = Operation, Q = Query> {
  /** Equal for equal states; a whole number below 2^52. */
  readonly hash: number;
  /** Carries out an operation; `index` is that of its log entry, which no other one has. */
  apply(operation: O, index: number): Result;
  /** Answers without changing anything. `nowMs` is the cluster time, 0 for a machine without `time`. */
  read(query: Q, nowMs: number): Message;
  /** Given by a machine in which things end by themselves: its entries carry the cluster time. */
  readonly time?: MachineTime;
  /** What claims, reports and operators may see of it. */
  view?(): object;
}

/** How a machine learns the time: from the log, so that all replicas learn it at the same place (thesis §6.3). */
export interface MachineTime {
  /** Cluster time at which something ends next, or null. The leader sees to it that the log gets there soon after. */
  readonly dueMs: number | null;
  /** It is `atMs` now: called before each operation, and never with less than the last time. */
  pass(atMs: number): void;
}

/** What a command answers to the client that asked for it; null to nobody. */
export type Outcome = WriteAnswer | RegisterAnswer | null;

const expired: Outcome = { status: 'expired' };
const superseded: Outcome = { status: 'superseded' };

/** The machine of one replica behind its sessions. */
export class StateMachine {
  readonly machine: Machine;
  readonly sessions: Sessions;
  readonly #freshness: typeof freshness;

  constructor(machine: Machine, sessionsMax: number, judge: typeof freshness) {
    this.machine = machine;
    this.sessions = new Sessions(sessionsMax);
    this.#freshness = judge;
  }

  /** Hash of the state; equal after equal logs. */
  get hash(): number {
    return withMember(this.machine.hash, this.sessions.hash);
  }

  /** Applies the command at log index `index`. */
  apply(index: number, command: Command): Outcome {
    switch (command.kind) {
      case 'noop':
        return null;
      case 'configuration':
        return { status: 'done', result: null };
      case 'time':
        this.machine.time?.pass(command.at);
        return null;
      case 'register':
        this.sessions.open(index);
        return { status: 'registered', session: index };
      case 'write':
        if (command.at !== undefined) this.machine.time?.pass(command.at);
        return this.#write(index, command);
    }
  }

  #write(index: number, { session: id, seq, operation }: Command & { kind: 'write' }): Outcome {
    const session = this.sessions.find(id);
    if (session === undefined) return expired;
    const fresh = this.#freshness(session.seq, seq);
    if (fresh === 'superseded') return superseded;
    const result = fresh === 'new' ? this.machine.apply(operation, index) : session.result;
    this.sessions.use(id, index, seq, result);
    return { status: 'done', result };
  }
}

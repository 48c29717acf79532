/** The state machine that the log drives: the map, and the sessions through which clients change it. */
import type { Value } from '../protocol.ts';
import { withMember } from './hash.ts';
import { KeyValues } from './kv.ts';
import type { Command, RegisterAnswer, WriteAnswer } from './messages.ts';
import { type freshness, Sessions } from './sessions.ts';

/** What a command answers to the client that asked for it; null to nobody. */
export type Outcome = WriteAnswer | RegisterAnswer | null;

const expired: Outcome = { status: 'expired' };
const superseded: Outcome = { status: 'superseded' };

export class StateMachine {
  readonly #values = new KeyValues();
  readonly #sessions: Sessions;
  readonly #freshness: typeof freshness;

  constructor(sessionsMax: number, judge: typeof freshness) {
    this.#sessions = new Sessions(sessionsMax);
    this.#freshness = judge;
  }

  /** Hash of the state; equal after equal logs. */
  get hash(): number {
    return withMember(this.#values.hash, this.#sessions.hash);
  }

  get(key: string): Value {
    return this.#values.get(key);
  }

  /** Applies the command at log index `index`. */
  apply(index: number, command: Command): Outcome {
    switch (command.kind) {
      case 'noop':
        return null;
      case 'configuration':
        return { status: 'done', result: null };
      case 'register':
        this.#sessions.open(index);
        return { status: 'registered', session: index };
      case 'write':
        return this.#write(index, command);
    }
  }

  #write(index: number, { session: id, seq, operation }: Command & { kind: 'write' }): Outcome {
    const session = this.#sessions.find(id);
    if (session === undefined) return expired;
    const fresh = this.#freshness(session.seq, seq);
    if (fresh === 'superseded') return superseded;
    const result = fresh === 'new' ? this.#values.apply(operation) : session.result;
    this.#sessions.use(id, index, seq, result);
    return { status: 'done', result };
  }
}

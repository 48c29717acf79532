/** The replicated map behind its sessions, for logs that hold nothing else. */
import type { Value } from '../protocol.ts';
import { KeyValues } from './kv.ts';
import { type Machine, StateMachine } from './machine.ts';
import type { freshness, SessionState } from './sessions.ts';

/** A map and its sessions, as plain data. */
export interface KvState {
  readonly values: readonly (readonly [key: string, value: Value])[];
  readonly sessions: readonly SessionState[];
}

export class KvStateMachine extends StateMachine {
  readonly #values: KeyValues;

  /** @param state what it begins with; nothing unless given */
  constructor(sessionsMax: number, judge: typeof freshness, state?: KvState) {
    const values = new KeyValues();
    super(values as Machine, sessionsMax, judge);
    this.#values = values;
    for (const [key, value] of state?.values ?? []) values.apply({ kind: 'put', key, value });
    for (const session of state?.sessions ?? []) this.sessions.use(...session);
  }

  snapshot(): KvState {
    return { values: this.#values.snapshot(), sessions: this.sessions.snapshot() };
  }

  /** The value of a key, or null if there is none. */
  get(key: string): Value {
    return this.#values.read({ key });
  }
}

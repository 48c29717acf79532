/** The replicated map behind its sessions, for logs that hold nothing else. */
import type { Value } from '../protocol.ts';
import { KeyValues } from './kv.ts';
import { type Machine, StateMachine } from './machine.ts';
import type { freshness } from './sessions.ts';

export class KvStateMachine extends StateMachine {
  readonly #values: KeyValues;

  constructor(sessionsMax: number, judge: typeof freshness) {
    const values = new KeyValues();
    super(values as Machine, sessionsMax, judge);
    this.#values = values;
  }

  /** The value of a key, or null if there is none. */
  get(key: string): Value {
    return this.#values.read({ key });
  }
}

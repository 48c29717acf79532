/**
 * Client sessions: each command takes effect once, however often it is in the log (§8, thesis §6.3). They are part of
 * the replicated state, so every decision here depends on nothing but the log.
 */
import { hashText, withMember, withoutMember } from './hash.ts';
import type { Result } from './messages.ts';

/** What a command is to its session: to be done, done already (answer again), or older than what was done. */
export type Freshness = 'new' | 'repeated' | 'superseded';

export function freshness(lastSeq: number, seq: number): Freshness {
  if (seq > lastSeq) return 'new';
  return seq === lastSeq ? 'repeated' : 'superseded';
}

interface Session {
  /** Where in the log it was used last. */
  readonly index: number;
  readonly seq: number;
  /** The answer to command `seq`, kept for its retries. */
  readonly result: Result;
  readonly hash: number;
}

/** What is to be known of a session: the arguments of `use`. */
export type SessionState = readonly [id: number, index: number, seq: number, result: Result];

/** At most `max` sessions; the one that was used least recently, in the order of the log, gives way. */
export class Sessions {
  readonly #max: number;
  /** In the order of their last use. */
  readonly #sessions = new Map<number, Session>();
  #hash = 0;

  constructor(max: number) {
    this.#max = max;
  }

  get size(): number {
    return this.#sessions.size;
  }

  /** Hash of all sessions and their order of use. */
  get hash(): number {
    return this.#hash;
  }

  /** All sessions in the order of their last use: whoever uses them in this order has the same. */
  snapshot(): SessionState[] {
    return [...this.#sessions].map(([id, { index, seq, result }]) => [id, index, seq, result]);
  }

  find(id: number): Session | undefined {
    return this.#sessions.get(id);
  }

  /** Opens session `id`, the index of the entry that asked for it. */
  open(id: number): void {
    this.use(id, id, 0, null);
    if (this.#sessions.size <= this.#max) return;
    const [oldest] = this.#sessions.keys();
    this.#remove(oldest!);
  }

  /** Notes at log index `index` that session `id` has done command `seq` with this result. */
  use(id: number, index: number, seq: number, result: Result): void {
    this.#remove(id);
    const hash = hashText(`${id} ${index} ${seq} ${JSON.stringify(result)}`);
    this.#sessions.set(id, { index, seq, result, hash });
    this.#hash = withMember(this.#hash, hash);
  }

  #remove(id: number): void {
    const session = this.#sessions.get(id);
    if (session === undefined) return;
    this.#sessions.delete(id);
    this.#hash = withoutMember(this.#hash, session.hash);
  }
}

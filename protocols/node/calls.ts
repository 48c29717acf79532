/** The calls of one host that have no answer yet. */
import { type Clock, isRefused, Refused, TimedOut, type Timer } from '../host.ts';
import type { Connection } from './connection.ts';

interface Pending {
  /** Set once the question has left: only this connection can bring its answer. */
  connection: Connection | undefined;
  readonly timer: Timer;
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: Error) => void;
  readonly unlisten: () => void;
}

export class Calls {
  readonly #clock: Clock;
  readonly #pending = new Map<number, Pending>();
  readonly #raised = new WeakSet<object>();
  #lastNumber = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** `gaveUp` is called when the time is over or the signal aborts, so that the question need not leave any more. */
  open(
    timeoutMs: number,
    signal: AbortSignal | undefined,
    gaveUp: (call: number) => void,
  ): { call: number; answer: Promise<unknown> } {
    this.#lastNumber += 1;
    const call = this.#lastNumber;
    const answer = new Promise((resolve, reject) => {
      const giveUp = (reason: string) => {
        gaveUp(call);
        this.timeOut(call, reason);
      };
      const abort = () => giveUp('the caller gave up');
      const timer = this.#clock.after(timeoutMs, () => giveUp(`no answer within ${timeoutMs} ms`));
      const unlisten = () => signal?.removeEventListener('abort', abort);
      this.#pending.set(call, { connection: undefined, timer, resolve, reject, unlisten });
      if (signal?.aborted) abort();
      else signal?.addEventListener('abort', abort, { once: true });
    });
    return { call, answer };
  }

  departed(call: number, connection: Connection): void {
    const pending = this.#pending.get(call);
    if (pending !== undefined) pending.connection = connection;
  }

  resolve(call: number, answer: unknown, connection?: Connection): void {
    this.#close(call, connection)?.resolve(answer);
  }

  refuse(call: number, reason: string, connection?: Connection): void {
    const refused = new Refused(reason);
    this.#raised.add(refused);
    this.#close(call, connection)?.reject(refused);
  }

  timeOut(call: number, reason: string, connection?: Connection): void {
    this.#close(call, connection)?.reject(new TimedOut(reason));
  }

  /** Nobody can tell what became of the questions that left over this connection. */
  lost(connection: Connection): void {
    for (const [call, pending] of this.#pending) {
      if (pending.connection === connection) this.timeOut(call, 'the connection was lost');
    }
  }

  /** Whether a handler threw this `Refused` in its own name, and did not merely let it through from a call. */
  isOwnRefusal(error: unknown): error is Refused {
    return isRefused(error) && !this.#raised.has(error);
  }

  /** Leaves every promise as it is, for good. */
  forget(): void {
    for (const pending of this.#pending.values()) {
      pending.timer.cancel();
      pending.unlisten();
    }
    this.#pending.clear();
  }

  #close(call: number, connection: Connection | undefined): Pending | undefined {
    const pending = this.#pending.get(call);
    // A stranger that guesses the number of a call must not answer it.
    if (pending === undefined || pending.connection !== (connection ?? pending.connection)) return undefined;
    this.#pending.delete(call);
    pending.timer.cancel();
    pending.unlisten();
    return pending;
  }
}

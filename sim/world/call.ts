/** A call from the moment it is made until its answer, its timeout or its abort, whichever comes first. */
import { type HostId, Refused, TimedOut } from '../../protocols/host.ts';
import { copyMessage } from '../../protocols/message.ts';
import type { Handle } from '../kernel/agenda.ts';
import type { Incarnation } from './incarnation.ts';
import type { Caller, Packet } from './packet.ts';
import type { Connection } from './stream.ts';
import { eventKind } from './surroundings.ts';

/** A refusal that came out of a `call`: let through by a handler, it says nothing definite to its own caller. */
export class CallRefused extends Refused {}

const refused = (why: string): CallRefused => withoutStack(() => new CallRefused(why));

/** The stack of what a call ends with would show nothing but the simulator's loop, and costs microseconds. */
function withoutStack<T>(make: () => T): T {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    return make();
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

export class PendingCall implements Caller {
  readonly incarnation: Incarnation;
  connection: Connection | undefined = undefined;
  readonly #kind: string;
  readonly #to: HostId;
  readonly #resolve: (answer: unknown) => void;
  readonly #reject: (error: Error) => void;
  #isSettled = false;
  #timeout: Handle = 0;
  /** Takes the listener off the caller's abort signal. */
  #release: (() => void) | undefined;

  constructor(
    incarnation: Incarnation,
    to: HostId,
    kind: string,
    resolve: (answer: unknown) => void,
    reject: (error: Error) => void,
  ) {
    this.incarnation = incarnation;
    this.#kind = kind;
    this.#to = to;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  /** Begins to wait. */
  wait(timeoutMs: number, signal: AbortSignal | undefined): void {
    const { machine } = this.incarnation;
    this.#timeout = machine.schedule(machine.clock.runUs(timeoutMs), eventKind.callTimeout, this);
    if (signal === undefined) return;
    const abort = () => {
      if (this.#settle()) this.#reject(new TimedOut(`${this.#kind} to ${this.#to} was aborted`));
    };
    signal.addEventListener('abort', abort, { once: true });
    this.#release = () => signal.removeEventListener('abort', abort);
  }

  answer(packet: Packet): boolean {
    if (!this.#settle()) return false;
    if (packet.role === 'answer') {
      this.#resolve(packet.holdsBytes ? copyMessage(packet.body) : packet.body);
    } else if (packet.role === 'refusal') this.#reject(refused(String(packet.body)));
    else this.#reject(this.#timedOut(String(packet.body)));
    return true;
  }

  broken(wasRefused: boolean): boolean {
    if (!this.#settle()) return false;
    if (wasRefused) this.#reject(refused(`${this.#kind} to ${this.#to}: the connection was refused`));
    else this.#reject(this.#timedOut('the connection was reset'));
    return true;
  }

  /** Its time is over. False if nobody waits for it any more. */
  timeOut(): boolean {
    // A timeout that waited for a paused machine may find the call answered.
    if (!this.#settle()) return false;
    this.#reject(this.#timedOut('no answer in time'));
    return true;
  }

  #timedOut(why: string): TimedOut {
    return withoutStack(() => new TimedOut(`${this.#kind} to ${this.#to}: ${why}`));
  }

  /** True once, and never after the death of the caller. */
  #settle(): boolean {
    if (this.#isSettled || !this.incarnation.alive) return false;
    this.#isSettled = true;
    this.connection?.calls.delete(this);
    this.incarnation.machine.world.loop.agenda.cancel(this.#timeout);
    this.#release?.();
    return true;
  }
}

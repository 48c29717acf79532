/** A call from the moment it is made until its answer, its timeout or its abort, whichever comes first. */
import { type HostId, Refused, TimedOut } from '../../protocols/host.ts';
import { copyMessage } from '../../protocols/message.ts';
import type { Handle } from '../kernel/agenda.ts';
import { eventKind, type Incarnation } from './machine.ts';
import type { Packet } from './network.ts';

/** A refusal that came out of a `call`: let through by a handler, it says nothing definite to its own caller. */
export class CallRefused extends Refused {}

export class PendingCall {
  readonly incarnation: Incarnation;
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

  /** An answer, a refusal or a reset has arrived. False if nobody waits for it any more. */
  answer(packet: Packet): boolean {
    if (!this.#settle()) return false;
    if (packet.role === 'answer') {
      this.#resolve(packet.holdsBytes ? copyMessage(packet.body) : packet.body);
    } else if (packet.role === 'refusal') this.#reject(new CallRefused(String(packet.body)));
    else this.#reject(new TimedOut(`${this.#kind} to ${this.#to}: ${packet.body}`));
    return true;
  }

  /** Its time is over. False if nobody waits for it any more. */
  timeOut(): boolean {
    // A timeout that waited for a paused machine may find the call answered.
    if (!this.#settle()) return false;
    this.#reject(new TimedOut(`${this.#kind} to ${this.#to}: no answer in time`));
    return true;
  }

  /** True once, and never after the death of the caller. */
  #settle(): boolean {
    if (this.#isSettled || !this.incarnation.alive) return false;
    this.#isSettled = true;
    this.incarnation.machine.world.loop.agenda.cancel(this.#timeout);
    this.#release?.();
    return true;
  }
}

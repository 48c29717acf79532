/** What waits to go onto a link that is busy: first in, first out, and what does not fit is dropped. */
import type { Bandwidth } from './spec.ts';

/** Bytes that a packet has besides its message. */
const headerBytes = 64;

/**
 * The queue of one direction of a link. It is a number rather than a list: how much was offered and not sent yet.
 * That is counted in millionths of a byte, so that every time is exact: a link of a byte a second sends one of them in
 * a microsecond.
 */
export class Queue {
  readonly #perUs: number;
  readonly #waitingMost: number;
  #waiting = 0;
  #countedUs = 0;

  constructor({ bytesPerSecond, queueBytes }: Bandwidth) {
    this.#perUs = bytesPerSecond;
    this.#waitingMost = queueBytes * 1_000_000;
  }

  /**
   * Offers a message of this length.
   * @param atUs when it comes
   * @param patient whether it waits even if the queue is full
   * @returns after how many microseconds the last byte of it is on the link; -1 if there is no room
   */
  offer(bytes: number, atUs: number, patient: boolean): number {
    const own = (bytes + headerBytes) * 1_000_000;
    const passedUs = Math.max(0, atUs - this.#countedUs);
    const waiting = Math.max(0, this.#waiting - passedUs * this.#perUs);
    if (waiting > 0 && waiting + own > this.#waitingMost && !patient) return -1;
    this.#waiting = waiting + own;
    this.#countedUs += passedUs;
    return Math.ceil(this.#waiting / this.#perUs);
  }
}

/** The queues of a network, made as links become busy. */
export class Queues {
  readonly #queues = new Map<number, Queue>();

  /** @param pair names one direction of a link */
  of(pair: number, bandwidth: Bandwidth): Queue {
    let queue = this.#queues.get(pair);
    if (queue === undefined) {
      queue = new Queue(bandwidth);
      this.#queues.set(pair, queue);
    }
    return queue;
  }
}

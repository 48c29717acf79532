/** A logical clock that never gives a stamp which it, in an earlier life, may have given before or gone beyond. */
import { Cell } from '../cell.ts';
import type { Disk, Message } from '../host.ts';
import type { LogicalClock, Reading } from './logical-clock.ts';

export class DurableClock<Stamp extends Message> {
  readonly #clock: LogicalClock<Stamp>;
  readonly #cell: Cell;
  #last: Stamp;
  /** What is durable, or will be when `#written` resolves. */
  #bound: Stamp | null;
  #written: Promise<void> = Promise.resolve();

  private constructor(clock: LogicalClock<Stamp>, cell: Cell, bound: Stamp | null) {
    this.#clock = clock;
    this.#cell = cell;
    this.#bound = bound;
    this.#last = clock.resumed(bound);
  }

  /**
   * Goes on where the clock of that file may have been.
   * @throws CorruptFile
   * @throws DiskError
   */
  static async open<Stamp extends Message>(
    disk: Disk,
    file: string,
    clock: LogicalClock<Stamp>,
  ): Promise<DurableClock<Stamp>> {
    const cell = new Cell(disk, file);
    const bytes = await cell.read();
    const bound = bytes === null ? null : (JSON.parse(new TextDecoder().decode(bytes)) as Stamp);
    return new DurableClock(clock, cell, bound);
  }

  /** The last stamp that was given, or may have been. */
  get last(): Stamp {
    return this.#last;
  }

  /** What is written down, or soon will be; null if nothing ever was. */
  get bound(): Stamp | null {
    return this.#bound;
  }

  /**
   * The stamp of an event, once no restart can take it back. Stamps are given, and promises resolve, in the order of
   * the calls.
   * @throws DiskError after which this clock is not to be used any more
   */
  async event(now: Reading, sent?: Stamp): Promise<Stamp> {
    const clock = this.#clock;
    const stamp = sent === undefined ? clock.next(this.#last, now) : clock.received(this.#last, sent, now);
    this.#last = stamp;
    if (this.#bound === null || !clock.isCovered(stamp, this.#bound)) {
      this.#bound = clock.bound(stamp, now);
      this.#written = this.#cell.write(new TextEncoder().encode(JSON.stringify(this.#bound)));
    }
    await this.#written;
    return stamp;
  }
}

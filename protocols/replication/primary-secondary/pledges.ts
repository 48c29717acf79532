/** What this server has promised, in memory and on disk. */
import { Cell } from '../../cell.ts';
import type { Disk } from '../../host.ts';
import { noPledge, type Pledge } from './failover.ts';
import { decodePledge, type Rules } from './rules.ts';

/**
 * Memory runs ahead of the disk, so that from the moment of a promise nothing of an earlier epoch is accepted; whoever
 * gives an answer that rests on the promise awaits `settled` first.
 */
export class Pledges {
  readonly #cell: Cell;
  readonly #persist: Rules['persistPledge'];
  #latest: Pledge;
  #durable: Pledge;
  #saving: Promise<void> | null = null;

  private constructor(cell: Cell, persist: Rules['persistPledge'], pledge: Pledge) {
    this.#cell = cell;
    this.#persist = persist;
    this.#latest = pledge;
    this.#durable = pledge;
  }

  /** @throws CorruptFile @throws DiskError */
  static async recover(disk: Disk, persist: Rules['persistPledge']): Promise<Pledges> {
    const cell = new Cell(disk, 'pledge');
    const bytes = await cell.read();
    return new Pledges(cell, persist, bytes === null ? noPledge : decodePledge(bytes));
  }

  get latest(): Pledge {
    return this.#latest;
  }

  get epoch(): number {
    return this.#latest.epoch;
  }

  /** The latest epoch that a crash cannot take back. */
  get durableEpoch(): number {
    return this.#durable.epoch;
  }

  get isDurable(): boolean {
    return this.#durable === this.#latest;
  }

  /** Promises, in memory at once and on disk when `settled`. */
  make(pledge: Pledge): void {
    this.#latest = pledge;
  }

  /**
   * Resolves when every promise so far is durable.
   * @throws DiskError
   */
  async settled(): Promise<void> {
    while (!this.isDurable) {
      this.#saving ??= this.#save(this.#latest);
      await this.#saving;
    }
  }

  async #save(pledge: Pledge): Promise<void> {
    await this.#persist(this.#cell, pledge);
    this.#durable = pledge;
    this.#saving = null;
  }
}

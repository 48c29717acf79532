/** Term and vote, in memory and on disk. */
import { Cell } from '../cell.ts';
import type { Disk, HostId } from '../host.ts';
import type { Vote } from './election.ts';
import { decodeVote, type Rules } from './rules.ts';

/**
 * Memory runs ahead of the disk, so that from the moment of a promise nothing of an earlier term is accepted; whoever
 * gives an answer that rests on the promise awaits `settled` first.
 */
export class Ballot implements Vote {
  readonly #cell: Cell;
  readonly #persist: Rules['persistVote'];
  #promised: Vote;
  #durable: Vote;
  #saving: Promise<void> | null = null;

  private constructor(cell: Cell, persist: Rules['persistVote'], vote: Vote) {
    this.#cell = cell;
    this.#persist = persist;
    this.#promised = vote;
    this.#durable = vote;
  }

  /** @throws CorruptFile @throws DiskError */
  static async recover(disk: Disk, persist: Rules['persistVote']): Promise<Ballot> {
    const cell = new Cell(disk, 'vote');
    return new Ballot(cell, persist, decodeVote(await cell.read()));
  }

  get term(): number {
    return this.#promised.term;
  }

  get votedFor(): HostId | null {
    return this.#promised.votedFor;
  }

  /** The latest term that a crash cannot take back. */
  get durableTerm(): number {
    return this.#durable.term;
  }

  get isDurable(): boolean {
    return this.#durable === this.#promised;
  }

  /** Promises, in memory at once and on disk when `settled`. */
  promise(term: number, votedFor: HostId | null): void {
    if (term !== this.term || votedFor !== this.votedFor) this.#promised = { term, votedFor };
  }

  /**
   * Resolves when every promise so far is durable.
   * @throws DiskError
   */
  async settled(): Promise<void> {
    while (!this.isDurable) {
      this.#saving ??= this.#save(this.#promised);
      await this.#saving;
    }
  }

  async #save(vote: Vote): Promise<void> {
    await this.#persist(this.#cell, vote);
    this.#durable = vote;
    this.#saving = null;
  }
}

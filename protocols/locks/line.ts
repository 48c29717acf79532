/** Who waits for a key, in the order in which they first asked. */

export interface Waiter {
  readonly owner: string;
  /** Counts who ever stood in line here. */
  readonly ticket: number;
  /** Whoever does not ask again until then has left. */
  readonly untilMs: number;
}

/** Whose turn it is: first come, first served. */
export const nextInLine = (line: readonly Waiter[]): Waiter | undefined => line[0];

/** The lines of all keys. */
export class Lines {
  readonly #lines = new Map<string, Waiter[]>();
  #tickets = 0;

  /** Those who stand in line for a key. */
  of(key: string): readonly Waiter[] {
    return this.#lines.get(key) ?? [];
  }

  /** Joins the line at its end, or keeps the place in it. */
  stand(key: string, owner: string, untilMs: number): void {
    const line = this.#lines.get(key) ?? [];
    this.#lines.set(key, line);
    const at = line.findIndex((waiter) => waiter.owner === owner);
    if (at >= 0) {
      line[at] = { ...line[at]!, untilMs };
      return;
    }
    this.#tickets += 1;
    line.push({ owner, ticket: this.#tickets, untilMs });
  }

  /** Leaves the line; the ticket, or null if the owner did not stand there. */
  leave(key: string, owner: string): number | null {
    const line = this.#lines.get(key) ?? [];
    const at = line.findIndex((waiter) => waiter.owner === owner);
    if (at < 0) return null;
    const [left] = line.splice(at, 1);
    if (line.length === 0) this.#lines.delete(key);
    return left!.ticket;
  }

  /** Sends away who has not asked again in time; true if anybody went. */
  purge(nowMs: number): boolean {
    let hasChanged = false;
    for (const [key, line] of this.#lines) {
      const staying = line.filter(({ untilMs }) => untilMs > nowMs);
      if (staying.length === line.length) continue;
      hasChanged = true;
      if (staying.length === 0) this.#lines.delete(key);
      else this.#lines.set(key, staying);
    }
    return hasChanged;
  }

  entries(): Iterable<readonly [key: string, line: readonly Waiter[]]> {
    return this.#lines;
  }
}

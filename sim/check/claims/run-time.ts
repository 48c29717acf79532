/** For how long a host has run: what it is due to do waits while it stands still. */
export class RunTime {
  #ranUs = 0;
  /** Undefined while it stands still. */
  #runsSinceUs: number | undefined;

  /** Microseconds for which the host has run by now. */
  ranUs(atUs: number): number {
    return this.#ranUs + Math.max(0, atUs - (this.#runsSinceUs ?? atUs));
  }

  /** From now on it runs, or does not; nothing counts before `fromUs`. */
  runs(isRunning: boolean, atUs: number, fromUs = 0): void {
    if (isRunning === (this.#runsSinceUs !== undefined)) return;
    this.#ranUs = this.ranUs(atUs);
    this.#runsSinceUs = isRunning ? Math.max(atUs, fromUs) : undefined;
  }
}

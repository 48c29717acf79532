/**
 * The clocks of one machine: how its wall time and its monotonic time relate to the time of the run.
 *
 * The monotonic clock runs at a rate of its own (drift) and never goes back. The wall clock follows it, is off by an
 * offset, may be slewed, may jump, and may stand still for a while. The interval clock says between which two times
 * the true time lies (`TrueTime`: Corbett et al., *Spanner*, OSDI 2012, §3); its bound is true unless a scenario breaks it.
 */

/** The run starts at this wall time: 2026-01-01T00:00:00Z, in microseconds. */
export const epochUs = Date.UTC(2026, 0, 1) * 1000;
const million = 1_000_000;

/** Whole microseconds that a rate of so many parts in a million adds in a time. */
const partsOf = (us: number, ppm: number): number => Math.floor((us * ppm) / million);

export class MachineClock {
  /** Added to the wall clock; moved by skew, by clock faults and by the machine's time service. */
  offsetUs = 0;
  /** How often a program has read its wall time, its interval, or a monotonic clock that is not the run's own. */
  reads = 0;
  /** Half the width of the interval clock while it is sure of itself. */
  uncertaintyUs = 0;
  /** While positive, the interval clock does not know how far it is off. */
  deluded = 0;

  /** The rate of the monotonic clock, and since when; what it and the slewed wall clock had gained by then. */
  #driftPpm = 0;
  #slewPpm = 0;
  #sinceUs = 0;
  #gainedUs = 0;
  #slewedUs = 0;
  /** Whether the rate ever was another than the run's. */
  #hasDrifted = false;
  #frozenUs: number | undefined;
  #freezes = 0;

  /** Wall time in milliseconds. */
  wallMs(nowUs: number): number {
    this.reads += 1;
    return this.#wallUs(nowUs) / 1000;
  }

  /** Monotonic time in milliseconds. */
  elapsedMs(nowUs: number): number {
    if (!this.#hasDrifted) return nowUs / 1000;
    this.reads += 1;
    return this.elapsedUs(nowUs) / 1000;
  }

  elapsedUs(nowUs: number): number {
    return this.#hasDrifted ? nowUs + this.#gained(nowUs) : nowUs;
  }

  /** Two wall times in milliseconds, between which the true time lies as far as the machine knows. */
  intervalMs(nowUs: number): { readonly earliest: number; readonly latest: number } {
    this.reads += 1;
    const wallUs = this.#wallUs(nowUs);
    const off = Math.abs(wallUs - epochUs - nowUs);
    const boundUs = this.deluded > 0 ? this.uncertaintyUs : Math.max(this.uncertaintyUs, off);
    return { earliest: (wallUs - boundUs) / 1000, latest: (wallUs + boundUs) / 1000 };
  }

  /** How far the wall clock is from the time of the run. */
  errorUs(nowUs: number): number {
    return this.#wallUs(nowUs) - epochUs - nowUs;
  }

  /** Time of the run that passes while the machine's monotonic clock advances by `ms`, at its present rate. */
  runUs(ms: number): number {
    const us = Math.round(ms * 1000);
    return this.#driftPpm === 0 ? us : Math.ceil((us * million) / (million + this.#driftPpm));
  }

  /** Changes the rate of the monotonic clock by so many parts in a million; above -1,000,000 in all. */
  drift(nowUs: number, byPpm: number): void {
    this.#settle(nowUs);
    this.#driftPpm += byPpm;
    this.#hasDrifted = true;
  }

  /** Sets the rate at which the wall clock is brought back to the right time. */
  slew(nowUs: number, ppm: number): void {
    this.#settle(nowUs);
    this.#slewPpm = ppm;
  }

  /** The wall clock stands still until as many `thaw`s. */
  freeze(nowUs: number): void {
    if (this.#freezes === 0) this.#frozenUs = this.#wallUs(nowUs);
    this.#freezes += 1;
  }

  /** Lets it go on, at once where it would be by now. */
  thaw(): void {
    this.#freezes -= 1;
    if (this.#freezes === 0) this.#frozenUs = undefined;
  }

  #wallUs(nowUs: number): number {
    if (this.#frozenUs !== undefined) return this.#frozenUs;
    const slewedUs = this.#slewPpm === 0 ? 0 : partsOf(nowUs - this.#sinceUs, this.#slewPpm);
    return epochUs + this.elapsedUs(nowUs) + this.offsetUs + this.#slewedUs + slewedUs;
  }

  #gained(nowUs: number): number {
    return this.#gainedUs + partsOf(nowUs - this.#sinceUs, this.#driftPpm);
  }

  #settle(nowUs: number): void {
    this.#slewedUs += partsOf(nowUs - this.#sinceUs, this.#slewPpm);
    this.#gainedUs = this.#gained(nowUs);
    this.#sinceUs = nowUs;
  }
}

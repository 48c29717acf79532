/** The clock of one machine: how its wall time relates to the time of the run. */

/** The run starts at this wall time: 2026-01-01T00:00:00Z, in microseconds. */
const epochUs = Date.UTC(2026, 0, 1) * 1000;

export class MachineClock {
  /** Added to the wall clock; moved by skew and by clock faults. */
  offsetUs = 0;
  /** How often a program has read its wall time. */
  reads = 0;

  /** Wall time in milliseconds. */
  wallMs(nowUs: number): number {
    this.reads += 1;
    return (epochUs + nowUs + this.offsetUs) / 1000;
  }

  /** Monotonic time in milliseconds. */
  elapsedMs(nowUs: number): number {
    return nowUs / 1000;
  }

  /** Time of the run that passes while the machine's monotonic clock advances by `ms`. */
  runUs(ms: number): number {
    return Math.round(ms * 1000);
  }
}

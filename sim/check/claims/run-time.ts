/** What a host is due to do waits while it stands still: its deadlines are in the time for which it runs. */
import { showUs } from '../plain.ts';

/** When something began at a host, and for how long that had run then. */
export interface Beginning {
  readonly sinceUs: number;
  readonly ranUs: number;
}

/** For how long a host has run. */
export class RunTime {
  #ranUs = 0;
  /** Undefined while it stands still. */
  #runsSinceUs: number | undefined;

  /** Microseconds for which the host has run by now. */
  ranUs(atUs: number): number {
    return this.#ranUs + Math.max(0, atUs - (this.#runsSinceUs ?? atUs));
  }

  /** Something begins; nothing counts before `fromUs`. */
  begin(atUs: number, fromUs = 0): Beginning {
    return { sinceUs: Math.max(atUs, fromUs), ranUs: this.ranUs(atUs) };
  }

  /**
   * When what began then was due, in words: `4s`, or `12s, without the 8s for which n1 stood still or was behind`. Undefined
   * unless that is over.
   */
  missed({ sinceUs, ranUs }: Beginning, withinUs: number, atUs: number, host: string): string | undefined {
    const lateUs = this.ranUs(atUs) - ranUs - withinUs;
    if (lateUs <= 0) return undefined;
    const dueUs = atUs - lateUs;
    const stoodUs = dueUs - sinceUs - withinUs;
    if (stoodUs <= 0) return showUs(dueUs);
    return `${showUs(dueUs)}, without the ${showUs(stoodUs)} for which ${host} stood still or was behind`;
  }

  /** From now on it runs, or does not; nothing counts before `fromUs`. */
  runs(isRunning: boolean, atUs: number, fromUs = 0): void {
    if (isRunning === (this.#runsSinceUs !== undefined)) return;
    this.#ranUs = this.ranUs(atUs);
    this.#runsSinceUs = isRunning ? Math.max(atUs, fromUs) : undefined;
  }
}

/**
 * What keeps a machine's wall clock near the right time, as an NTP daemon does: every so often it measures how far the
 * clock is off, with an error, and then *slews* it (it runs a little faster or slower until the next look) or, if it is
 * off by too much, *steps* it, even backwards. After RFC 5905, §11–12: steps above 128 ms, slews of at most 500 ppm.
 */
import type { Choices, Stream } from '../kernel/choices.ts';
import type { MachineClock } from './clock.ts';
import { type Sampler, samplerOf } from './distribution.ts';
import type { TimeServiceSpec } from './spec.ts';

const million = 1_000_000;

export class TimeService {
  readonly #spec: TimeServiceSpec;
  readonly #clock: MachineClock;
  readonly #every: Sampler;
  readonly #gaps: Stream;
  readonly #errors: Stream;

  constructor(spec: TimeServiceSpec, clock: MachineClock, choices: Choices, id: string) {
    this.#spec = spec;
    this.#clock = clock;
    this.#every = samplerOf(spec.every);
    this.#gaps = choices.stream(`${id} time service every`);
    this.#errors = choices.stream(`${id} time service error`);
  }

  /** Microseconds until the next look; at least one. */
  gapUs(): number {
    return Math.max(1, this.#every.sample(this.#gaps.below(4294967296)));
  }

  /** Looks at the clock and corrects it. */
  correct(nowUs: number): void {
    const { errorUs, stepUs, slewPpm } = this.#spec;
    const drawn = this.#errors.below(2 * errorUs + 1);
    // 0 is calm, then +1, -1, +2, -2 …
    const measuredUs = this.#clock.errorUs(nowUs) + (drawn % 2 === 1 ? (drawn + 1) / 2 : -drawn / 2);
    if (Math.abs(measuredUs) > stepUs) {
      this.#clock.slew(nowUs, 0);
      this.#clock.offsetUs -= measuredUs;
      return;
    }
    const meanUs = Math.max(1, this.#every.medianUs);
    const wanted = Math.trunc((-measuredUs * million) / meanUs);
    this.#clock.slew(nowUs, Math.max(-slewPpm, Math.min(slewPpm, wanted)));
  }
}

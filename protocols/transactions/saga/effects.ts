/** The latest things that took effect at a service, for whoever watches: a window that moves along. No effects of its own. */
import type { EffectView } from './records.ts';

/** So many are shown at least, which is more than one turn can add. */
const shownMin = 64;

export class Effects {
  /** Oldest first. */
  readonly latest: readonly EffectView[];
  /** How many came before them. */
  readonly before: number;

  constructor(before = 0, latest: readonly EffectView[] = []) {
    this.before = before;
    this.latest = latest;
  }

  with(effect: EffectView): Effects {
    const all = [...this.latest, effect];
    const dropped = all.length < 2 * shownMin ? 0 : all.length - shownMin;
    return new Effects(this.before + dropped, all.slice(dropped));
  }
}

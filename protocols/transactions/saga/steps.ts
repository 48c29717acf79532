/** What became of the steps at a service, as its log tells it, and what of that has to stay. No effects. */
import { Horizons } from '../names.ts';
import { Effects } from './effects.ts';
import type { ServiceRecord, StepRecord } from './records.ts';

export class Steps {
  readonly horizons = new Horizons();
  readonly #known = new Map<string, StepRecord>();
  #effects = new Effects();

  /** Takes in a record, as it is written or as it is read back. True if it is of a step. */
  take(record: ServiceRecord): record is StepRecord {
    if (!('kind' in record)) {
      const { saga, step, state } = record;
      this.#known.set(keyOf(saga, step), record);
      if (state !== 'cancelled') this.#effects = this.#effects.with({ saga, step, kind: state });
      return true;
    }
    if (record.kind === 'horizon') this.horizons.restore(record.origin, record.horizon);
    else this.#effects = new Effects(record.before, record.latest);
    return false;
  }

  of(saga: string, step: number): StepRecord | undefined {
    return this.#known.get(keyOf(saga, step));
  }

  /**
   * Whether a saga is over, and nothing is known of this step any more: it was compensated, or never came, and must not come
   * any more.
   */
  isForgotten(saga: string, step: number): boolean {
    return !this.#known.has(keyOf(saga, step)) && this.horizons.isOver(saga);
  }

  /** The latest effects, whether or not they are durable. */
  get effects(): Effects {
    return this.#effects;
  }

  /**
   * Forgets what nobody asks for any more; what has to stay, in as few records as may be. What is done and was not
   * compensated stays: it is what this service is for.
   */
  forget(): ServiceRecord[] {
    const kept: ServiceRecord[] = [];
    for (const [key, record] of this.#known) {
      if (record.state === 'done') kept.push(record);
      else if (this.horizons.isOver(record.saga)) this.#known.delete(key);
      // Without what was done before, there is nothing to undo; and both answer alike.
      else kept.push({ ...record, request: null, state: 'cancelled' });
    }
    for (const [origin, horizon] of this.horizons.all) kept.push({ kind: 'horizon', origin, horizon });
    // The last one: what became of steps above has been counted among them.
    const { before, latest } = this.#effects;
    kept.push({ kind: 'effects', before, latest });
    return kept;
  }
}

export const keyOf = (saga: string, step: number): string => `${saga} ${step}`;

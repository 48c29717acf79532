/** What an orchestrator knows of its sagas, as its log tells it, and what of that has to stay. No effects. */
import { type Horizon, isAfter, parsed } from '../names.ts';
import { Outcomes } from '../outcomes.ts';
import type { SagaOutcome } from './messages.ts';
import { apply, type Progress } from './progress.ts';
import type { SagaRecord } from './records.ts';

/** A saga is open; or it has ended, and is forgotten but for clients that ask again. A parked one is open. */
export class Memory {
  /** Of this orchestrator, before this one. */
  lives = 0;
  readonly outcomes: Outcomes<SagaOutcome>;
  readonly #sagas = new Map<string, Progress>();

  constructor(outcomesKept: number) {
    this.outcomes = new Outcomes(outcomesKept);
  }

  /** Takes in a record that was read back, and is durable. */
  restore(record: SagaRecord): void {
    this.take(record);
    if (record.kind === 'end') this.ended(record.saga, record.outcome);
  }

  /** Takes in a record that is written, and may not be durable. */
  take(record: SagaRecord): void {
    if (record.kind === 'boot') this.lives += 1;
    else if (record.kind === 'lives') this.lives = record.count;
    else if (record.kind === 'mark') this.outcomes.raise(record);
    else apply(this.#sagas, record);
  }

  /** Its record *end* is durable: it will never be gone on with. */
  ended(saga: string, outcome: SagaOutcome): void {
    this.#sagas.delete(saga);
    this.outcomes.settle(saga, outcome);
  }

  get open(): ReadonlyMap<string, Progress> {
    return this.#sagas;
  }

  /** Up to where all is over: all steps are done, or all that were are compensated, and there it stays. */
  get horizon(): Horizon {
    const { mark } = this.outcomes;
    const open = [...this.#sagas.keys()].filter((saga) => {
      const name = parsed(saga);
      return name !== null && !isAfter(name, mark);
    });
    return { ...mark, open };
  }

  /** What a later life has to know, in as few records as may be. */
  get live(): SagaRecord[] {
    const records: SagaRecord[] = [
      { kind: 'lives', count: this.lives },
      { kind: 'mark', ...this.outcomes.mark },
    ];
    for (const [saga, outcome] of this.outcomes.all) records.push({ kind: 'end', saga, outcome });
    for (const progress of this.#sagas.values()) records.push(...recordsOf(progress));
    return records;
  }
}

function recordsOf({ saga, steps, done, undo, isParked, outcome }: Progress): SagaRecord[] {
  if (outcome !== null) return [{ kind: 'end', saga, outcome }];
  const records: SagaRecord[] = [{ kind: 'begin', saga, steps }];
  if (done > 0) records.push({ kind: 'done', saga, step: done });
  if (undo !== null) records.push({ kind: 'abort', saga, step: undo });
  if (isParked) records.push({ kind: 'parked', saga, step: undo ?? 0 });
  return records;
}

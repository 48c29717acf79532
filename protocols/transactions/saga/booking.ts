/** A service that has numbered items to give, one to each step that asks for it. */
import type { Message } from '../../host.ts';
import type { StepRecord } from './records.ts';
import type { Business, StepsView } from './service.ts';
import { keyOf } from './steps.ts';

export interface ServiceView extends StepsView {
  /** How many items are given away. */
  readonly given: number;
}

export class Items implements Business {
  readonly #count: number;
  /** Which step has an item. */
  readonly #holders = new Map<Message, string>();

  constructor(count: number) {
    this.#count = count;
  }

  obstacle(request: Message): string | undefined {
    const item = Number(request);
    if (!(item >= 0 && item < this.#count)) return 'no such item';
    return this.#holders.has(request) ? 'given away' : undefined;
  }

  apply({ saga, step, request, state }: StepRecord): void {
    const key = keyOf(saga, step);
    if (state === 'done') this.#holders.set(request, key);
    else if (this.#holders.get(request) === key) this.#holders.delete(request);
  }

  view(): Pick<ServiceView, 'given'> {
    return { given: this.#holders.size };
  }
}

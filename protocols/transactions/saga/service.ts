/** The shell of a service: gives items and takes them back, each at most once for a step of a saga. */
import type { Host } from '../../host.ts';
import { Journal } from '../../journal.ts';
import type { SagaWire } from './messages.ts';
import type { SagaOptions } from './options.ts';
import { decode, encode, type StepRecord, type StepState } from './records.ts';
import type { Rules } from './rules.ts';

/** Something that took effect at a service, and is durable. */
export interface EffectView {
  readonly saga: string;
  readonly step: number;
  readonly kind: 'done' | 'compensated';
}

export interface ServiceView {
  readonly role: 'service';
  /** All effects, in order; grows at its end. */
  readonly effects: readonly EffectView[];
  /** How many items are given away. */
  readonly given: number;
}

/** The program of a service. It answers nobody before it has read its log. */
export async function service(host: Host<SagaWire>, options: SagaOptions, rules: Rules): Promise<void> {
  const ready = Journal.open(host.disk, 'steps.log').then(({ journal, records }) => {
    const log = records.map((record) => decode<StepRecord>(record));
    return new Service(host, options, rules, journal, log);
  });
  // Whoever awaits `ready` below learns of an error; the handlers must not let it go uncaught a second time.
  ready.catch(() => {});
  host.on('act', async ({ saga, step, item }) => ({ status: await (await ready).act(saga, step, item) }));
  host.on('compensate', async ({ saga, step }) => {
    await (await ready).compensate(saga, step);
    return null;
  });
  await ready;
}

class Service {
  readonly #host: Host<SagaWire>;
  readonly #options: SagaOptions;
  readonly #rules: Rules;
  readonly #journal: Journal;
  readonly #steps = new Map<string, StepRecord>();
  /** Which step has an item. */
  readonly #holders = new Map<number, string>();
  readonly #effects: EffectView[] = [];

  constructor(
    host: Host<SagaWire>,
    options: SagaOptions,
    rules: Rules,
    journal: Journal,
    log: readonly StepRecord[],
  ) {
    this.#host = host;
    this.#options = options;
    this.#rules = rules;
    this.#journal = journal;
    for (const record of log) {
      this.#apply(record);
      this.#show(record);
    }
    const [effects, holders] = [this.#effects, this.#holders];
    host.expose((): ServiceView => ({ role: 'service', effects, given: holders.size }));
  }

  async act(saga: string, step: number, item: number): Promise<'done' | 'refused'> {
    const known = this.#steps.get(keyOf(saga, step));
    const deed = this.#rules.onAction(known?.state);
    if (deed === 'refuse') return 'refused';
    if (deed === 'act') {
      const isFree = item >= 0 && item < this.#options.items && !this.#holders.has(item);
      if (!isFree) return 'refused';
      await this.#record({ saga, step, item, state: 'done' });
    } else await this.#settled();
    return 'done';
  }

  async compensate(saga: string, step: number): Promise<void> {
    const known = this.#steps.get(keyOf(saga, step));
    const deed = this.#rules.onCompensation(known?.state);
    if (deed === 'confirm') return this.#settled();
    const state: StepState = deed === 'undo' ? 'compensated' : 'cancelled';
    if (deed === 'cancel') this.#host.log('compensation came first', { saga, step });
    await this.#record({ saga, step, item: known?.item ?? null, state });
  }

  /** Takes effect at once; resolves when that is durable. */
  async #record(record: StepRecord): Promise<void> {
    this.#journal.append(encode(record));
    this.#apply(record);
    await this.#journal.sync();
    this.#show(record);
    await this.#settled();
  }

  /**
   * Resolves when all that took effect is durable, and shown: in a later turn than the one that shows it, since a host may
   * die in the midst of a turn, when an answer has left and nobody has looked at the host yet.
   */
  async #settled(): Promise<void> {
    await this.#journal.sync();
    await this.#host.clock.sleep(0);
  }

  #apply(record: StepRecord): void {
    const { saga, step, item, state } = record;
    const key = keyOf(saga, step);
    this.#steps.set(key, record);
    if (item === null) return;
    if (state === 'done') this.#holders.set(item, key);
    else if (this.#holders.get(item) === key) this.#holders.delete(item);
  }

  #show({ saga, step, state }: StepRecord): void {
    if (state !== 'cancelled') this.#effects.push({ saga, step, kind: state });
  }
}

const keyOf = (saga: string, step: number): string => `${saga} ${step}`;

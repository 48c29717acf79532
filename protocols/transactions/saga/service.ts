/** The shell of a service: does what steps of sagas ask and undoes it, each at most once for a step of a saga. */
import type { Host, Message } from '../../host.ts';
import { Journal } from '../../journal.ts';
import type { SagaWire } from './messages.ts';
import { decode, encode, type StepRecord, type StepState } from './records.ts';
import type { Rules } from './rules.ts';

/** Something that took effect at a service, and is durable. */
export interface EffectView {
  readonly saga: string;
  readonly step: number;
  readonly kind: 'done' | 'compensated';
}

export interface StepsView {
  readonly role: 'service';
  /** All effects, in order; grows at its end. */
  readonly effects: readonly EffectView[];
}

/** What a service is for: memory only, which is built from the log in each life. */
export interface Business {
  /** Why this cannot be done now; undefined if it can. */
  obstacle(request: Message): string | undefined;
  /** Takes in that a step is done, or compensated, as it is written or as it is read back. */
  apply(record: StepRecord): void;
  /** What it shows, besides the effects. */
  view(): object;
}

/** The program of a service. It answers nobody before it has read its log. */
export async function service(host: Host<SagaWire>, business: Business, rules: Rules): Promise<void> {
  const ready = Journal.open(host.disk, 'steps.log').then(({ journal, records }) => {
    const log = records.map((record) => decode<StepRecord>(record));
    return new Service(host, business, rules, journal, log);
  });
  // Whoever awaits `ready` below learns of an error; the handlers must not let it go uncaught a second time.
  ready.catch(() => {});
  host.on('act', async ({ saga, step, request }) => ({
    status: await (await ready).act(saga, step, request),
  }));
  host.on('query', async ({ request }) => ({ status: (await ready).query(request) }));
  host.on('compensate', async ({ saga, step }) => {
    await (await ready).compensate(saga, step);
    return null;
  });
  await ready;
}

class Service {
  readonly #host: Host<SagaWire>;
  readonly #business: Business;
  readonly #rules: Rules;
  readonly #journal: Journal;
  readonly #steps = new Map<string, StepRecord>();
  readonly #effects: EffectView[] = [];

  constructor(
    host: Host<SagaWire>,
    business: Business,
    rules: Rules,
    journal: Journal,
    log: readonly StepRecord[],
  ) {
    this.#host = host;
    this.#business = business;
    this.#rules = rules;
    this.#journal = journal;
    for (const record of log) {
      this.#apply(record);
      this.#show(record);
    }
    const effects = this.#effects;
    host.expose((): StepsView => ({ role: 'service', effects, ...business.view() }));
  }

  query(request: Message): 'done' | 'refused' {
    return this.#business.obstacle(request) === undefined ? 'done' : 'refused';
  }

  async act(saga: string, step: number, request: Message): Promise<'done' | 'refused'> {
    const known = this.#steps.get(keyOf(saga, step));
    const deed = this.#rules.onAction(known?.state);
    if (deed === 'refuse') return 'refused';
    if (deed === 'act') {
      if (this.#business.obstacle(request) !== undefined) return 'refused';
      await this.#record({ saga, step, request, state: 'done' });
    } else await this.#settled();
    return 'done';
  }

  async compensate(saga: string, step: number): Promise<void> {
    const known = this.#steps.get(keyOf(saga, step));
    const deed = this.#rules.onCompensation(known?.state);
    if (deed === 'confirm') return this.#settled();
    const state: StepState = deed === 'undo' ? 'compensated' : 'cancelled';
    if (deed === 'cancel') this.#host.log('compensation came first', { saga, step });
    await this.#record({ saga, step, request: known?.request ?? null, state });
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
    this.#steps.set(keyOf(record.saga, record.step), record);
    this.#business.apply(record);
  }

  #show({ saga, step, state }: StepRecord): void {
    if (state !== 'cancelled') this.#effects.push({ saga, step, kind: state });
  }
}

export const keyOf = (saga: string, step: number): string => `${saga} ${step}`;

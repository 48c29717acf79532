/** The shell of a service: does what steps of sagas ask and undoes it, each at most once for a step of a saga. */
import { CompactedJournal, type LogView } from '../../compacted-journal.ts';
import type { Host, Message } from '../../host.ts';
import type { Horizon } from '../names.ts';
import type { Effects } from './effects.ts';
import type { SagaWire } from './messages.ts';
import type { SagaOptions } from './options.ts';
import {
  decode,
  type EffectView,
  encode,
  type ServiceRecord,
  type StepRecord,
  type StepState,
} from './records.ts';
import type { Rules } from './rules.ts';
import { Steps } from './steps.ts';

export interface StepsView {
  readonly role: 'service';
  /** The latest things that took effect and are durable, in order; */
  readonly effects: readonly EffectView[];
  /** and how many came before these. */
  readonly effectsBefore: number;
  readonly log: LogView;
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
export async function service(
  host: Host<SagaWire>,
  business: Business,
  { compactionRecords }: Pick<SagaOptions, 'compactionRecords'>,
  rules: Rules,
): Promise<void> {
  const opening = CompactedJournal.open(host.disk, 'steps.log', compactionRecords);
  const ready = opening.then(({ journal, records }) => {
    const log = records.map((record) => decode<ServiceRecord>(record));
    return new Service(host, business, rules, journal, log);
  });
  // Whoever awaits `ready` below learns of an error; the handlers must not let it go uncaught a second time.
  ready.catch(() => {});
  host.on('act', async ({ saga, step, request, horizon }) => ({
    status: await (await ready).learn(saga, horizon).act(saga, step, request),
  }));
  host.on('query', async ({ request }) => ({ status: (await ready).query(request) }));
  host.on('compensate', async ({ saga, step, horizon }) => {
    await (await ready).learn(saga, horizon).compensate(saga, step);
    return null;
  });
  await ready;
}

class Service {
  readonly #host: Host<SagaWire>;
  readonly #business: Business;
  readonly #rules: Rules;
  readonly #journal: CompactedJournal;
  readonly #steps = new Steps();
  /** What is durable of what took effect. */
  #shown: Effects;

  constructor(
    host: Host<SagaWire>,
    business: Business,
    rules: Rules,
    journal: CompactedJournal,
    log: readonly ServiceRecord[],
  ) {
    this.#host = host;
    this.#business = business;
    this.#rules = rules;
    this.#journal = journal;
    for (const record of log) this.#apply(record);
    this.#shown = this.#steps.effects;
    host.expose((): StepsView => {
      const { latest, before } = this.#shown;
      const view = { role: 'service', effects: latest, effectsBefore: before } as const;
      return { ...view, log: journal.view, ...business.view() };
    });
  }

  /** Takes in up to where sagas are over. */
  learn(saga: string, horizon: Horizon): this {
    this.#steps.horizons.learn(saga, horizon);
    return this;
  }

  query(request: Message): 'done' | 'refused' {
    return this.#business.obstacle(request) === undefined ? 'done' : 'refused';
  }

  async act(saga: string, step: number, request: Message): Promise<'done' | 'refused'> {
    // A copy of a request that is long answered, or the orchestrator gave up on it.
    if (this.#steps.isForgotten(saga, step)) return 'refused';
    const deed = this.#rules.onAction(this.#steps.of(saga, step)?.state);
    if (deed === 'refuse') return 'refused';
    if (deed === 'act') {
      if (this.#business.obstacle(request) !== undefined) return 'refused';
      await this.#record({ saga, step, request, state: 'done' });
    } else await this.#settled();
    return 'done';
  }

  async compensate(saga: string, step: number): Promise<void> {
    if (this.#steps.isForgotten(saga, step)) return;
    const known = this.#steps.of(saga, step);
    const deed = this.#rules.onCompensation(known?.state);
    if (deed === 'confirm') return this.#settled();
    const state: StepState = deed === 'undo' ? 'compensated' : 'cancelled';
    if (deed === 'cancel') this.#host.log('compensation came first', { saga, step });
    await this.#record({ saga, step, request: known?.request ?? null, state });
  }

  /** Takes effect at once; resolves when that is durable. */
  #record(record: StepRecord): Promise<void> {
    this.#journal.append(encode(record));
    this.#apply(record);
    if (this.#journal.hasGrown) this.#journal.rewrite(this.#steps.forget().map(encode));
    return this.#settled();
  }

  /** Resolves when all that took effect so far is durable, and shown. */
  async #settled(): Promise<void> {
    const { effects } = this.#steps;
    await this.#journal.sync();
    this.#shown = effects;
  }

  #apply(record: ServiceRecord): void {
    if (this.#steps.take(record)) this.#business.apply(record);
  }
}

/** The shell of an orchestrator: carries sagas out step by step, and those that a crash interrupted. */
import { inBackground } from '../../background.ts';
import { CompactedJournal, type LogView } from '../../compacted-journal.ts';
import { type Host, isRefused, isTimedOut, Refused } from '../../host.ts';
import { nameOf, parsed } from '../names.ts';
import { Memory } from './memory.ts';
import type { SagaOutcome, SagaWire, Step } from './messages.ts';
import type { Patience } from './options.ts';
import { kindOf, nextOf, type Progress } from './progress.ts';
import { decode, encode, type SagaRecord } from './records.ts';
import type { Rules } from './rules.ts';

/** The program of an orchestrator. It answers nobody before it has read its log. */
export async function orchestrator(host: Host<SagaWire>, options: Patience, rules: Rules): Promise<void> {
  const opening = CompactedJournal.open(host.disk, 'sagas.log', options.compactionRecords);
  const ready = opening.then(async ({ journal, records }) => {
    const log = records.map((record) => decode<SagaRecord>(record));
    const self = new Orchestrator(host, options, rules, journal, log);
    await journal.sync();
    return self;
  });
  // Whoever awaits `ready` below learns of an error; the handlers must not let it go uncaught a second time.
  ready.catch(() => {});
  host.on('begin', async ({ steps }) => ({ saga: (await ready).begin(steps) }));
  host.on('submit', async ({ saga, steps }) => ({ outcome: await (await ready).submit(saga, steps) }));
  host.on('parked', async () => ({ sagas: (await ready).parked }));
  host.on('unpark', async ({ saga }) => ({ outcome: await (await ready).unpark(saga) }));
  // Before any handler goes on: this was the first to wait.
  (await ready).resume();
}

/** What claims, reports and operators may see of an orchestrator. */
export interface OrchestratorView {
  readonly role: 'orchestrator';
  /** In this life. */
  readonly begun: number;
  readonly open: number;
  /** Sagas of which a step could not be compensated. */
  readonly parked: readonly string[];
  readonly log: LogView;
}

class Orchestrator {
  readonly #host: Host<SagaWire>;
  readonly #options: Patience;
  readonly #rules: Rules;
  readonly #journal: CompactedJournal;
  readonly #memory: Memory;
  /** How the sagas will end that are under way. */
  readonly #endings = new Map<string, Promise<SagaOutcome>>();
  readonly #life: number;
  /** The sagas that somebody has to look at; a new array after each change. */
  parked: readonly string[] = [];
  #begun = 0;
  #open = 0;

  constructor(
    host: Host<SagaWire>,
    options: Patience,
    rules: Rules,
    journal: CompactedJournal,
    log: readonly SagaRecord[],
  ) {
    this.#host = host;
    this.#options = options;
    this.#rules = rules;
    this.#journal = journal;
    this.#memory = new Memory(options.outcomesKept);
    for (const record of log) this.#memory.restore(record);
    this.#life = this.#memory.lives + 1;
    // Durable before this orchestrator answers anybody: no later life gives the same names.
    this.#write({ kind: 'boot' });
    this.#report();
    host.expose(
      (): OrchestratorView => ({
        role: 'orchestrator',
        begun: this.#begun,
        open: this.#open,
        parked: this.parked,
        log: journal.view,
      }),
    );
  }

  /** A name that was never given before, nor ever will be; it ends with the number of steps. */
  begin(steps: number): string {
    this.#begun += 1;
    return nameOf({ origin: this.#host.id, life: this.#life, number: this.#begun }, `/${steps}`);
  }

  /** Goes on with what an earlier life left unfinished, forward or backward. */
  resume(): void {
    for (const progress of this.#memory.open.values()) {
      if (progress.isParked) continue;
      this.#host.log('saga resumed', { saga: progress.saga, next: nextOf(progress).kind });
      inBackground(this.#host.clock, this.#carryOut(progress));
    }
  }

  /** How it ended; null if that is forgotten. */
  async submit(saga: string, steps: readonly Step[]): Promise<SagaOutcome | null> {
    const ending = this.#endings.get(saga);
    if (ending !== undefined) return ending;
    // It is durable.
    const outcome = this.#memory.outcomes.of(saga);
    if (outcome !== undefined) return outcome;
    if (this.#memory.open.get(saga)?.isParked) return 'parked';
    // Also of one of this life that was begun, and not submitted for so long: to services it is over.
    if (this.#memory.outcomes.isForgotten(saga)) return null;
    // Of an earlier life, and it left no record: no step of it was taken, nor ever will be.
    if (parsed(saga)?.life !== this.#life) return 'compensated';
    return this.#follow(saga, this.#start(saga, steps));
  }

  /** Goes on with a parked saga; says how any other one ends. */
  async unpark(saga: string): Promise<SagaOutcome> {
    // Also of one that is about to be parked: it is not before that is durable.
    const ending = this.#endings.get(saga);
    if (ending !== undefined) return ending;
    const outcome = this.#memory.outcomes.of(saga);
    if (outcome !== undefined) return outcome;
    const progress = this.#memory.open.get(saga);
    if (progress === undefined) throw new Refused(`there is no saga "${saga}"`);
    // Nobody goes on with it, so it is parked.
    this.#write({ kind: 'unparked', saga });
    this.#report();
    return this.#carryOut(progress);
  }

  #report(): void {
    this.parked = [...this.#memory.open.values()].filter(({ isParked }) => isParked).map(({ saga }) => saga);
  }

  async #start(saga: string, steps: readonly Step[]): Promise<SagaOutcome> {
    this.#write({ kind: 'begin', saga, steps });
    await this.#rules.forceBegin(this.#journal);
    return this.#proceed(this.#memory.open.get(saga)!);
  }

  #carryOut(progress: Progress): Promise<SagaOutcome> {
    return this.#follow(progress.saga, this.#proceed(progress));
  }

  #follow(saga: string, ending: Promise<SagaOutcome>): Promise<SagaOutcome> {
    this.#open += 1;
    this.#endings.set(saga, ending);
    return ending;
  }

  async #proceed(progress: Progress): Promise<SagaOutcome> {
    const { saga } = progress;
    for (;;) {
      const next = nextOf(progress);
      if (next.kind === 'end' && next.outcome === 'parked') return this.#parked(saga);
      if (next.kind === 'end') {
        this.#write({ kind: 'end', saga, outcome: next.outcome });
        await this.#journal.sync();
        this.#memory.ended(saga, next.outcome);
        this.#endings.delete(saga);
        this.#open -= 1;
        this.#host.log('saga ended', { saga, outcome: next.outcome });
        return next.outcome;
      }
      const { step } = next;
      if (next.kind === 'compensate') {
        const isUndone = await this.#compensate(progress, step);
        this.#write({ kind: isUndone ? 'compensated' : 'parked', saga, step });
      } else if (await this.#act(progress, step)) {
        this.#write({ kind: 'done', saga, step });
        // Or a later life that fails at this step would not know of the next one, which had been taken.
        await this.#journal.sync();
      } else {
        // The failed step is compensated as well: nobody knows what late copies of its action will do.
        this.#host.log('saga aborted', { saga, step });
        this.#write({ kind: 'abort', saga, step });
        await this.#journal.sync();
      }
    }
  }

  /** True if the action took effect; false if it was refused, or nobody knows. */
  async #act({ saga, steps }: Progress, step: number): Promise<boolean> {
    const asked = steps[step - 1]!;
    const { service, request } = asked;
    const [kind, within] = [kindOf(asked), { timeoutMs: this.#options.stepTimeout }];
    for (let attempt = 1; kind === 'retriable' || attempt <= this.#options.attempts; attempt++) {
      const answer = await this.#attempt(() =>
        kind === 'query'
          ? this.#host.call(service, 'query', { saga, request }, within)
          : this.#host.call(service, 'act', { saga, step, request, horizon: this.#memory.horizon }, within),
      );
      if (answer?.status === 'done') return true;
      if (answer !== undefined && kind !== 'retriable') return false;
      if (answer !== undefined) await this.#host.clock.sleep(this.#options.stepTimeout);
    }
    return false;
  }

  /** What has ended, as far as this life goes: nobody tries any more, and somebody has to look at it. */
  async #parked(saga: string): Promise<SagaOutcome> {
    await this.#journal.sync();
    this.#open -= 1;
    this.#endings.delete(saga);
    this.#report();
    this.#host.log('saga parked', { saga });
    return 'parked';
  }

  /** False if it failed too often. */
  async #compensate({ saga, steps }: Progress, step: number): Promise<boolean> {
    const { service } = steps[step - 1]!;
    const { compensationAttempts: attempts, stepTimeout: timeoutMs } = this.#options;
    for (let attempt = 1; attempts === 0 || attempt <= attempts; attempt++) {
      const answer = await this.#attempt(() =>
        this.#host.call(service, 'compensate', { saga, step, horizon: this.#memory.horizon }, { timeoutMs }),
      );
      if (answer !== undefined) return true;
    }
    return false;
  }

  /** The answer; undefined, and no sooner than after the timeout of a step, if there is none. */
  async #attempt<T>(call: () => Promise<T>): Promise<T | undefined> {
    const { clock } = this.#host;
    const startedAt = clock.elapsed();
    try {
      return await call();
    } catch (error) {
      if (!isTimedOut(error) && !isRefused(error)) throw error;
      const left = startedAt + this.#options.stepTimeout - clock.elapsed();
      if (left > 0) await clock.sleep(left);
      return undefined;
    }
  }

  /** In order with all other records, and durable with the next one that is forced. */
  #write(record: SagaRecord): void {
    this.#journal.append(encode(record));
    this.#memory.take(record);
    if (this.#journal.hasGrown) this.#journal.rewrite(this.#memory.live.map(encode));
  }
}

/** The operations of real clients: how many there may be, what became of them, and when it is over. */
import type { Host, HostId } from '../../protocols/host.ts';
import type { HistoryEvent, Question, Reply, Session } from '../index.ts';
import { Recorder } from '../search/recorder.ts';

/** Why no more operations were begun: all were done, the time was over, the clients had no more to do, nothing moved. */
export type LoadEnd = 'operations' | 'duration' | 'workload' | 'stalled' | 'interrupted';

export interface LoadFigures {
  readonly begun: number;
  readonly ok: number;
  /** Refused: certainly not done. */
  readonly fail: number;
  /** Of unknown fate. */
  readonly info: number;
  /** Milliseconds of those that succeeded, in the order in which they ended. */
  readonly latenciesMs: readonly number[];
  /** From the first operation until now, or until the end. */
  readonly loadMs: number;
}

export interface LoadLimits {
  readonly operations: number | undefined;
  readonly durationMs: number | undefined;
  readonly signal: AbortSignal;
  /** If nothing ends for so long, nothing is waited for any more. Default: a minute; clients give up long before. */
  readonly stallMs?: number;
  onEvent(event: HistoryEvent): void;
}

const stallMsDefault = 60_000;
const lookMs = 250;

export class Load {
  readonly #limits: LoadLimits;
  readonly #recorder: Recorder;
  readonly #count = { begun: 0, open: 0, ok: 0, fail: 0, info: 0 };
  readonly #latenciesMs: number[] = [];
  readonly #clients = new Set<HostId>();
  /** Undefined before the first operation. */
  #startMs: number | undefined;
  #endMs: number | undefined;
  #movedMs = 0;
  /** Set as soon as no more may begin. */
  #end: LoadEnd | undefined;
  #look: () => void = () => {};
  #isClosed = false;

  constructor(limits: LoadLimits) {
    this.#limits = limits;
    this.#recorder = new Recorder(
      () => Math.floor(this.#elapsedMs() * 1000),
      (_, event) => {
        // What comes after the end has been given up already.
        if (this.#isClosed) return;
        if (event.type !== 'invoke') this.#count[event.type] += 1;
        limits.onEvent(event);
      },
    );
  }

  figures(): LoadFigures {
    const { begun, ok, fail, info } = this.#count;
    return { begun, ok, fail, info, latenciesMs: this.#latenciesMs, loadMs: this.#elapsedMs() };
  }

  #elapsedMs(): number {
    return this.#startMs === undefined ? 0 : (this.#endMs ?? performance.now()) - this.#startMs;
  }

  /** What a client does its operations through. One that comes too late never settles. */
  session(host: Host<never>): Session {
    const recorded = this.#recorder.session(host);
    this.#clients.add(host.id);
    return { operate: (question, run) => this.#operate(recorded, question, run) };
  }

  /** Resolves when nothing is open any more and nothing more will begin, or an interrupt comes. */
  async run(programs: readonly Promise<void>[]): Promise<LoadEnd> {
    const { durationMs, signal, stallMs = stallMsDefault } = this.#limits;
    const stop = (end: LoadEnd) => {
      this.#end ??= end;
      this.#look();
    };
    const interrupt = () => stop('interrupted');
    this.#startMs = performance.now();
    this.#movedMs = this.#startMs;
    const timer = durationMs === undefined ? undefined : setTimeout(() => stop('duration'), durationMs);
    const looking = setInterval(() => this.#look(), lookMs);
    void Promise.all(programs).then(() => stop('workload'));
    signal.addEventListener('abort', interrupt, { once: true });
    if (signal.aborted) interrupt();
    try {
      return await new Promise<LoadEnd>((resolve) => {
        this.#look = () => {
          const isStalled = this.#count.open > 0 && performance.now() - this.#movedMs > stallMs;
          if (isStalled) resolve('stalled');
          else if (this.#end === 'interrupted') resolve('interrupted');
          else if (this.#end !== undefined && this.#count.open === 0) resolve(this.#end);
        };
        this.#look();
      });
    } finally {
      clearTimeout(timer);
      clearInterval(looking);
      signal.removeEventListener('abort', interrupt);
      this.#endMs = performance.now();
      this.#end ??= 'stalled';
      for (const client of this.#clients) this.#recorder.killed(client);
      this.#isClosed = true;
    }
  }

  async #operate(
    recorded: Session,
    question: Question,
    run: () => Promise<Reply>,
  ): Promise<Reply | undefined> {
    const count = this.#count;
    if (this.#end !== undefined) return await new Promise(() => {});
    count.begun += 1;
    count.open += 1;
    if (count.begun === this.#limits.operations) this.#end = 'operations';
    const startMs = performance.now();
    const reply = await recorded.operate(question, run);
    this.#movedMs = performance.now();
    if (reply !== undefined) this.#latenciesMs.push(this.#movedMs - startMs);
    count.open -= 1;
    this.#look();
    return reply;
  }
}

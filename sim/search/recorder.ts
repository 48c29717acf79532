/** Writes down what the clients of a run ask and what they are told. */
import { type Host, type HostId, isRefused } from '../../protocols/host.ts';
import { type History, type HistoryEvent, historyOf } from '../check/index.ts';

/** What a workload asks of the system under test. */
export interface Question {
  /** The function, as the model names it: `get`, `put`, `cas` … */
  readonly f: string;
  readonly key?: string;
  readonly value?: unknown;
}

/** What the answer means to the model: the value read, or whether a conditional operation took place. */
export interface Reply {
  readonly value?: unknown;
  readonly ok?: boolean;
}

/** An event in the making: no object is copied for a field that it may lack. */
type Draft = { -readonly [Field in keyof HistoryEvent]: HistoryEvent[Field] };

/** One life of one client, which is a session of the history: its operations follow each other. */
export interface Session {
  /**
   * Runs an operation and records it: `ok` with the reply, `fail` if it was refused, `info` on any other error.
   * Never rejects; undefined unless ok.
   */
  operate(question: Question, run: () => Promise<Reply>): Promise<Reply | undefined>;
}

export class Recorder {
  /** Operations that were invoked and that succeeded so far. */
  invoked = 0;
  ok = 0;

  readonly #events: HistoryEvent[] = [];
  readonly #nowUs: () => number;
  /** Told of every event, for the trace. */
  readonly #onEvent: ((host: HostId, event: HistoryEvent) => void) | undefined;
  /** Made of so many events. */
  #history: History | undefined;
  #historyEvents = 0;
  #processes = 0;
  #sessions = 0;
  /** Per client, how to end what it has open when it is killed. */
  readonly #abandon = new Map<HostId, () => void>();

  constructor(nowUs: () => number, onEvent?: (host: HostId, event: HistoryEvent) => void) {
    this.#nowUs = nowUs;
    this.#onEvent = onEvent;
  }

  /** A client was killed: nobody knows what became of the operation that it had open. */
  killed(host: HostId): void {
    this.#abandon.get(host)?.();
    this.#abandon.delete(host);
  }

  /** A client booted. */
  session(host: Host<never>): Session {
    let process = this.#nextProcess();
    const session = this.#sessions++;
    const record = (type: HistoryEvent['type'], { f, key }: Question, said: Reply = {}): void => {
      const event: Draft = { process, client: host.id, session, type, f, atUs: this.#nowUs() };
      if (key !== undefined) event.key = key;
      if (said.value !== undefined) event.value = said.value;
      if (said.ok !== undefined) event.ok = said.ok;
      this.#events.push(event);
      this.#onEvent?.(host.id, event);
    };
    return {
      operate: async (question, run) => {
        this.invoked += 1;
        record('invoke', question, { value: question.value });
        let isAbandoned = false;
        this.#abandon.set(host.id, () => {
          isAbandoned = true;
          record('info', question);
        });
        try {
          const reply = await run();
          // Killed by its last effect, its code runs on to the end of the turn; nobody hears of that.
          if (isAbandoned) return await new Promise<never>(() => {});
          this.#abandon.delete(host.id);
          this.ok += 1;
          record('ok', question, reply);
          return reply;
        } catch (error) {
          if (isAbandoned) return await new Promise<never>(() => {});
          this.#abandon.delete(host.id);
          if (isRefused(error)) record('fail', question);
          else {
            record('info', question);
            // Nobody knows whether it is over: the client goes on as somebody else.
            process = this.#nextProcess();
          }
          return undefined;
        }
      },
    };
  }

  /** What was recorded so far. */
  history(): History {
    if (this.#history === undefined || this.#historyEvents < this.#events.length) {
      this.#history = historyOf(this.#events);
      this.#historyEvents = this.#events.length;
    }
    return this.#history;
  }

  #nextProcess(): number {
    this.#processes += 1;
    return this.#processes - 1;
  }
}

/**
 * A history while it is being read: pairs invocations with their completions as they come, keeps for every operation
 * the lines that it stands in, and finds what cannot be, such as a completion without an invocation.
 *
 * A process is sequential. After an operation of unknown fate it goes on as another process, as in Jepsen; where the
 * file lets it keep its number, it gets a new one here and its old one as its name.
 */
import type { Operation } from '../history.ts';
import { Findings } from './findings.ts';
import { questions } from './format.ts';

/** An event of a file; `process` is a number, or a name of any kind. */
export interface RecordedEvent {
  readonly process: number | string;
  readonly client?: string;
  readonly session?: number | string | undefined;
  readonly type: 'invoke' | 'ok' | 'fail' | 'info';
  readonly f: string;
  readonly key?: string;
  readonly value?: unknown;
  /** With `ok`: what was answered, if it is not `value`. */
  readonly output?: unknown;
  readonly time?: number;
  readonly atUs?: number;
}

/** A whole operation of a file. */
export type RecordedOperation = Omit<Operation, 'process'> & { readonly process: number | string };

/** What a file came to. */
export interface Recorded {
  readonly operations: readonly Operation[];
  /** The lines of each operation, two by two: its call, and its return, which is 0 if there is none. */
  readonly lines: Float64Array;
  /** What was left out, in words, and how many of it there were. */
  readonly skipped: ReadonlyMap<string, number>;
  /** The first ten mistakes. */
  readonly findings: Findings;
}

type Building = { -readonly [Field in keyof Operation]: Operation[Field] };

/** One process of the file, from one operation of unknown fate to the next. */
interface Life {
  /** Its number; `undefined` until all numbers of the file are known. */
  number: number | undefined;
  /** Which of the lives without a number it is. */
  late: number;
  client: string | undefined;
  open: number;
  lastLine: number;
  lastReturn: number;
  isRetired: boolean;
}

const nemesisEvent = 'event of the nemesis';

export class Recording {
  readonly findings = new Findings();
  readonly #operations: Building[] = [];
  /** Lines of call and return, two an operation. */
  #lines = new Float64Array(1024);
  readonly #skipped = new Map<string, number>();
  readonly #lives = new Map<number | string, Life>();
  readonly #texts = new Map<string, string>();
  /** Operations whose process gets its number at the end: pairs of operation and life. */
  readonly #late: number[] = [];
  #lates = 0;
  #numberMax = -1;
  #events = 0;
  #isTimed: boolean | undefined;
  /** Whole operations came out of order within their process. */
  #isUnordered = false;

  get operationCount(): number {
    return this.#operations.length;
  }

  /** Counts what is no part of the history. */
  skip(what: string): void {
    this.#skipped.set(what, (this.#skipped.get(what) ?? 0) + 1);
  }

  /** A file in which nobody does anything, not even the nemesis, is no history of its format. */
  refuseNothing(example: string | undefined): void {
    if (this.findings.count > 0 || this.#operations.length > 0) return;
    if (this.#skipped.has(nemesisEvent)) return;
    this.findings.add(1, 'there is no operation in it', example && `expected lines such as ${example}`);
  }

  /** Counts an event that is no client's. */
  skipNemesis(): void {
    this.skip(nemesisEvent);
  }

  event(event: RecordedEvent, line: number): void {
    const position = this.#position(event, line);
    const life = this.#life(event.process);
    const who = `process ${event.process}`;
    if (event.type === 'invoke') {
      if (life.open !== -1) {
        const [asked, at] = [this.#operations[life.open].f, this.#lines[life.open * 2]];
        const hint = `expected its completion (ok, fail or info) first`;
        this.findings.add(line, `${who} invokes ${event.f} while its ${asked} of line ${at} is open`, hint);
      } else if (position < life.lastReturn) {
        const before = `before its last return at ${life.lastReturn} (line ${life.lastLine})`;
        this.findings.add(line, `${who} invokes ${event.f} at ${position}, ${before}`, sequentialHint);
      }
      const current = life.isRetired ? this.#anew(event.process, life) : life;
      current.open = this.#add(event, current, position, line);
      return;
    }
    if (life.open === -1) {
      const what =
        life.lastLine === 0
          ? `${who} completes ${event.f}, which it has not invoked`
          : `${who} completes ${event.f}, but line ${life.lastLine} has completed its last operation`;
      this.findings.add(line, what, 'expected an invoke of the same process before');
      return;
    }
    this.#complete(life, event, position, line);
  }

  operation(operation: RecordedOperation, line: number): void {
    const life = this.#life(operation.process);
    const { call } = operation;
    if (call < life.lastReturn || life.isRetired) this.#isUnordered = true;
    const at = this.#add(operation, life, call, line);
    const added = this.#operations[at];
    added.type = operation.type;
    added.output = operation.output;
    added.return = operation.return;
    if (operation.returnUs !== undefined) added.returnUs = operation.returnUs;
    this.#lines[at * 2 + 1] = operation.return === null ? 0 : line;
    life.lastLine = line;
    if (operation.type === 'info') life.isRetired = true;
    else life.lastReturn = operation.return ?? call;
  }

  /** The history; processes have their numbers now. */
  end(): Recorded {
    if (this.#isUnordered && this.findings.count === 0) this.#putInOrder();
    for (let at = 0; at < this.#late.length; at += 2) {
      this.#operations[this.#late[at]].process = this.#numberMax + 1 + this.#late[at + 1];
    }
    return {
      operations: this.#operations,
      lines: this.#lines.subarray(0, this.#operations.length * 2),
      skipped: this.#skipped,
      findings: this.findings,
    };
  }

  /** The same text, once in memory. */
  shared(text: string): string {
    const known = this.#texts.get(text);
    if (known !== undefined) return known;
    if (this.#texts.size < 1_000_000) this.#texts.set(text, text);
    return text;
  }

  #position(event: RecordedEvent, line: number): number {
    const isTimed = event.time !== undefined;
    if (this.#isTimed === undefined) this.#isTimed = isTimed;
    else if (this.#isTimed !== isTimed) {
      const what = isTimed
        ? 'has a time, although events before it have none'
        : 'has no time, although others do';
      this.findings.add(line, `this event ${what}`, 'expected "time" in every event, or in none');
    }
    return event.time ?? this.#events++;
  }

  #life(process: number | string): Life {
    const known = this.#lives.get(process);
    if (known !== undefined) return known;
    const life: Life = {
      number: typeof process === 'number' ? process : undefined,
      late: typeof process === 'number' ? -1 : this.#lates++,
      client: typeof process === 'number' ? undefined : process,
      open: -1,
      lastLine: 0,
      lastReturn: Number.NEGATIVE_INFINITY,
      isRetired: false,
    };
    if (typeof process === 'number') this.#numberMax = Math.max(this.#numberMax, process);
    this.#lives.set(process, life);
    return life;
  }

  /** The process goes on after an operation of unknown fate: under a number of its own. */
  #anew(process: number | string, old: Life): Life {
    const client = typeof process === 'number' ? `process ${process}` : process;
    const life: Life = { ...old, number: undefined, late: this.#lates++, client, open: -1, isRetired: false };
    this.#lives.set(process, life);
    return life;
  }

  #add(asked: RecordedEvent | RecordedOperation, life: Life, call: number, line: number): number {
    const at = this.#operations.length;
    const { key, value } = asked;
    const client = asked.client ?? life.client;
    const operation: Building = {
      process: life.number ?? 0,
      client,
      f: this.shared(asked.f),
      key: key === undefined ? undefined : this.shared(key),
      value: value ?? undefined,
      output: undefined,
      type: 'info',
      call,
      return: null,
    };
    if (asked.session !== undefined) operation.session = asked.session;
    const callUs = 'atUs' in asked ? asked.atUs : 'callUs' in asked ? asked.callUs : undefined;
    if (callUs !== undefined) {
      operation.callUs = callUs;
      operation.returnUs = null;
    }
    this.#operations.push(operation);
    if (life.number === undefined) this.#late.push(at, life.late);
    if (at * 2 >= this.#lines.length) {
      const longer = new Float64Array(this.#lines.length * 2);
      longer.set(this.#lines);
      this.#lines = longer;
    }
    this.#lines[at * 2] = line;
    return at;
  }

  #complete(life: Life, event: RecordedEvent, position: number, line: number): void {
    const at = life.open;
    const asked = this.#operations[at];
    const began = this.#lines[at * 2];
    const who = `process ${event.process}`;
    life.open = -1;
    life.lastLine = line;
    life.lastReturn = position;
    life.isRetired = event.type === 'info';
    if (asked.f !== event.f) {
      const hint = `expected the completion of ${asked.f}`;
      this.findings.add(
        line,
        `${who} completes ${event.f}, but has invoked ${asked.f} in line ${began}`,
        hint,
      );
    } else if (event.key !== undefined && event.key !== asked.key) {
      const was = asked.key === undefined ? 'without a key' : `with key ${JSON.stringify(asked.key)}`;
      const what = `${who} completes ${event.f} with key ${JSON.stringify(event.key)}`;
      this.findings.add(line, `${what}, but has invoked it ${was} in line ${began}`, 'expected the same key');
    } else if (position < asked.call) {
      const what = `${who} returns from ${event.f} at ${position}, before its call at ${asked.call} (line ${began})`;
      this.findings.add(line, what, 'expected a time that is not smaller');
    }
    asked.type = event.type as Operation['type'];
    asked.return = position;
    // Nothing is an answer where something was asked for.
    const nothing = questions.has(event.f) ? null : undefined;
    if (event.type === 'ok') asked.output = event.output ?? event.value ?? nothing;
    if (event.atUs !== undefined) asked.returnUs = event.atUs;
    this.#lines[at * 2 + 1] = line;
  }

  /** Whole operations may come in any order: here each process's are put in that of their calls. */
  #putInOrder(): void {
    const operations = this.#operations;
    const late = new Map<number, number>();
    for (let at = 0; at < this.#late.length; at += 2) late.set(this.#late[at], this.#late[at + 1]);
    const whoOf = (at: number): number => late.get(at) ?? -1 - operations[at].process;
    const order = Float64Array.from(operations.keys()).sort(
      (left, right) =>
        whoOf(left) - whoOf(right) || operations[left].call - operations[right].call || left - right,
    );
    let [who, renumbered, last] = [Number.NaN, -1, -1];
    for (const at of order) {
      const operation = operations[at];
      if (whoOf(at) !== who) [who, renumbered, last] = [whoOf(at), -1, -1];
      const before = operations[last];
      if (before?.type === 'info') renumbered = this.#lates++;
      else if (before !== undefined && operation.call < (before.return as number)) {
        this.#findOverlap(last, at);
      }
      if (renumbered !== -1) {
        operation.client ??= `process ${operation.process}`;
        this.#late.push(at, renumbered);
      }
      last = at;
    }
  }

  #findOverlap(first: number, second: number): void {
    const [before, after] = [this.#operations[first], this.#operations[second]];
    const who = after.client ?? `process ${after.process}`;
    const what = `${who} calls ${after.f} at ${after.call}, before its ${before.f} of line ${this.#lines[first * 2]} returned at ${before.return}`;
    this.findings.add(this.#lines[second * 2], what, sequentialHint);
  }
}

const sequentialHint = 'a process does one thing at a time: give the other one a number of its own';

/**
 * Jepsen's histories: EDN maps, one a line, or all in one vector or list; tagged or not.
 *
 *     {:process 2, :type :invoke, :f :txn, :value [[:r 1 nil] [:append 2 3]], :time 3296209422, :index 1}
 *
 * The order of the events is that of the file, as Jepsen's own judges take it; `:time` (nanoseconds) is for messages.
 * What the nemesis does is left out. `:fail` did not happen, `:info` may have.
 */
import { EdnReader, type Place } from './edn.ts';
import { Unreadable } from './findings.ts';
import { type EventType, eventTypes, type Format, type FormatOptions, keyText } from './format.ts';
import type { RecordedEvent, Recording } from './recording.ts';

export const jepsenEdn: Format = {
  name: 'jepsen',
  about: "Jepsen's history.edn: one map an event, in a vector, a list, or one a line",
  example: '{:process 2, :type :invoke, :f :read, :value nil, :time 3296209422, :index 1}',
  looksLike: ({ lines }) => /^\s*(\{\s*(:|\}|$)|[[(]|#[a-z_])/i.test(lines[0] ?? '') && !isJson(lines),
  reader: (recording, options) => ednReader(recording, new JepsenEvents(recording, options)),
};

/** Lists look alike in both, but what is in them does not. */
const isJson = (lines: readonly string[]): boolean => /^\s*\[?\s*[{[]\s*"/.test(lines.slice(0, 3).join(' '));

/** Hands every map of an EDN text to `events`. */
export function ednReader(
  recording: Recording,
  events: { event(op: object, place: Place): void; end(): void },
) {
  const reader = new EdnReader({
    form: (value, place) => {
      if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
        events.event(value, place);
        return;
      }
      const what = Array.isArray(value) ? 'this is a list' : `this is ${JSON.stringify(value).slice(0, 40)}`;
      recording.findings.add(place.line, what, 'expected a map such as {:process 0, …}', place.column);
    },
    error: ({ line, column, message, expected }) => recording.findings.add(line, message, expected, column),
  });
  return {
    push: (text: string) => reader.push(text),
    end: () => {
      reader.end();
      events.end();
    },
  };
}

/** An operation of Jepsen's, as far as it matters. */
export interface JepsenOp {
  readonly process?: unknown;
  readonly type?: unknown;
  readonly f?: unknown;
  readonly key?: unknown;
  readonly value?: unknown;
  readonly time?: unknown;
  readonly error?: unknown;
}

/** From Jepsen's operations to events. */
export class JepsenEvents {
  readonly #recording: Recording;
  readonly #independent: boolean | undefined;
  /** Tells what became of an operation whose error says more than its type. */
  readonly #fate: (op: JepsenOp, event: RecordedEvent) => RecordedEvent;
  /** Invocations so far, and those whose value could be a key with a value; the first line with one. */
  #invoked = 0;
  #pairs = 0;
  #pairLine = 0;

  constructor(
    recording: Recording,
    { independent }: FormatOptions,
    fate: (op: JepsenOp, event: RecordedEvent) => RecordedEvent = (_, event) => event,
  ) {
    this.#recording = recording;
    this.#independent = independent;
    this.#fate = fate;
  }

  event(op: JepsenOp, place: Place): void {
    this.#recording.findings.guard(place.line, () => {
      const event = this.#eventOf(op, place);
      if (event === undefined) this.#recording.skipNemesis();
      else this.#recording.event(this.#fate(op, this.#keyed(event, place)), place.line);
    });
  }

  /** Undefined if it is no client's: the nemesis is no number, or a negative one. */
  #eventOf({ process, type, f, key, value, time }: JepsenOp, { column }: Place): RecordedEvent | undefined {
    const wrong = (field: string, found: unknown, expected: string): Unreadable => {
      const isMissing = found === undefined || found === null;
      const what = isMissing ? `:${field} is missing` : `:${field} is ${shown(found)}`;
      return new Unreadable(what, `expected ${expected}`, column);
    };
    if (typeof process === 'string' || (process as number) < 0) return undefined;
    if (!Number.isSafeInteger(process)) throw wrong('process', process, 'a whole number, or :nemesis');
    if (!eventTypes.has(type)) throw wrong('type', type, ':invoke, :ok, :fail or :info');
    if (typeof f !== 'string' || f === '') throw wrong('f', f, 'the name of a function, such as :read');
    return {
      process: process as number,
      type: type as EventType,
      f,
      key: keyText(key),
      value,
      atUs: typeof time === 'number' ? Math.floor(time / 1000) : undefined,
    };
  }

  /** An ambiguous file says so: `[1 2]` may be a key with a value, or a value. */
  end(): void {
    if (this.#independent !== undefined || this.#invoked === 0 || this.#pairs < this.#invoked) return;
    const what = 'every value is a pair, as if it were [key value] of jepsen.independent';
    const hint = 'add --independent if it is, or --no-independent if the pairs are the values';
    this.#recording.findings.add(this.#pairLine, what, hint);
  }

  #keyed(event: RecordedEvent, place: Place): RecordedEvent {
    const { value } = event;
    const isPair = Array.isArray(value) && value.length === 2;
    if (event.type === 'invoke') {
      this.#invoked++;
      // Two operations of a transaction make a pair as well.
      if (isPair && !Array.isArray(value[0])) this.#pairs++;
      this.#pairLine ||= place.line;
    }
    if (this.#independent !== true) return event;
    if (isPair) return { ...event, key: keyText(value[0]) ?? 'nil', value: value[1] };
    // A completion that says nothing is about the key of its invocation.
    if (event.type !== 'invoke' && !Array.isArray(value)) return { ...event, value: undefined };
    const what = `:value is ${value === undefined || value === null ? 'nil' : shown(value)}`;
    throw new Unreadable(what, 'expected [key value], since --independent says so', place.column);
  }
}

function shown(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length <= 40 ? text : `${text.slice(0, 39)}…`;
}

/**
 * JSON lines: one event a line in Jepsen's shape,
 *
 *     {"process":3,"type":"invoke","f":"write","key":"x","value":7,"time":1234}
 *
 * or one whole operation a line,
 *
 *     {"process":3,"f":"write","key":"x","value":7,"call":1234,"return":5678}
 *
 * with `"return":null` where nobody knows whether and when it happened. An operation may have `value` (what was asked)
 * and `output` (what was answered); with `value` only, that of a read is its answer. `"ok":false` says that a condition
 * was false. Fields that are not named here are left alone.
 */
import { Unreadable } from './findings.ts';
import { type EventType, eventTypes, type Format, keyText, questions } from './format.ts';
import { Lines } from './lines.ts';
import type { RecordedEvent, RecordedOperation, Recording } from './recording.ts';

export const jsonLines: Format = {
  name: 'json-lines',
  about: 'one event or one operation a line, as a JSON object',
  example: '{"process":3,"f":"write","key":"x","value":7,"call":1234,"return":5678}',
  looksLike: ({ lines: [first = ''] }) => /^\s*\{\s*("|\}|$)/.test(first),
  reader: (recording) => {
    const reader = new JsonLines(recording);
    const lines = new Lines((line, number) => reader.line(line, number));
    return { push: (text) => lines.push(text), end: () => lines.end() };
  },
};

type Fields = Readonly<Record<string, unknown>>;

/** Functions that cannot be refused: `"ok":false` beside them was meant to say something else. */
const unconditional: ReadonlySet<string> = new Set([
  ...['read', 'get', 'write', 'put', 'delete', 'append', 'enqueue', 'push', 'txn'],
]);

const shapes = { event: 'an event (with "type")', operation: 'an operation (with "call" and "return")' };

class JsonLines {
  readonly #recording: Recording;
  #shape: keyof typeof shapes | undefined;
  #shapeLine = 0;

  constructor(recording: Recording) {
    this.#recording = recording;
  }

  line(text: string, line: number): void {
    if (text.trim() !== '') this.#recording.findings.guard(line, () => this.#read(text, line));
  }

  #read(text: string, line: number): void {
    const fields = objectOf(text);
    const shape = 'call' in fields || 'return' in fields ? 'operation' : 'event';
    this.#shape ??= shape;
    this.#shapeLine ||= line;
    if (shape !== this.#shape) {
      const what = `${shapes[shape]} among ${this.#shape}s: line ${this.#shapeLine} is ${shapes[this.#shape]}`;
      throw new Unreadable(what, 'expected all lines of a file to be of one kind');
    }
    if (fields.process === 'nemesis') this.#recording.skipNemesis();
    else if (shape === 'event') this.#recording.event(eventOf(fields), line);
    else this.#recording.operation(operationOf(fields), line);
  }
}

function objectOf(text: string): Fields {
  let value: unknown;
  try {
    value = JSON.parse(text.startsWith('\uFEFF') ? text.slice(1) : text);
  } catch (error) {
    throw jsonTrouble(error as SyntaxError, text);
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Fields;
  const isList = Array.isArray(value);
  const what = isList ? 'a list' : value === null ? 'null' : `a ${typeof value}`;
  const help = isList ? ' (jq -c ".[]" makes lines of a list)' : '';
  throw new Unreadable(`this line is ${what}`, `expected one JSON object a line${help}`, 1);
}

// Histories have millions of lines: no object is made that is not kept.
function eventOf(fields: Fields): RecordedEvent {
  const { process, type, f, client, session, key, value, ok, output, time, atUs } = fields;
  refuseCommon(fields);
  if (!eventTypes.has(type)) {
    throw wrong('type', type, '"invoke", "ok", "fail" or "info" (or "call" and "return")');
  }
  if (time !== undefined && !isTime(time)) throw wrong('time', time, 'a whole number');
  return {
    process: process as number | string,
    client: typeof client === 'string' ? client : undefined,
    session: sessionOf(session),
    type: type as EventType,
    f: f as string,
    key: keyText(key),
    value,
    output: ok === false ? false : output,
    time,
    atUs: isTime(atUs) ? atUs : undefined,
  };
}

function operationOf(fields: Fields): RecordedOperation {
  refuseCommon(fields);
  const { process, client, session, key, value, ok, call, return: returned, callUs, returnUs } = fields;
  const f = fields.f as string;
  if (!isTime(call)) throw wrong('call', call, 'a whole number');
  if (returned !== null && !isTime(returned)) {
    throw wrong('return', returned, 'a whole number, or null if nobody knows');
  }
  const type = fields.type ?? (returned === null ? 'info' : 'ok');
  if (type === 'invoke' || !eventTypes.has(type)) {
    throw wrong('type', type, '"ok", "fail" or "info"; an operation needs none');
  }
  if (returned !== null && returned < call) {
    const what = `process ${process} returns from ${f} at ${returned}, before its call at ${call}`;
    throw new Unreadable(what, 'expected a "return" that is not smaller');
  }
  if (type === 'ok' && returned === null) {
    const hint = 'expected a whole number as "return", or no "type"';
    throw new Unreadable('this operation is ok but never returned', hint);
  }
  const hasAnswerOnly = type === 'ok' && ok !== false && fields.output === undefined && questions.has(f);
  return {
    process: process as number | string,
    client: typeof client === 'string' ? client : undefined,
    session: sessionOf(session),
    f,
    key: keyText(key),
    value: hasAnswerOnly ? undefined : value,
    output: type === 'ok' ? answerOf(f, fields) : undefined,
    type: type as RecordedOperation['type'],
    call,
    return: returned,
    callUs: isTime(callUs) ? callUs : undefined,
    returnUs: isTime(callUs) && isTime(returnUs) ? returnUs : undefined,
  };
}

function answerOf(f: string, { value, output, ok }: Fields): unknown {
  if (ok === false) return false;
  if (output !== undefined) return output;
  // Beside what is not a question, the value is what was asked; but that of a transaction has its answers in it.
  if (questions.has(f)) return value ?? null;
  return typeof value === 'object' ? (value ?? undefined) : ok;
}

/** Told apart by whatever they are called: a session that was overlooked would be judged as another one. */
function sessionOf(session: unknown): number | string | undefined {
  if (session === undefined || session === null) return undefined;
  if (isTime(session) || (typeof session === 'string' && session !== '')) return session;
  throw wrong('session', session, 'a number or a name');
}

function refuseCommon({ process, f, ok }: Fields): void {
  const isName = typeof process === 'string' && process !== '';
  if (!isName && !(Number.isSafeInteger(process) && (process as number) >= 0)) {
    throw wrong('process', process, 'a whole number from 0, or a name');
  }
  if (typeof f !== 'string' || f === '') throw wrong('f', f, 'the name of a function, such as "read"');
  if (ok === false && unconditional.has(f)) {
    const hint =
      'only what has a condition (cas, acquire, add …) answers false; what failed has "type":"fail"';
    throw new Unreadable(`"ok":false beside ${f}`, hint);
  }
}

function wrong(field: string, found: unknown, expected: string): Unreadable {
  const what = found === undefined ? `"${field}" is missing` : `"${field}" is ${shown(found)}`;
  return new Unreadable(what, `expected ${expected}`);
}

const isTime = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);

function shown(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length <= 40 ? text : `${text.slice(0, 39)}…`;
}

/** What JSON.parse says, without its own idea of the place. */
function jsonTrouble({ message }: SyntaxError, text: string): Unreadable {
  const hint = 'expected one JSON object a line';
  const at = /position (\d+)/.exec(message)?.[1];
  if (/end of JSON input|^Unterminated/.test(message) || Number(at) >= text.length) {
    return new Unreadable('this line ends in the middle of a JSON value', hint, text.length + 1);
  }
  return new Unreadable('this is not JSON', hint, at === undefined ? undefined : Number(at) + 1);
}

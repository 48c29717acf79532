/**
 * What Maelstrom leaves in `store/<test>/<time>/`: Jepsen's history.edn, or history.txt with the same in columns,
 *
 *     0	:info	:cas	[7 [1 2]]	[:timeout "…"]
 *
 * and errors that are definite or not (Maelstrom, doc/protocol.md, "Errors"): 0 (timeout) and 13 (crash) leave open what
 * happened, all others say that nothing did; a precondition that failed (22) is what a cas was told.
 */
import { EdnError, EdnReader } from './edn.ts';
import { Unreadable } from './findings.ts';
import type { Format, FormatOptions, FormatReader } from './format.ts';
import { ednReader, JepsenEvents, type JepsenOp } from './jepsen-edn.ts';
import { Lines } from './lines.ts';
import type { RecordedEvent, Recording } from './recording.ts';

export const maelstrom: Format = {
  name: 'maelstrom',
  about: 'history.edn or history.txt of a Maelstrom test, or the folder store/<test>/<time>',
  example: '0 :invoke :read [7 nil]',
  looksLike: ({ lines: [first = ''], isMaelstrom }) =>
    isMaelstrom === true ? /^\s*[{[(#:\d]/.test(first) : isRow(first),
  reader: (recording, options) => new Maelstrom(recording, options),
};

const isRow = (line: string): boolean => /^(\d+|:\w+)\s+:(invoke|ok|fail|info)\s/.test(line);

/** Which of the two it is, the first line that is not empty tells. */
class Maelstrom implements FormatReader {
  readonly #recording: Recording;
  readonly #options: FormatOptions;
  #reader: FormatReader | undefined;
  #head = '';

  constructor(recording: Recording, options: FormatOptions) {
    this.#recording = recording;
    this.#options = options;
  }

  push(text: string): void {
    if (this.#reader !== undefined) this.#reader.push(text);
    else {
      this.#head += text;
      if (/\S[^\n]*\n/.test(this.#head)) this.#begin();
    }
  }

  end(): void {
    if (this.#reader === undefined) this.#begin();
    this.#reader?.end();
  }

  #begin(): void {
    const events = new JepsenEvents(this.#recording, this.#options, fateOf);
    const isTable = /^[\d:]/.test(this.#head.trimStart());
    this.#reader = isTable ? tableReader(this.#recording, events) : ednReader(this.#recording, events);
    this.#reader.push(this.#head);
    this.#head = '';
  }
}

/** The columns of history.txt. */
function tableReader(recording: Recording, events: JepsenEvents): FormatReader {
  const edn = new EdnReader({ form: () => {}, error: () => {} });
  const lines = new Lines((text, line) => {
    if (text.trim() === '') return;
    recording.findings.guard(line, () => events.event(rowOf(text, edn), { line, column: 1 }));
  });
  return {
    push: (text) => lines.push(text),
    end: () => {
      lines.end();
      events.end();
    },
  };
}

function rowOf(text: string, edn: EdnReader): JepsenOp {
  let column = 1;
  const values: unknown[] = [];
  for (const cell of text.split('\t').slice(0, 5)) {
    try {
      // Errors are printed for people: what cannot be read is no more than its text.
      values.push(values.length === 4 ? errorOf(cell, edn) : edn.values(cell)[0]);
    } catch (error) {
      if (!(error instanceof EdnError)) throw error;
      throw new Unreadable(error.message, error.expected, column + error.column - 1);
    }
    column += cell.length + 1;
  }
  if (values.length < 3) {
    throw new Unreadable(
      'this line has too few columns',
      `expected one such as ${maelstrom.example}, with tabs`,
    );
  }
  const [process, type, f, value, error] = values;
  return { process, type, f, value, error };
}

function errorOf(cell: string, edn: EdnReader): unknown {
  try {
    return edn.values(cell)[0];
  } catch {
    return cell;
  }
}

const definite: ReadonlySet<unknown> = new Set([
  ...[1, 10, 11, 12, 14, 20, 21, 22, 30],
  ...['node-not-found', 'not-supported', 'temporarily-unavailable', 'malformed-request', 'abort'],
  ...['key-does-not-exist', 'key-already-exists', 'precondition-failed', 'txn-conflict'],
]);
const indefinite: ReadonlySet<unknown> = new Set([0, 13, 'timeout', 'net-timeout', 'crash']);
const readOnly: ReadonlySet<string> = new Set(['read', 'get', 'poll']);

/** The type that the error speaks for; where it says nothing, the one that was recorded. */
function fateOf({ error }: JepsenOp, event: RecordedEvent): RecordedEvent {
  if (event.type !== 'fail' && event.type !== 'info') return event;
  const name = Array.isArray(error) ? error[0] : error;
  const { value: _, ...bare } = event;
  if (event.f === 'cas' && (name === 22 || name === 'precondition-failed'))
    return { ...bare, type: 'ok', output: false };
  if (definite.has(name)) return { ...bare, type: 'fail' };
  // What only reads has not happened as far as anybody else can tell.
  if (indefinite.has(name) && !readOnly.has(event.f)) return { ...bare, type: 'info' };
  return bare;
}

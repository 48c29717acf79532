/**
 * The logs of Jepsen's etcd test that Porcupine is tested with: lines of a logger, with tabs or spaces.
 *
 *     INFO  jepsen.util - 3	:invoke	:cas	[1 2]
 *
 * The order of the lines is time. `:info :write :timed-out` leaves the fate of the write open, `:fail :read :timed-out`
 * never read anything, and `:fail :cas [1 2]` says that the precondition was false. What else the logger wrote is left
 * out. Judge them by the model `cas-register`.
 */
import { EdnError, EdnReader } from './edn.ts';
import { Unreadable } from './findings.ts';
import { type EventType, eventTypes, type Format } from './format.ts';
import { Lines } from './lines.ts';
import type { RecordedEvent, Recording } from './recording.ts';

export const porcupineEtcd: Format = {
  name: 'porcupine-etcd',
  about: 'the log of a Jepsen test of etcd, as Porcupine reads it',
  example: 'INFO  jepsen.util - 3 :invoke :cas [1 2]',
  looksLike: ({ lines }) => lines.some((line) => /\bjepsen\.util\b/.test(line)),
  reader: (recording) => {
    const edn = new EdnReader({ form: () => {}, error: () => {} });
    const lines = new Lines((line, number) => readLine(line, number, recording, edn));
    return { push: (text) => lines.push(text), end: () => lines.end() };
  },
};

const entry = /\bjepsen\.util\s*(?:-|:)\s+(\S+)\s+:(\S+)\s+:(\S+)(?:\s+(.*))?$/;

function readLine(text: string, line: number, recording: Recording, edn: EdnReader): void {
  if (text.trim() === '') return;
  if (!/\bjepsen\.util\b/.test(text)) recording.skip('line of the log');
  else {
    recording.findings.guard(line, () => {
      const event = eventOf(text, edn);
      if (event === undefined) recording.skipNemesis();
      else recording.event(fateOf(event), line);
    });
  }
}

function eventOf(text: string, edn: EdnReader): RecordedEvent | undefined {
  const parts = entry.exec(text);
  if (parts === null) {
    throw new Unreadable(
      'this line of jepsen.util cannot be read',
      `expected one such as ${porcupineEtcd.example}`,
    );
  }
  const [, who, type, f, rest = 'nil'] = parts;
  if (who === ':nemesis') return undefined;
  const process = Number(who);
  if (!/^\d+$/.test(who) || !Number.isSafeInteger(process)) {
    throw new Unreadable(`the process is ${JSON.stringify(who)}`, 'expected a whole number, or :nemesis');
  }
  if (!eventTypes.has(type)) {
    throw new Unreadable(`the type is :${type}`, 'expected :invoke, :ok, :fail or :info');
  }
  try {
    const [value] = edn.values(rest);
    return { process, type: type as EventType, f, value };
  } catch (error) {
    if (!(error instanceof EdnError)) throw error;
    throw new Unreadable(error.message, error.expected, text.length - rest.length + error.column);
  }
}

/** What the value of a completion says about the fate of the operation. */
function fateOf(event: RecordedEvent): RecordedEvent {
  const { type, f, value } = event;
  if (type === 'invoke' || type === 'ok') return event;
  const { value: _, ...bare } = event;
  if (type === 'fail' && f === 'cas' && Array.isArray(value)) return { ...bare, type: 'ok', output: false };
  // A write that timed out may have happened, whatever the log calls it.
  return value === 'timed-out' && f !== 'read' ? { ...bare, type: 'info' } : bare;
}

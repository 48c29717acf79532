/** What a reader of a format is, and what it is given. */
import type { Recording } from './recording.ts';

export interface FormatOptions {
  /** Whether values are `[key value]`, as jepsen.independent writes them; undefined: nobody said. */
  readonly independent?: boolean;
}

/** Takes the text of a file in pieces and writes its operations into a recording. */
export interface FormatReader {
  push(text: string): void;
  end(): void;
}

export interface Format {
  readonly name: string;
  /** One line. */
  readonly about: string;
  /** How one of its lines looks, for people whose file looks otherwise. */
  readonly example: string;
  /** Whether a file that begins like this is one, as far as one can tell. */
  looksLike(head: Head): boolean;
  reader(recording: Recording, options: FormatOptions): FormatReader;
}

/** The beginning of a file. */
export interface Head {
  /** Its first lines that are neither empty nor comments, at most a hundred; the last one may be cut. */
  readonly lines: readonly string[];
  /** Whether it lay in the folder of a Maelstrom run. */
  readonly isMaelstrom?: boolean;
}

/** The types of events. */
export const eventTypes: ReadonlySet<unknown> = new Set(['invoke', 'ok', 'fail', 'info']);

export type EventType = 'invoke' | 'ok' | 'fail' | 'info';

/** Functions that only ask, so that the value beside them is what was answered. */
export const questions: ReadonlySet<string> = new Set([
  ...['read', 'get', 'dequeue', 'pop', 'peek', 'poll', 'drain', 'take', 'generate', 'size'],
]);

/** A key as a word: keys are compared as texts. */
export function keyText(key: unknown): string | undefined {
  if (typeof key === 'string') return key;
  if (key === undefined || key === null) return undefined;
  return typeof key === 'object' ? JSON.stringify(key) : String(key);
}

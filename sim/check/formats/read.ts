/** Reading a history, whatever its format: text in pieces goes in, operations come out. */
import type { Operation } from '../history.ts';
import { detected, formats, headOf } from './detect.ts';
import type { Finding } from './findings.ts';
import type { Format, FormatOptions, FormatReader } from './format.ts';
import { type Recorded, Recording } from './recording.ts';

export interface ReadOptions extends FormatOptions {
  /** The name of a format; without it, the content tells. */
  readonly format?: string;
  /** Whether it lies in the folder of a Maelstrom run. */
  readonly isMaelstrom?: boolean;
}

/** A history as it was written down. */
export interface RecordedHistory {
  /** The name of its format; undefined if it is in none that is known. */
  readonly format: string | undefined;
  readonly operations: readonly Operation[];
  /** What was left out, in words in the singular, and how many of it. */
  readonly skipped: ReadonlyMap<string, number>;
  /** What is wrong with it: the first ten mistakes, by line. A history with mistakes is not to be judged. */
  readonly findings: readonly Finding[];
  /** How many mistakes there are. */
  readonly findingCount: number;
  /** The lines of their calls and returns, from 1; the latter is undefined for what never returned. */
  linesOf(
    operations: readonly Operation[],
  ): ReadonlyMap<Operation, readonly [call: number, returned: number | undefined]>;
}

/** Enough to tell a format by. */
const headLength = 1 << 16;

/** Takes the text of a history in pieces. */
export class HistoryReader {
  readonly #options: ReadOptions;
  readonly #recording = new Recording();
  #format: Format | undefined;
  #reader: FormatReader | undefined;
  #head = '';
  #isOver = false;

  /** @throws RangeError if there is no such format */
  constructor(options: ReadOptions = {}) {
    this.#options = options;
    if (options.format === undefined) return;
    const format = formats.get(options.format);
    if (format === undefined) {
      throw new RangeError(
        `there is no format "${options.format}"; the formats are ${[...formats.keys()].join(', ')}`,
      );
    }
    this.#begin(format);
  }

  /** Whether there is a point in reading on: with more than ten mistakes there is none. */
  get wantsMore(): boolean {
    return !this.#isOver && !this.#recording.findings.isFull;
  }

  /** How many operations were found so far. */
  get operationCount(): number {
    return this.#recording.operationCount;
  }

  push(text: string): void {
    if (!this.wantsMore) return;
    if (this.#reader !== undefined) this.#reader.push(text);
    else {
      this.#head += text;
      if (this.#head.length >= headLength) this.#detect();
    }
  }

  /** @param isWhole whether this was all; what was cut off in the middle of a line is not to be blamed on it */
  end(isWhole = true): RecordedHistory {
    if (!isWhole) return historyFrom(this.#recording.end(), this.#format?.name);
    if (this.#reader === undefined && !this.#isOver) this.#detect();
    if (this.wantsMore) this.#reader?.end();
    this.#recording.refuseNothing(this.#format?.example);
    return historyFrom(this.#recording.end(), this.#format?.name);
  }

  #detect(): void {
    const head = headOf(this.#head, this.#options.isMaelstrom);
    const format = detected(head);
    const text = this.#head;
    this.#head = '';
    if (format !== undefined) {
      this.#begin(format);
      this.#reader?.push(text);
      return;
    }
    this.#isOver = true;
    const { findings } = this.#recording;
    const [first] = head.lines;
    if (first === undefined) findings.add(1, 'there is nothing in it', 'expected a history');
    else if (/^\s*\[/.test(first))
      findings.add(1, 'it is a list', 'expected one JSON object a line (jq -c ".[]")');
    else findings.add(1, `it is no history of a known format: ${start(first)}`, looksOfFormats);
  }

  #begin(format: Format): void {
    this.#format = format;
    this.#reader = format.reader(this.#recording, this.#options);
  }
}

const looksOfFormats = `expected lines such as ${[...formats.values()].map(({ example }) => example).join(' or ')}`;

const start = (line: string): string => JSON.stringify(line.length <= 40 ? line : `${line.slice(0, 39)}…`);

/** The whole text of a history at once. */
export function readHistory(text: string, options: ReadOptions = {}): RecordedHistory {
  const reader = new HistoryReader(options);
  reader.push(text);
  return reader.end();
}

function historyFrom(
  { operations, lines, skipped, findings }: Recorded,
  format: string | undefined,
): RecordedHistory {
  return {
    format,
    operations,
    skipped,
    findings: [...findings.kept].sort((left, right) => left.line - right.line),
    findingCount: findings.count,
    linesOf(wanted) {
      // Judges may have copied them.
      const isSame = (left: Operation, right: Operation): boolean =>
        left.process === right.process && left.call === right.call && left.f === right.f;
      const calls = new Set([...wanted].map(({ call }) => call));
      const found = new Map<Operation, readonly [number, number | undefined]>();
      operations.forEach((operation, at) => {
        if (!calls.has(operation.call)) return;
        for (const one of wanted) {
          if (isSame(one, operation)) found.set(one, [lines[at * 2], lines[at * 2 + 1] || undefined]);
        }
      });
      return found;
    },
  };
}

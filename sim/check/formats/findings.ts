/** What is wrong with a recorded history, and where. */

/** One mistake in a file: `line` and `column` count from 1. */
export interface Finding {
  readonly line: number;
  readonly column?: number;
  /** What was found. */
  readonly message: string;
  /** What was expected instead, or what to do. */
  readonly hint?: string;
}

/** `file:line:column: what was found; what was expected`. */
export function formatFinding(file: string, { line, column, message, hint }: Finding): string {
  const place = column === undefined ? `${file}:${line}` : `${file}:${line}:${column}`;
  return `${place}: ${message}${hint === undefined ? '' : `; ${hint}`}`;
}

/** Thrown inside a reader: this line or form cannot be part of a history. */
export class Unreadable extends Error {
  override readonly name = 'Unreadable';
  readonly hint: string;
  readonly column: number | undefined;
  constructor(message: string, hint: string, column?: number) {
    super(message);
    this.hint = hint;
    this.column = column;
  }
}

/** How many mistakes are told; a file may have millions. */
const findingsMax = 10;

/** Keeps the first ten mistakes and counts the others. */
export class Findings {
  readonly kept: Finding[] = [];
  count = 0;

  add(line: number, message: string, hint?: string, column?: number): void {
    this.count++;
    if (this.kept.length >= findingsMax) return;
    const place = column === undefined ? { line } : { line, column };
    this.kept.push(hint === undefined ? { ...place, message } : { ...place, message, hint });
  }

  /** Reads one line or form; what is wrong with it becomes a finding. */
  guard(line: number, read: () => void): void {
    try {
      read();
    } catch (error) {
      if (!(error instanceof Unreadable)) throw error;
      this.add(line, error.message, error.hint, error.column);
    }
  }

  /** So many that more would tell nobody anything. */
  get isFull(): boolean {
    return this.count > findingsMax;
  }
}

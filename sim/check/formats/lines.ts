/** Pieces of a text into its lines. */

/** A line that does not end within so many characters is no line of a history. */
const lineLengthMax = 1 << 26;

/** Cuts pieces of a text, of any length, into lines without their ends; tells each with its number, from 1. */
export class Lines {
  readonly #tell: (line: string, number: number) => void;
  #rest = '';
  #number = 0;

  constructor(tell: (line: string, number: number) => void) {
    this.#tell = tell;
  }

  /** The number of the line that was told last. */
  get number(): number {
    return this.#number;
  }

  push(text: string): void {
    let from = 0;
    for (let end = text.indexOf('\n'); end !== -1; end = text.indexOf('\n', from)) {
      const piece = text.slice(from, end);
      this.#line(this.#rest === '' ? piece : this.#rest + piece);
      this.#rest = '';
      from = end + 1;
    }
    this.#rest += from === 0 ? text : text.slice(from);
    if (this.#rest.length > lineLengthMax) this.end();
  }

  /** The last line need not end in a line break. */
  end(): void {
    if (this.#rest !== '') this.#line(this.#rest);
    this.#rest = '';
  }

  #line(line: string): void {
    this.#number++;
    this.#tell(line.endsWith('\r') ? line.slice(0, -1) : line, this.#number);
  }
}

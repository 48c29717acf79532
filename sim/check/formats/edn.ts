/**
 * A reader of EDN (https://github.com/edn-format/edn) that takes a text in pieces and tells its top-level forms one by
 * one, each with its place, as plain JSON data:
 *
 * | EDN | becomes |
 * |---|---|
 * | nil, true, false, numbers, strings | the same |
 * | keywords, symbols, characters | their names as strings: `:ok` is `"ok"` |
 * | whole numbers past 2^53, ratios, exact decimals | their digits as strings: equal only if they are written alike |
 * | lists, vectors | arrays |
 * | sets | arrays in the order of their canonical texts |
 * | maps | objects; a key that is no string becomes its text |
 * | tagged values, `#inst "…"` | the value without its tag |
 */
import { canonical } from '../plain.ts';

/** A text that is not EDN. */
export class EdnError extends Error {
  override readonly name = 'EdnError';
  readonly line: number;
  readonly column: number;
  readonly expected: string;
  constructor(message: string, expected: string, place: Place) {
    super(message);
    this.expected = expected;
    this.line = place.line;
    this.column = place.column;
  }
}

/** From 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** A place to come back to. */
interface Mark {
  readonly at: number;
  readonly line: number;
  readonly lineStart: number;
}

export interface EdnListener {
  /** A form at the top level, or an element of a list or vector there. */
  form(value: unknown, place: Place): void;
  /** What cannot be read; reading goes on at the next line. */
  error(error: EdnError): void;
}

/** Thrown, and caught, where a form goes on in the next piece. */
const incomplete = Symbol('incomplete');

const depthMax = 200;
/** A form of more characters has lost its closing bracket. */
const formLengthMax = 1 << 24;

const [tab, newline, space, quote, hash, comma, semicolon, backslash] = [9, 10, 32, 34, 35, 44, 59, 92];
const [roundOpen, roundClose, squareOpen, squareClose, curlyOpen, curlyClose] = [40, 41, 91, 93, 123, 125];
const [plus, minus, colon, underscore, caret] = [43, 45, 58, 95, 94];

const isSpace = (code: number): boolean =>
  code === space || code === newline || code === comma || (code >= tab && code <= 13);
const isDigit = (code: number): boolean => code >= 48 && code <= 57;

/** Where a word ends: white space, brackets, quotes and comments; 1 for each such ASCII character. */
const endsWord = Uint8Array.from({ length: 128 }, (_, code) =>
  Number(
    isSpace(code) ||
      [quote, semicolon, roundOpen, roundClose, squareOpen, squareClose, curlyOpen, curlyClose].includes(
        code,
      ),
  ),
);

const characters: ReadonlyMap<string, string> = new Map([
  ['newline', '\n'],
  ['return', '\r'],
  ['space', ' '],
  ['tab', '\t'],
  ['formfeed', '\f'],
  ['backspace', '\b'],
]);
const escapes: ReadonlyMap<string, string> = new Map([
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
  ['f', '\f'],
  ['b', '\b'],
  ['"', '"'],
  ['\\', '\\'],
  ['/', '/'],
]);

const neverEnding = (place: Place): EdnError =>
  new EdnError('what begins here never ends', 'expected its closing bracket or quote', place);

/** Reads EDN from pieces of text. A list or vector at the top level is told element by element. */
export class EdnReader {
  readonly #listener: EdnListener;
  /** Keywords and symbols that were seen before: comparing them is cheap, and keeping them costs nothing. */
  readonly #words = new Map<string, string>();
  #text = '';
  #at = 0;
  #isLast = false;
  /** The line of `#at`, and where in `#text` it begins. */
  #line = 1;
  #lineStart = 0;
  /** Brackets that are open around the forms that are told. */
  #outer: { readonly close: number; readonly place: Place }[] = [];
  /** No attempt is made to read on before the text is so long. */
  #lengthNeeded = 0;
  #depth = 0;
  /** The rest of this line is left out, and its end is yet to come. */
  #isSkipping = false;

  constructor(listener: EdnListener) {
    this.#listener = listener;
  }

  push(text: string): void {
    this.#text = this.#text.slice(this.#at) + text;
    this.#lineStart -= this.#at;
    this.#at = 0;
    if (this.#text.length >= this.#lengthNeeded) this.#readAll();
  }

  end(): void {
    this.#isLast = true;
    this.#readAll();
    const unclosed = this.#outer.pop();
    if (unclosed !== undefined) {
      const bracket = unclosed.close === squareClose ? '[' : '(';
      const what = `this ${bracket} is never closed`;
      this.#listener.error(new EdnError(what, 'the text ends before its closing bracket', unclosed.place));
    }
  }

  /**
   * The forms of a whole text, such as a cell of a table; lists are not taken apart.
   * @throws EdnError
   */
  values(text: string): unknown[] {
    this.#text = text;
    this.#isLast = true;
    this.#reset({ at: 0, line: 1, lineStart: 0 });
    this.#depth = 0;
    const values: unknown[] = [];
    for (;;) {
      const { place } = this.#mark();
      if (this.#at >= text.length) return values;
      try {
        if (!this.#isDiscard(text.charCodeAt(this.#at))) values.push(this.#form());
        else {
          this.#at += 2;
          this.#form();
        }
      } catch (error) {
        if (error !== incomplete) throw error;
        throw neverEnding(place());
      }
    }
  }

  #readAll(): void {
    if (this.#isSkipping) this.#skipLine();
    for (;;) {
      const { before, place } = this.#mark();
      try {
        if (!this.#readOne()) return;
      } catch (error) {
        if (error !== incomplete && !(error instanceof EdnError)) throw error;
        this.#depth = 0;
        if (error instanceof EdnError) {
          this.#listener.error(error);
        } else {
          this.#reset(before);
          const length = this.#text.length - this.#at;
          if (!this.#isLast && length < formLengthMax) {
            // Reading a form again with every piece would take the square of its length.
            this.#lengthNeeded = length * 2;
            return;
          }
          this.#listener.error(neverEnding(place()));
        }
        this.#skipLine();
      }
      this.#lengthNeeded = 0;
    }
  }

  /** The place after white space, to come back to. */
  #mark() {
    this.#skip();
    const before = { at: this.#at, line: this.#line, lineStart: this.#lineStart };
    return { before, place: (): Place => ({ line: before.line, column: before.at - before.lineStart + 1 }) };
  }

  #reset({ at, line, lineStart }: Mark): void {
    this.#at = at;
    this.#line = line;
    this.#lineStart = lineStart;
  }

  #skipLine(): void {
    const end = this.#text.indexOf('\n', this.#at);
    this.#at = end === -1 ? this.#text.length : end + 1;
    this.#isSkipping = end === -1;
    if (this.#isSkipping) return;
    this.#line++;
    this.#lineStart = this.#at;
  }

  /** Reads a form or an outer bracket; false at the end of the text. */
  #readOne(): boolean {
    if (this.#at >= this.#text.length) return false;
    const code = this.#text.charCodeAt(this.#at);
    const place = this.#place();
    if ((code === squareOpen || code === roundOpen) && this.#outer.length === 0) {
      this.#at++;
      this.#outer.push({ close: code === squareOpen ? squareClose : roundClose, place });
      return true;
    }
    if (code === this.#outer.at(-1)?.close) {
      this.#at++;
      this.#outer.pop();
      return true;
    }
    if (this.#isDiscard(code)) {
      this.#at += 2;
      this.#form();
      return true;
    }
    this.#listener.form(this.#form(), place);
    return true;
  }

  #place(at = this.#at): Place {
    return { line: this.#line, column: at - this.#lineStart + 1 };
  }

  #wrong(message: string, expected: string, at = this.#at): EdnError {
    return new EdnError(message, expected, this.#place(at));
  }

  #isDiscard(code: number): boolean {
    return code === hash && this.#text.charCodeAt(this.#at + 1) === underscore;
  }

  /** White space and comments. */
  #skip(): void {
    const text = this.#text;
    let at = this.#at;
    for (; at < text.length; at++) {
      const code = text.charCodeAt(at);
      if (code === newline) {
        this.#line++;
        this.#lineStart = at + 1;
      } else if (code === semicolon) {
        const end = text.indexOf('\n', at);
        // The rest of a comment may come with the next piece.
        if (end === -1 && !this.#isLast) break;
        at = end === -1 ? text.length : end - 1;
      } else if (!isSpace(code) && code !== 0xfeff) break;
    }
    this.#at = at;
  }

  /** The form that begins here or after white space. */
  #form(): unknown {
    if (this.#depth >= depthMax)
      throw this.#wrong(`more than ${depthMax} brackets are open`, 'expected fewer');
    this.#depth++;
    const value = this.#anyForm();
    this.#depth--;
    return value;
  }

  #anyForm(): unknown {
    for (;;) {
      this.#skip();
      if (this.#at >= this.#text.length) throw incomplete;
      if (!this.#isDiscard(this.#text.charCodeAt(this.#at))) break;
      this.#at += 2;
      this.#form();
    }
    const code = this.#text.charCodeAt(this.#at);
    switch (code) {
      case curlyOpen:
        return this.#map();
      case squareOpen:
        return this.#sequence(squareClose);
      case roundOpen:
        return this.#sequence(roundClose);
      case quote:
        return this.#string();
      case backslash:
        return this.#character();
      case hash:
        return this.#dispatched();
      case semicolon:
        throw incomplete;
      case curlyClose:
      case squareClose:
      case roundClose:
        throw this.#wrong(`"${String.fromCharCode(code)}" closes nothing`, 'expected a value');
      case caret:
        this.#at++;
        this.#form();
        return this.#form();
      default:
        return this.#word(code);
    }
  }

  /** Whether the bracket closes here, after white space and what is to be left out. */
  #closes(close: number): boolean {
    for (;;) {
      this.#skip();
      if (this.#at >= this.#text.length) throw incomplete;
      const code = this.#text.charCodeAt(this.#at);
      if (code === close) {
        this.#at++;
        return true;
      }
      if (!this.#isDiscard(code)) return false;
      this.#at += 2;
      this.#form();
    }
  }

  #sequence(close: number): unknown[] {
    this.#at++;
    const elements: unknown[] = [];
    while (!this.#closes(close)) elements.push(this.#form());
    return elements;
  }

  #map(): object {
    this.#at++;
    const map: Record<string, unknown> = {};
    while (!this.#closes(curlyClose)) {
      const start = this.#at;
      const key = this.#form();
      if (this.#closes(curlyClose)) throw this.#wrong('this key has no value', 'a map has pairs', start);
      const name = typeof key === 'string' ? key : canonical(key);
      const value = this.#form();
      if (name !== '__proto__') map[name] = value;
      else Object.defineProperty(map, name, { value, enumerable: true, configurable: true, writable: true });
    }
    return map;
  }

  /** Sets, tags and symbolic numbers: what begins with `#`. */
  #dispatched(): unknown {
    const start = this.#at;
    this.#at++;
    if (this.#at >= this.#text.length) throw incomplete;
    const code = this.#text.charCodeAt(this.#at);
    if (code === curlyOpen) {
      const elements = this.#sequence(curlyClose).map((element) => [canonical(element), element] as const);
      elements.sort(([left], [right]) => (left < right ? -1 : left > right ? 1 : 0));
      return elements.map(([, element]) => element);
    }
    if (code === hash) {
      this.#at++;
      return `##${this.#rawWord()}`;
    }
    // A pattern, as Clojure prints it.
    if (code === quote) return this.#string();
    if (this.#rawWord() === '') throw this.#wrong('"#" has no tag', 'expected a name after it', start);
    return this.#form();
  }

  #rawWord(): string {
    const text = this.#text;
    const start = this.#at;
    let at = start;
    for (; at < text.length; at++) {
      const code = text.charCodeAt(at);
      if (code < 128 && endsWord[code] === 1) break;
    }
    if (at >= text.length && !this.#isLast) throw incomplete;
    this.#at = at;
    return text.slice(start, at);
  }

  #word(first: number): unknown {
    const start = this.#at;
    const word = this.#rawWord();
    if (first === colon) {
      if (word.length === 1) throw this.#wrong('":" is no keyword', 'expected a name after it', start);
      return this.#known(word.slice(1));
    }
    if (isDigit(first) || ((first === plus || first === minus) && isDigit(word.charCodeAt(1)))) {
      return this.#number(word, start);
    }
    switch (word) {
      case 'nil':
        return null;
      case 'true':
        return true;
      case 'false':
        return false;
      default:
        return this.#known(word);
    }
  }

  #known(word: string): string {
    const known = this.#words.get(word);
    if (known !== undefined) return known;
    // Values may be words as well: only so many are worth keeping.
    if (this.#words.size < 10_000) this.#words.set(word, word);
    return word;
  }

  #number(word: string, start: number): unknown {
    const whole = Number(word);
    if (Number.isSafeInteger(whole) && /^[+-]?\d+$/.test(word)) return whole === 0 ? 0 : whole;
    if (/^[+-]?\d+(\.\d*)?([eE][+-]?\d+)?$/.test(word)) {
      return /^[+-]?\d+$/.test(word) || !Number.isFinite(whole) ? word.replace(/^\+/, '') : whole;
    }
    const exact = /^[+-]?\d+N$/.exec(word);
    if (exact !== null) {
      const value = Number(word.slice(0, -1));
      return Number.isSafeInteger(value) ? value : word.slice(0, -1).replace(/^\+/, '');
    }
    // Ratios, exact decimals, and whole numbers in other bases: told apart by how they are written.
    if (/^[+-]?\d+(\/\d+|(\.\d*)?([eE][+-]?\d+)?M|[xXrR][0-9a-zA-Z]+N?)$/.test(word)) return word;
    throw this.#wrong(
      `"${word.slice(0, 40)}" is not a number`,
      'expected one such as 12, -1.5 or 2/3',
      start,
    );
  }

  #string(): string {
    const text = this.#text;
    const start = ++this.#at;
    const end = text.indexOf('"', start);
    if (end === -1) throw incomplete;
    const simple = text.slice(start, end);
    if (!simple.includes('\\') && !simple.includes('\n')) {
      this.#at = end + 1;
      return simple;
    }
    let value = '';
    for (let at = start; at < text.length; at++) {
      const code = text.charCodeAt(at);
      if (code === quote) {
        this.#at = at + 1;
        return value;
      }
      if (code === newline) {
        this.#line++;
        this.#lineStart = at + 1;
      }
      if (code !== backslash) {
        value += text[at];
        continue;
      }
      at++;
      if (at + 4 >= text.length && !this.#isLast) throw incomplete;
      const escaped = text[at];
      const hex = escaped === 'u' ? /^[0-9a-fA-F]{4}/.exec(text.slice(at + 1, at + 5)) : null;
      if (hex !== null) {
        value += String.fromCharCode(Number.parseInt(hex[0], 16));
        at += 4;
        continue;
      }
      // What is no escape of EDN's is one of a pattern's.
      value += escapes.get(escaped) ?? `\\${escaped ?? ''}`;
    }
    throw incomplete;
  }

  #character(): string {
    const start = this.#at++;
    // The first character counts even if it would end a word: `\(` and `\,`.
    if (this.#at >= this.#text.length) throw incomplete;
    const first = String.fromCodePoint(this.#text.codePointAt(this.#at)!);
    this.#at += first.length;
    const name = first + this.#rawWord();
    if (name === first) return first;
    const unicode = /^u([0-9a-fA-F]{4})$/.exec(name);
    if (unicode !== null) return String.fromCharCode(Number.parseInt(unicode[1], 16));
    const octal = /^o([0-3]?[0-7]{1,2})$/.exec(name);
    if (octal !== null) return String.fromCharCode(Number.parseInt(octal[1], 8));
    const character = characters.get(name);
    if (character !== undefined) return character;
    throw this.#wrong(
      `"\\${name.slice(0, 40)}" is no character`,
      'expected one such as \\a or \\newline',
      start,
    );
  }
}

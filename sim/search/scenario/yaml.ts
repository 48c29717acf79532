/** YAML 1.2 as plain data with positions. Nothing in a text can throw, pollute a prototype, or take long. */
import {
  type Alias,
  Composer,
  type CST,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  Parser,
  visit,
  type YAMLError,
} from 'yaml';
import type { Path, Problem } from './problem.ts';
import {
  type Data,
  type DataMap,
  DEPTH_MAX,
  forbidden,
  type Position,
  Source,
  VALUES_MAX,
} from './source.ts';
import { shown } from './units.ts';

const CHARACTERS_MAX = 256 * 1024;
const START: Position = { line: 1, column: 1 };

/** Reads the one document of a text. What could not be read is left out of the source, and told. */
export function readYaml(text: string, file: string): { source: Source; problems: Problem[] } {
  const reader = new Reader(file);
  reader.read(text.startsWith('\uFEFF') ? text.slice(1) : text);
  return { source: reader.source, problems: reader.problems };
}

class Reader {
  readonly source: Source;
  readonly problems: Problem[] = [];
  readonly #lines = new LineCounter();
  readonly #targets = new Map<Alias, Node | undefined>();
  #values = 0;

  constructor(file: string) {
    this.source = new Source(file);
  }

  read(text: string): void {
    if (text.length > CHARACTERS_MAX) {
      this.#report(START, `the file is longer than ${CHARACTERS_MAX / 1024} KB`);
      return;
    }
    try {
      this.#parse(text);
    } catch (error) {
      // The parser is not ours; whatever it meets, the user's text is what is wrong.
      this.#report(START, `not YAML: ${String(error)}`);
    }
  }

  #parse(text: string): void {
    const tokens = [...new Parser(this.#lines.addNewLine).parse(text)];
    // The composer recurses, and V8 aborts the process when its regular expressions meet a full stack.
    const deep = tooDeep(tokens);
    if (deep !== undefined) {
      this.#report(this.#position(deep), `lists and maps are nested more than ${DEPTH_MAX} deep`);
      return;
    }
    const options = { version: '1.2', schema: 'core', uniqueKeys: false, prettyErrors: false } as const;
    const [document, second] = [...new Composer(options).compose(tokens, true, text.length)];
    if (second !== undefined) {
      const hint = 'a scenario file holds one document';
      this.#report(this.#position(second.range[0]), 'a second document starts here', hint);
    }
    for (const error of [...document!.errors, ...document!.warnings]) this.#reportSyntax(error);
    if (this.problems.length > 0) return;
    const { contents } = document!;
    if (contents === null || (isScalar(contents) && contents.source === '')) {
      this.#report(START, 'the file is empty', 'a scenario needs schema, name and protocol');
      return;
    }
    this.#findTargets(document as Document);
    const root = this.#convert(contents as Node, [], undefined);
    if (this.#values < Number.POSITIVE_INFINITY) this.source.root = root;
  }

  /** An alias stands for the last node of its name before it. */
  #findTargets(document: Document): void {
    const anchored = new Map<string, Node>();
    visit(document, {
      Node: (_, node) => {
        if (isAlias(node)) this.#targets.set(node, anchored.get(node.source));
        else if (node.anchor !== undefined) anchored.set(node.anchor, node);
      },
    });
  }

  #convert(node: Node | null, path: Path, key: Position | undefined, aliases = 0): Data {
    const value = this.#position(node?.range?.[0] ?? 0);
    this.source.place(path, key === undefined ? { value } : { value: node === null ? key : value, key });
    this.#values += 1;
    if (this.#values > VALUES_MAX || path.length + aliases > DEPTH_MAX) {
      // Once is enough: every value of a bomb would say the same.
      if (this.#values < Number.POSITIVE_INFINITY) {
        const message = `aliases expand to more than ${VALUES_MAX} values, or to themselves`;
        this.#report(value, message);
      }
      this.#values = Number.POSITIVE_INFINITY;
      return null;
    }
    if (isAlias(node)) {
      const target = this.#targets.get(node);
      if (target === undefined) this.#report(value, `no anchor "&${node.source}" stands before this alias`);
      return target === undefined ? null : this.#convert(target, path, key, aliases + 1);
    }
    if (isSeq(node)) {
      return node.items.map((item, index) =>
        this.#convert(item as Node | null, [...path, index], undefined, aliases),
      );
    }
    if (isMap(node)) return this.#convertMap(node.items as Entry[], path, aliases);
    return this.#convertScalar(isScalar(node) ? node.value : null, value);
  }

  #convertMap(entries: readonly Entry[], path: Path, aliases: number): DataMap {
    const map: DataMap = {};
    for (const entry of entries) {
      const key = isAlias(entry.key) ? this.#targets.get(entry.key) : entry.key;
      const at = this.#position(entry.key?.range?.[0] ?? entry.value?.range?.[0] ?? 0);
      const name = isScalar(key) ? key.value : undefined;
      if (typeof name !== 'string') {
        this.#report(
          at,
          `a key is text, not ${isScalar(key) || key === null ? shown(name) : 'a list or a map'}`,
        );
        continue;
      }
      const reason = Object.hasOwn(map, name) ? `"${name}" stands here twice` : forbidden(name);
      if (reason !== undefined) this.#report(at, reason);
      else map[name] = this.#convert(entry.value, [...path, name], at, aliases);
    }
    return map;
  }

  #convertScalar(value: unknown, at: Position): Data {
    if (value === null || typeof value === 'boolean' || typeof value === 'string') return value;
    if (typeof value === 'number' && Number.isFinite(value)) {
      if (Number.isInteger(value) && !Number.isSafeInteger(value)) {
        this.#report(at, 'a whole number this large loses digits', 'put it in quotes');
      }
      return value;
    }
    this.#report(at, `${typeof value === 'number' ? value : 'a value of this type'} is not possible here`);
    return null;
  }

  #reportSyntax(error: YAMLError): void {
    const [message, hint] = wording(error);
    this.#report(this.#position(error.pos[0]), message, hint);
  }

  #report(at: Position, message: string, hint?: string): void {
    this.problems.push({ file: this.source.file, ...at, message, ...(hint !== undefined && { hint }) });
  }

  #position(offset: number): Position {
    const { line, col } = this.#lines.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  }
}

interface Entry {
  readonly key: Node | null;
  readonly value: Node | null;
}

function wording(error: YAMLError): [message: string, hint?: string] {
  if (error.code === 'TAB_AS_INDENT') return ['a tab stands where spaces belong', 'indent with spaces'];
  if (error.code === 'TAG_RESOLVE_FAILED') return ['tags are not used here', 'leave the tag out'];
  const [first = ''] = error.message.split('\n');
  return [`not YAML: ${first.charAt(0).toLowerCase()}${first.slice(1)}`];
}

/** The offset of the first collection that lies too deep, found without recursion. */
function tooDeep(tokens: readonly CST.Token[]): number | undefined {
  const pending: { token: CST.Token; depth: number }[] = tokens.map((token) => ({ token, depth: 0 }));
  while (pending.length > 0) {
    const { token, depth } = pending.pop()!;
    if (depth > DEPTH_MAX) return 'offset' in token ? token.offset : 0;
    if (token.type === 'document' && token.value !== undefined) pending.push({ token: token.value, depth });
    if (!('items' in token)) continue;
    for (const item of token.items) {
      for (const part of [item.key, item.value]) if (part) pending.push({ token: part, depth: depth + 1 });
    }
  }
  return undefined;
}

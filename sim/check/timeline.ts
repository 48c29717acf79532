/**
 * A small language for histories: a picture in which columns are time.
 *
 *     c1: [put x 1]           [get x -> 1]
 *     c2:       [put x 2 ?]
 *     c3:  [cas x 1 3 -> false]  [put x 4 !]
 *
 * A line is a client, a bracket an operation: called in the column of `[`, returned in the column of its `]`. Inside
 * stand the function, the key (a bare word), the values asked (JSON without spaces; several make a list) and after
 * `->` the answer. `?` marks an operation whose fate nobody knows, `!` one that did not happen.
 */
import { HistoryError, type Operation } from './history.ts';

const usPerColumn = 1000;

/**
 * Reads a picture. Processes are numbered from 1 by line; a column lasts one virtual millisecond.
 * @throws HistoryError naming line and column of what cannot be read
 */
export function timeline(picture: string): Operation[] {
  const operations: Operation[] = [];
  let process = 0;
  picture.split('\n').forEach((line, lineAt) => {
    if (line.trim() === '') return;
    const name = /^\s*([A-Za-z]\w*):/.exec(line);
    if (name === null) throw new HistoryError(`line ${lineAt + 1}: expected a client, such as "c1:"`);
    process++;
    let column = name[0].length;
    while (column < line.length) {
      if (line[column] === ' ') {
        column++;
        continue;
      }
      const where = `line ${lineAt + 1}, column ${column + 1}`;
      if (line[column] !== '[') throw new HistoryError(`${where}: expected "[", found "${line[column]}"`);
      const end = closing(line, column);
      if (end === -1) throw new HistoryError(`${where}: this "[" is never closed`);
      const words = parsed(line.slice(column + 1, end), where);
      operations.push({ process, client: name[1], ...words, ...lasting(words.type, column, end) });
      column = end + 1;
    }
  });
  return operations.sort((left, right) => left.call - right.call);
}

function closing(line: string, open: number): number {
  let depth = 0;
  for (let column = open; column < line.length; column++) {
    if (line[column] === '[') depth++;
    if (line[column] === ']' && --depth === 0) return column;
  }
  return -1;
}

function lasting(type: Operation['type'], call: number, end: number) {
  const callUs = call * usPerColumn;
  if (type === 'info') return { call, return: null, callUs, returnUs: null };
  return { call, return: end, callUs, returnUs: end * usPerColumn };
}

type Words = Pick<Operation, 'f' | 'key' | 'value' | 'output' | 'type'>;

function parsed(text: string, where: string): Words {
  const words = text.split(/\s+/).filter((word) => word !== '');
  const f = words.shift();
  if (f === undefined) throw new HistoryError(`${where}: expected a function`);
  const mark = words[words.length - 1];
  const type = mark === '?' ? 'info' : mark === '!' ? 'fail' : 'ok';
  if (type !== 'ok') words.pop();
  const arrow = words.indexOf('->');
  const answer = arrow === -1 ? [] : words.splice(arrow).slice(1);
  if (arrow !== -1 && answer.length !== 1) throw new HistoryError(`${where}: expected one answer after "->"`);
  const hasKey = words.length > 0 && /^[A-Za-z]\w*$/.test(words[0]) && !/^(true|false|null)$/.test(words[0]);
  const key = hasKey ? words.shift() : undefined;
  const values = words.map((word) => json(word, where));
  return {
    f,
    ...(key === undefined ? {} : { key }),
    ...(values.length === 0 ? {} : { value: values.length === 1 ? values[0] : values }),
    ...(answer.length === 0 ? {} : { output: json(answer[0], where) }),
    type,
  };
}

function json(word: string, where: string): unknown {
  try {
    return JSON.parse(word);
  } catch {
    throw new HistoryError(`${where}: expected JSON, found "${word}"`);
  }
}

/** All formats, and which of them a file is in, by its content. */
import type { Format, Head } from './format.ts';
import { jepsenEdn } from './jepsen-edn.ts';
import { jsonLines } from './json-lines.ts';
import { maelstrom } from './maelstrom.ts';
import { porcupineEtcd } from './porcupine-etcd.ts';
import { porcupineKv } from './porcupine-kv.ts';

/** By name; what is more special comes first. */
export const formats: ReadonlyMap<string, Format> = new Map(
  [jsonLines, porcupineEtcd, porcupineKv, maelstrom, jepsenEdn].map((format) => [format.name, format]),
);

const linesMax = 100;

/** The beginning of a file, from the beginning of its text. */
export function headOf(text: string, isMaelstrom = false): Head {
  const lines: string[] = [];
  for (const line of text.replace(/^\uFEFF/, '').split('\n', linesMax * 4)) {
    if (line.trim() !== '' && !/^\s*;/.test(line)) lines.push(line.replace(/\r$/, ''));
    if (lines.length === linesMax) break;
  }
  return { lines, isMaelstrom };
}

/** The format of a file that begins like this; undefined if it is none of them. */
export function detected(head: Head): Format | undefined {
  for (const format of formats.values()) if (format.looksLike(head)) return format;
  return undefined;
}

/** Texts in pieces, and texts with mistakes in them. */
import fc from 'fast-check';
import { HistoryReader, type ReadOptions, type RecordedHistory } from '../../../sim/check/index.ts';

/** Reads a text in pieces of so many characters. */
export function inPieces(
  text: string,
  size: number,
  format?: string,
  options: ReadOptions = {},
): RecordedHistory {
  const reader = new HistoryReader({ ...options, ...(format !== undefined && { format }) });
  for (let at = 0; at < text.length; at += size) reader.push(text.slice(at, at + size));
  return reader.end();
}

/** A text some of whose parts were replaced, doubled or left out. */
export function mutated(text: string): fc.Arbitrary<string> {
  const change = fc.record({
    at: fc.nat(text.length),
    length: fc.nat(12),
    by: fc.oneof(
      fc.constantFrom('', '{', '}', '[', ']', '"', '\\', '\n', '#', ':', ';', '\t', 'nil', '-1'),
      fc.string(),
    ),
  });
  return fc
    .array(change, { minLength: 1, maxLength: 5 })
    .map((changes) =>
      changes.reduce((now, { at, length, by }) => now.slice(0, at) + by + now.slice(at + length), text),
    );
}

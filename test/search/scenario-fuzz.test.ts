import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatProblem, readScenario } from '../../sim/search/scenario/index.ts';
import { catalogue, EXAMPLE, parse } from './scenario-fixture.ts';

/** A scenario, or problems of which each has a place in the text and says something. */
function isJudged(text: string, set: readonly string[] = []): void {
  const parsed = parse(text, set);
  if (parsed.ok) return;
  expect(parsed.problems.length).toBeGreaterThan(0);
  const lines = text.split('\n').length;
  for (const problem of parsed.problems) {
    expect(problem.message).not.toMatch(/^$|undefined|\[object|Invalid input/);
    if (problem.file.startsWith('--set ')) continue;
    expect(formatProblem(problem)).toMatch(/^x\.yaml:\d+:\d+: ./);
    expect(problem.line).toBeGreaterThanOrEqual(1);
    expect(problem.line).toBeLessThanOrEqual(lines + 1);
    expect(problem.column).toBeGreaterThanOrEqual(1);
  }
}

const words = [...new Set(EXAMPLE.match(/[\w.%-]+|[^\s\w]/g))];
const noise = [
  '\n',
  '\n  ',
  '\t',
  ' ',
  '&a ',
  '*a',
  '<<: ',
  '? ',
  '!!set ',
  '|\n',
  '>-\n',
  '---\n',
  '...\n',
  '%YAML 1.1\n',
];
const strange = [
  '"',
  "'",
  '\u0000',
  '\uFEFF',
  '\u2028',
  '\r',
  '__proto__: ',
  'constructor: ',
  '1e999',
  '0x10',
  '-0',
  '~',
  '#',
];
const pieces = fc.constantFrom(...words, ...noise, ...strange);

describe('never throws, always judges', () => {
  it('text at random', () => {
    fc.assert(fc.property(fc.oneof(fc.string(), fc.string({ unit: 'binary' })), (text) => isJudged(text)));
  });

  it('pieces of scenarios at random', () => {
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 60 }), fc.constantFrom('', ' '), (parts, glue) =>
        isJudged(parts.join(glue)),
      ),
      { numRuns: 300 },
    );
  });

  it('a valid file with a few edits', () => {
    const edit = fc.record({
      at: fc.nat(EXAMPLE.length),
      remove: fc.nat(12),
      insert: fc.oneof(fc.constant(''), pieces),
    });
    fc.assert(
      fc.property(fc.array(edit, { minLength: 1, maxLength: 4 }), (edits) => {
        let text = EXAMPLE;
        for (const { at, remove, insert } of edits)
          text = text.slice(0, at) + insert + text.slice(at + remove);
        isJudged(text);
      }),
      { numRuns: 500 },
    );
  });

  it('a valid file with one word for another', () => {
    const tokens = EXAMPLE.split(/(?<=[\s,[\]{}:])|(?=[\s,[\]{}:])/);
    const swap = fc.record({ index: fc.nat(tokens.length - 1), word: pieces });
    fc.assert(
      fc.property(fc.array(swap, { minLength: 1, maxLength: 3 }), (swaps) => {
        const changed = [...tokens];
        for (const { index, word } of swaps) changed[index] = word;
        isJudged(changed.join(''));
      }),
      { numRuns: 500 },
    );
  });

  it('--set of anything to anything', () => {
    const steps = fc.constantFrom(
      'network',
      'loss',
      'faults',
      '[0]',
      '0',
      'at',
      'pause',
      'nemesis',
      'checks',
      '[2]',
      'x',
      'schema',
    );
    const path = fc
      .array(steps, { minLength: 1, maxLength: 4 })
      .map((parts) => parts.join('.').replaceAll('.[', '['));
    const set = fc.tuple(fc.oneof(path, fc.string()), pieces).map(([left, right]) => `${left}=${right}`);
    fc.assert(fc.property(fc.array(set, { maxLength: 3 }), (sets) => isJudged(EXAMPLE, sets)));
  });

  it('any value of a module', () => {
    const scenarioLike = fc.dictionary(fc.constantFrom(...words), fc.anything());
    fc.assert(
      fc.property(fc.oneof(fc.anything({ withBigInt: true, withDate: true }), scenarioLike), (value) => {
        const parsed = readScenario(value, { file: 'x.ts', catalogue });
        if (!parsed.ok)
          for (const problem of parsed.problems) expect(formatProblem(problem)).toMatch(/^x\.ts: ./s);
      }),
      { numRuns: 300 },
    );
  });
});

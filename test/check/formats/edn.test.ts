import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { EdnReader } from '../../../sim/check/formats/edn.ts';
import { mutated } from './pieces.ts';

/** The forms of a text with their places, and what is wrong with it. */
function read(text: string, size = text.length || 1) {
  const forms: unknown[] = [];
  const places: string[] = [];
  const errors: string[] = [];
  const reader = new EdnReader({
    form: (value, { line, column }) => {
      forms.push(value);
      places.push(`${line}:${column}`);
    },
    error: ({ line, column, message, expected }) => errors.push(`${line}:${column}: ${message}; ${expected}`),
  });
  for (let at = 0; at < text.length; at += size) reader.push(text.slice(at, at + size));
  reader.end();
  return { forms, places, errors };
}

const value = (text: string): unknown => {
  const { forms, errors } = read(`{:v ${text}}`);
  expect(errors).toEqual([]);
  return (forms[0] as { v: unknown }).v;
};

test.each<[string, unknown]>([
  ['nil', null],
  ['true', true],
  ['false', false],
  [':r', 'r'],
  [':jepsen/op', 'jepsen/op'],
  ['symbol', 'symbol'],
  ['-', '-'],
  ['12', 12],
  ['-12', -12],
  ['+12', 12],
  ['-0', 0],
  ['1.5', 1.5],
  ['-2.5e3', -2500],
  ['7N', 7],
  ['9007199254740993', '9007199254740993'],
  ['-123456789012345678901234567890N', '-123456789012345678901234567890'],
  ['2/3', '2/3'],
  ['1.5M', '1.5M'],
  ['0x1F', '0x1F'],
  ['##NaN', '##NaN'],
  ['##-Inf', '##-Inf'],
  ['"a b"', 'a b'],
  ['"a\\n\\"b\\" \\u0041 \\\\"', 'a\n"b" A \\'],
  ['"two\nlines"', 'two\nlines'],
  ['\\a', 'a'],
  ['\\newline', '\n'],
  ['\\(', '('],
  ['\\u0041', 'A'],
  ['\\o101', 'A'],
  ['[1 2]', [1, 2]],
  ['(1, 2)', [1, 2]],
  ['[1 #_2 3 #_ #_ 4 5]', [1, 3]],
  ['[1 ; two\n 3]', [1, 3]],
  ['#{3 1 2}', [1, 2, 3]],
  ['#{[2] "a"}', ['a', [2]]],
  ['{:a 1, "b" 2, 3 4, [5] 6}', { 3: 4, a: 1, b: 2, '[5]': 6 }],
  ['#inst "2024-01-01"', '2024-01-01'],
  ['#jepsen.history.Op{:f :read}', { f: 'read' }],
  ['#object[Foo 0x1 "x"]', ['Foo', '0x1', 'x']],
  ['#"a+"', 'a+'],
  ['^{:line 1} [2]', [2]],
])('%s', (text, plain) => {
  expect(value(text)).toEqual(plain);
});

test('a key that is called __proto__ is a key like any other', () => {
  const map = value('{"__proto__" {:a 1}}') as object;
  expect(Object.keys(map)).toEqual(['__proto__']);
  expect(Object.getPrototypeOf(map)).toBe(Object.prototype);
});

describe('forms at the top are told one by one, with their places', () => {
  test.each([
    ['one a line', '{:a 1}\n{:a 2}\n\n; end\n{:a 3}'],
    ['a vector', '[{:a 1}\n {:a 2}\n\n\n {:a 3}]'],
    ['a list', '({:a 1}\n {:a 2}\n ; three\n #_{:a 0}\n {:a 3})\n'],
  ])('%s', (_, text) => {
    const { forms, places, errors } = read(text);
    expect(errors).toEqual([]);
    expect(forms).toEqual([{ a: 1 }, { a: 2 }, { a: 3 }]);
    expect(places.map((place) => place.split(':')[0])).toEqual(['1', '2', '5']);
  });

  test('however the text is cut into pieces', () => {
    const text =
      '; history\n[#op{:f :read, :value "a;]\\"b"}\n {:f :write :value [1 #{\\a 2/3}] #_ x}] ; end';
    const whole = read(text);
    expect(whole.forms).toHaveLength(2);
    for (let size = 1; size <= 12; size++) expect(read(text, size)).toEqual(whole);
  });
});

describe('what is wrong is told with its place, and reading goes on at the next line', () => {
  test.each([
    ['{:a 1}}\n{:a 2}', '1:7: "}" closes nothing; expected a value'],
    ['{:a}\n{:a 2}', '1:2: this key has no value; a map has pairs'],
    ['{:a 1x}\n{:a 2}', '1:5: "1x" is not a number; expected one such as 12, -1.5 or 2/3'],
    ['{:a \\foo}\n{:a 2}', '1:5: "\\foo" is no character; expected one such as \\a or \\newline'],
    ['{: 1}\n{:a 2}', '1:2: ":" is no keyword; expected a name after it'],
    ['{:a # 1}\n{:a 2}', '1:5: "#" has no tag; expected a name after it'],
    [`${'['.repeat(300)}\n{:a 2}`, '1:202: more than 200 brackets are open; expected fewer'],
  ])('%s', (text, error) => {
    const { forms, errors } = read(text);
    expect(errors[0]).toBe(error);
    expect(forms.at(-1)).toEqual({ a: 2 });
  });

  test('a bracket that never closes costs one error, not the rest of the file', () => {
    const { forms, errors } = read('{:a 1}\n{:a {:b 2}\n{:a 3}\n');
    expect(errors).toEqual(['2:1: what begins here never ends; expected its closing bracket or quote']);
    expect(forms).toEqual([{ a: 1 }, { a: 3 }]);
  });

  test('a vector that never closes', () => {
    expect(read('[{:a 1}\n').errors).toEqual([
      '1:1: this [ is never closed; the text ends before its closing bracket',
    ]);
  });
});

test('any text is read or refused, in the same way however it is cut', () => {
  const sample = '[{:process 0, :f :txn, :value [[:r "x" nil] #{1 2}], :time 1.5}\n ; c\n #op{:a \\a}]';
  fc.assert(
    fc.property(mutated(sample), fc.integer({ min: 1, max: 20 }), (text, size) => {
      expect(read(text, size)).toEqual(read(text));
    }),
    { numRuns: 500 },
  );
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatDuration, formatOdds, parseDuration, parseOdds } from '../../sim/search/scenario/index.ts';
import { formatBytes, formatRate, parseBytes, parseRate } from '../../sim/search/scenario/units.ts';

const duration = (text: string, signed = false) => {
  const reading = parseDuration(text, signed);
  return reading.ok ? reading.value : reading.message;
};
const odds = (input: string | number) => {
  const reading = parseOdds(input);
  return reading.ok ? reading.value : reading.message;
};

describe('durations', () => {
  it.each([
    ['80us', 80],
    ['1.5ms', 1_500],
    ['5s', 5_000_000],
    ['2m', 120_000_000],
    ['1h', 3_600_000_000],
    ['0s', 0],
    ['0.000001s', 1],
    ['1.10ms', 1_100],
    ['1000000h', 3_600_000_000_000_000],
  ])('%s is %d microseconds', (text, us) => expect(duration(text)).toBe(us));

  it.each([
    ['5', '"5" is a duration without a unit'],
    ['1.5', '"1.5" is a duration without a unit'],
    ['5sec', '"5sec" is not a duration: there is no unit "sec"'],
    ['5S', '"5S" is not a duration: there is no unit "S"'],
    ['5 s', '"5 s" is not a duration: there is a space in it'],
    ['.5s', '".5s" is not a duration'],
    ['5.s', '"5.s" is not a duration: there is no unit ".s"'],
    ['1m30s', '"1m30s" is not a duration'],
    ['', '"" is not a duration'],
    ['-5s', '"-5s" is negative'],
    ['0.5us', '"0.5us" is finer than 1us'],
    ['1000000.1h', '"1000000.1h" is longer than 1000000h'],
    [`${'9'.repeat(41)}s`, `"${'9'.repeat(40)}…" has too many digits`],
  ])('%s is refused', (text, message) => expect(duration(text)).toBe(message));

  it('may be negative where a sign makes sense', () => {
    expect(duration('-30s', true)).toBe(-30_000_000);
    expect(duration('-0s', true)).toBe(0);
  });

  it('any number of microseconds survives being written and read', () => {
    const us = fc.oneof(
      fc.integer({ min: -3_600_000_000_000_000, max: 3_600_000_000_000_000 }),
      fc
        .tuple(fc.integer({ min: 0, max: 9_999 }), fc.constantFrom(1, 1e3, 1e6, 6e7, 3.6e9))
        .map(([n, unit]) => n * unit),
    );
    fc.assert(
      fc.property(us, (value) => {
        expect(duration(formatDuration(value), true)).toBe(value);
      }),
    );
  });

  it('decimals are exact: digits shift, nothing rounds', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 10 ** 9 }), (us) => {
        const digits = String(us).padStart(7, '0');
        expect(duration(`${digits.slice(0, -6)}.${digits.slice(-6)}s`)).toBe(us);
      }),
    );
  });

  it.each([
    [0, '0s'],
    [1_500, '1.5ms'],
    [90_000_000, '90s'],
    [120_000_000, '2m'],
    [5_400_000_000, '90m'],
    [1_000_001, '1000.001ms'],
    [-30_000_000, '-30s'],
  ])('%d microseconds are written as %s', (us, text) => expect(formatDuration(us)).toBe(text));
});

describe('sizes and rates', () => {
  const read = (text: string) => {
    const reading = text.includes('/') ? parseRate(text) : parseBytes(text);
    return reading.ok ? reading.value : reading.message;
  };

  it.each([
    ['0B', 0],
    ['512B', 512],
    ['64KB', 64_000],
    ['64KiB', 65_536],
    ['1.5MB', 1_500_000],
    ['1.5KiB', 1_536],
    ['2GB', 2_000_000_000],
    ['1MB/s', 1_000_000],
    ['0.5KB/s', 500],
  ])('%s is %d bytes', (text, bytes) => expect(read(text)).toBe(bytes));

  it.each([
    ['64', '"64" is a number of bytes without a unit'],
    ['64kb', '"64kb" is not a number of bytes: there is no unit "kb"'],
    ['64 KB', '"64 KB" is not a number of bytes: there is a space in it'],
    ['-1KB', '"-1KB" is negative'],
    ['0.5B', '"0.5B" is finer than 1B'],
    ['lots', '"lots" is not a number of bytes'],
    ['1000001GB', '"1000001GB" is more than 1000000GB'],
    ['5/s', '"5/s" is a rate without a unit'],
    ['5MB/m', '"5MB/m" is not a rate'],
  ])('%s is refused', (text, message) => expect(read(text)).toBe(message));

  it('a size is no rate', () => {
    expect(parseRate('1MB')).toEqual({
      ok: false,
      message: '"1MB" is a size, not a rate',
      hint: 'write 1MB/s',
    });
  });

  it.each([
    [0, '0B'],
    [999, '999B'],
    [1_500, '1.5KB'],
    [65_536, '65.536KB'],
    [1_000_001, '1000.001KB'],
    [2_500_000, '2.5MB'],
    [3_000_000_000, '3GB'],
  ])('%d bytes are written as %s', (bytes, text) => expect(formatBytes(bytes)).toBe(text));

  it('any size survives being written and read, and any rate', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 10 ** 15 }), (bytes) => {
        expect(read(formatBytes(bytes))).toBe(bytes);
        expect(read(formatRate(bytes))).toBe(bytes);
      }),
    );
  });
});

describe('odds', () => {
  it.each([
    ['5%', [1, 20]],
    ['0.5%', [1, 200]],
    ['0%', [0, 1]],
    ['100%', [1, 1]],
    ['0.05', [1, 20]],
    [0.05, [1, 20]],
    [0.1, [1, 10]],
    [1e-7, [1, 10_000_000]],
    [0, [0, 1]],
    [1, [1, 1]],
    ['1/3', [1, 3]],
    ['2/6', [1, 3]],
  ])('%s is %j', (input, ratio) => expect(odds(input)).toEqual(ratio));

  it.each([
    ['200%', '"200%" is more than 100%'],
    [5, '5 is more than 1'],
    ['3/2', '"3/2" is more than 1'],
    ['-1%', '"-1%" is negative'],
    [-0.5, '-0.5 is negative'],
    ['often', '"often" is not odds'],
    ['5 %', '"5 %" is not odds'],
    ['1/0', '"1/0" is not odds'],
    ['%', '"%" is not odds'],
    ['', '"" is not odds'],
    [Number.NaN, 'NaN is not odds'],
    [0.1 + 0.2, '0.30000000000000004 has too many digits'],
  ])('%s is refused', (input, message) => expect(odds(input)).toBe(message));

  it('any ratio survives being written and read', () => {
    const ratio = fc
      .integer({ min: 1, max: 2 ** 32 })
      .chain((outOf) => fc.tuple(fc.integer({ min: 0, max: outOf }), fc.constant(outOf)));
    fc.assert(
      fc.property(ratio, ([hits, outOf]) => {
        const read = parseOdds(formatOdds([hits, outOf]));
        if (!read.ok) throw new Error(read.message);
        expect(BigInt(read.value[0]) * BigInt(outOf)).toBe(BigInt(hits) * BigInt(read.value[1]));
      }),
    );
  });

  it('a percentage and its hundredth are the same odds', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 10_000 }), (hundredths) => {
        const digits = String(hundredths).padStart(5, '0');
        const percent = `${digits.slice(0, 3)}.${digits.slice(3)}%`;
        const decimal = `${digits.slice(0, 1)}.${digits.slice(1)}`;
        expect(odds(percent)).toEqual(odds(decimal));
        expect(odds(percent)).toEqual(odds(Number(decimal)));
      }),
    );
  });
});

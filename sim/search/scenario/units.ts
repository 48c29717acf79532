/**
 * Durations, sizes and odds as people write them, exactly: by decimal digits, never through a float. A duration becomes
 * a whole number of microseconds, a size a whole number of bytes, odds a reduced ratio of whole numbers.
 */
import type { Ratio } from '../../../protocols/host.ts';

/** What was read, or why it could not be. */
export type Reading<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly message: string; readonly hint?: string };

const UNIT_US = new Map<string, bigint>([
  ['us', 1n],
  ['ms', 1_000n],
  ['s', 1_000_000n],
  ['m', 60_000_000n],
  ['h', 3_600_000_000n],
]);
/** As networks count, by thousands, and as memory does, by 1024. */
const UNIT_BYTES = new Map<string, bigint>([
  ['B', 1n],
  ['KB', 1_000n],
  ['KiB', 1_024n],
  ['MB', 1_000_000n],
  ['MiB', 1_048_576n],
  ['GB', 1_000_000_000n],
  ['GiB', 1_073_741_824n],
]);
const GIGABYTES_MAX = 1_000_000n;
const HOURS_MAX = 1_000_000n;
const DURATION_US_MAX = HOURS_MAX * 3_600_000_000n;
/** The largest denominator that a draw can have: `Random.below` takes a limit of up to 2^32. */
const OUT_OF_MAX = 2n ** 32n;
/** More digits than any value in range needs; it keeps the arithmetic small. */
const DIGITS_MAX = 40;
const UNIT_HINT = 'write a number and a unit, us, ms, s, m or h: 150ms';
const BYTES_HINT = 'write a number and a unit, B, KB, MB, GB, KiB, MiB or GiB: 64KB';
const RATE_HINT = 'write bytes a second: 1MB/s';
const ODDS_HINT = 'write 5% or a number from 0 to 1';

export const DURATION_PATTERN = '^\\d+(\\.\\d+)?(us|ms|s|m|h)$';
export const SIGNED_DURATION_PATTERN = '^-?\\d+(\\.\\d+)?(us|ms|s|m|h)$';
export const BYTES_PATTERN = '^\\d+(\\.\\d+)?([KMG]i?)?B$';
export const RATE_PATTERN = '^\\d+(\\.\\d+)?([KMG]i?)?B/s$';
export const ODDS_PATTERN = '^(\\d+(\\.\\d+)?%?|\\d+/\\d+)$';

const quote = (text: string): string => JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}…` : text);
const failed = (message: string, hint?: string): Reading<never> => ({
  ok: false,
  message,
  ...(hint !== undefined && { hint }),
});

/** Reads `5s`, `1.5ms`, `80us`, `2m` or `1h` as whole microseconds; `signed` allows `-30s`. */
export function parseDuration(text: string, signed = false): Reading<number> {
  const parts = /^(-?)(\d+)(?:\.(\d+))?\s*(\D*)$/.exec(text);
  if (parts === null) return failed(`${quote(text)} is not a duration`, UNIT_HINT);
  const [, sign, whole, fraction = '', unit] = parts as unknown as [string, string, string, string?, string?];
  if (unit === undefined || unit === '')
    return failed(`${quote(text)} is a duration without a unit`, unitExample(text));
  const unitUs = UNIT_US.get(unit);
  if (unitUs === undefined)
    return failed(`${quote(text)} is not a duration: there is no unit "${unit}"`, UNIT_HINT);
  if (!new RegExp(SIGNED_DURATION_PATTERN).test(text)) {
    return failed(
      `${quote(text)} is not a duration: there is a space in it`,
      `write ${text.replace(/\s+/, '')}`,
    );
  }
  if (whole.length + fraction.length > DIGITS_MAX) return failed(`${quote(text)} has too many digits`);
  const scaled = BigInt(whole + fraction) * unitUs;
  const divisor = 10n ** BigInt(fraction.length);
  if (scaled % divisor !== 0n) return failed(`${quote(text)} is finer than 1us`, 'the grain of time is 1us');
  const us = scaled / divisor;
  if (us > DURATION_US_MAX) return failed(`${quote(text)} is longer than ${HOURS_MAX}h`);
  if (sign === '-' && us > 0n) {
    return signed
      ? { ok: true, value: -Number(us) }
      : failed(`${quote(text)} is negative`, 'a duration is 0s or more');
  }
  return { ok: true, value: Number(us) };
}

const unitExample = (number: string): string => `write ${number}ms or ${number}s`;

/** What to say about a value that is not even text. */
export function notADuration(value: unknown): { readonly message: string; readonly hint: string } {
  if (typeof value === 'number') {
    return { message: `${value} is a duration without a unit`, hint: unitExample(String(value)) };
  }
  return { message: `${shown(value)} is not a duration`, hint: UNIT_HINT };
}

/** Reads `64KB`, `1.5MB`, `512B` or `1GiB` as whole bytes. */
export function parseBytes(text: string): Reading<number> {
  return parseSize(text, text, 'a number of bytes', BYTES_HINT);
}

/** Reads `1MB/s` as whole bytes a second. */
export function parseRate(text: string): Reading<number> {
  const size = /^(.*)\/s$/s.exec(text)?.[1];
  if (size !== undefined) return parseSize(text, size, 'a rate', RATE_HINT);
  if (!parseBytes(text).ok) return failed(`${quote(text)} is not a rate`, RATE_HINT);
  return failed(`${quote(text)} is a size, not a rate`, `write ${text}/s`);
}

/** `size` is the part of `text` that says how many bytes. */
function parseSize(text: string, size: string, noun: string, hint: string): Reading<number> {
  const parts = /^(\d+)(?:\.(\d+))?\s*(\D*)$/.exec(size);
  if (parts === null) {
    const isNegative = /^-\d/.test(size) && parseSize(text, size.slice(1), noun, hint).ok;
    return failed(`${quote(text)} is ${isNegative ? 'negative' : `not ${noun}`}`, hint);
  }
  const [, whole, fraction = '', unit] = parts as unknown as [string, string, string?, string?];
  if (unit === undefined || unit === '') return failed(`${quote(text)} is ${noun} without a unit`, hint);
  const unitBytes = UNIT_BYTES.get(unit);
  if (unitBytes === undefined)
    return failed(`${quote(text)} is not ${noun}: there is no unit "${unit}"`, hint);
  if (/\s/.test(size)) {
    return failed(
      `${quote(text)} is not ${noun}: there is a space in it`,
      `write ${text.replace(/\s+/, '')}`,
    );
  }
  if (whole.length + fraction.length > DIGITS_MAX) return failed(`${quote(text)} has too many digits`);
  const scaled = BigInt(whole + fraction) * unitBytes;
  const divisor = 10n ** BigInt(fraction.length);
  if (scaled % divisor !== 0n) return failed(`${quote(text)} is finer than 1B`, 'the grain of sizes is 1B');
  const bytes = scaled / divisor;
  if (bytes > GIGABYTES_MAX * 1_000_000_000n) return failed(`${quote(text)} is more than ${GIGABYTES_MAX}GB`);
  return { ok: true, value: Number(bytes) };
}

/** What to say about a value that is not even text. */
export function notBytes(value: unknown, isRate: boolean): string {
  const noun = isRate ? 'a rate' : 'a number of bytes';
  return typeof value === 'number' ? `${value} is ${noun} without a unit` : `${shown(value)} is not ${noun}`;
}

/** The hint that goes with what `notBytes` says; undefined if that did not say it. */
export function bytesHint(message: string): string | undefined {
  if (/ is (not )?a number of bytes( without a unit)?$/.test(message)) return BYTES_HINT;
  return / is (not )?a rate( without a unit)?$/.test(message) ? RATE_HINT : undefined;
}

/** Reads `5%`, `0.5%`, `0.05` or `1/20` as a reduced ratio between 0 and 1. */
export function parseOdds(input: string | number): Reading<Ratio> {
  const text = String(input);
  const read = text.includes('/')
    ? parseFraction(text)
    : parseDecimal(text.replace(/%$/, ''), text.endsWith('%') ? 2 : 0);
  if (read === undefined) {
    if (text.startsWith('-') && !Number.isNaN(Number(text.replace(/%$/, '')))) {
      return failed(`${shown(input)} is negative`, ODDS_HINT);
    }
    return failed(`${shown(input)} is not odds`, ODDS_HINT);
  }
  const [hits, outOf] = read;
  if (hits > outOf) {
    const percent = text.endsWith('%');
    const hint = percent || text.includes('/') ? ODDS_HINT : `write ${text}% for ${text} out of 100`;
    return failed(percent ? `${shown(input)} is more than 100%` : `${shown(input)} is more than 1`, hint);
  }
  return ratioWithin(shown(input), hits, outOf);
}

/** Reads a decimal number that is not negative as a reduced ratio: 1.5 is `[3, 2]`. */
export function parseRatio(input: number): Reading<Ratio> {
  const read = parseDecimal(String(input), 0);
  if (read === undefined) return failed(`${input} is not a number of 0 or more`);
  if (read[0] > OUT_OF_MAX) return failed(`${input} is more than ${OUT_OF_MAX}`);
  return ratioWithin(String(input), ...read);
}

function ratioWithin(name: string, hits: bigint, outOf: bigint): Reading<Ratio> {
  const divisor = greatestCommonDivisor(hits, outOf);
  if (outOf / divisor > OUT_OF_MAX)
    return failed(`${name} has too many digits`, 'the grain of odds is 1 in 2^32');
  return { ok: true, value: [Number(hits / divisor), Number(outOf / divisor)] };
}

/** Digits, an optional fraction and an optional exponent (as JavaScript prints small numbers), over 10^`shift`. */
function parseDecimal(text: string, shift: number): [bigint, bigint] | undefined {
  const parts = /^(\d+)(?:\.(\d+))?(?:e([+-]\d{1,3}))?$/.exec(text);
  if (parts === null) return undefined;
  const [, whole = '', fraction = '', exponent = '0'] = parts;
  if (whole.length + fraction.length > DIGITS_MAX) return undefined;
  const decimals = fraction.length + shift - Number(exponent);
  const digits = BigInt(whole + fraction);
  return decimals >= 0 ? [digits, 10n ** BigInt(decimals)] : [digits * 10n ** BigInt(-decimals), 1n];
}

function parseFraction(text: string): [bigint, bigint] | undefined {
  const parts = /^(\d{1,10})\/(\d{1,10})$/.exec(text);
  if (parts === null || Number(parts[2]) === 0) return undefined;
  return [BigInt(parts[1]!), BigInt(parts[2]!)];
}

function greatestCommonDivisor(a: bigint, b: bigint): bigint {
  return b === 0n ? a : greatestCommonDivisor(b, a % b);
}

/** Reads `100ppm`, or `-5000ppm`, as parts in a million. */
export function parsePpm(text: string): Reading<number> {
  const parts = /^(-?\d{1,6})ppm$/.exec(text);
  if (parts === null) return failed(`${quote(text)} is not a rate`, 'write parts in a million: 100ppm');
  return { ok: true, value: Number(parts[1]) };
}

export const formatPpm = (ppm: number): string => `${ppm}ppm`;

/** Writes whole microseconds with the largest unit that needs at most three decimals: `1.5ms`, `90s`, `2h`. */
export function formatDuration(us: number): string {
  if (us === 0) return '0s';
  if (us < 0) return `-${formatDuration(-us)}`;
  if (us % 3_600_000_000 === 0) return `${us / 3_600_000_000}h`;
  if (us % 60_000_000 === 0) return `${us / 60_000_000}m`;
  if (us >= 1_000_000 && us % 1_000 === 0) return `${us / 1_000_000}s`;
  // Past 2^53 / 1000 a division could round in the third decimal; whole microseconds cannot.
  if (us >= 1_000 && us < 1e12) return `${us / 1_000}ms`;
  return `${us}us`;
}

/** Writes whole bytes with the largest decimal unit that needs at most three decimals: `64KB`, `1.5MB`, `4097B`. */
export function formatBytes(bytes: number): string {
  if (bytes >= 1_000_000_000 && bytes % 1_000_000 === 0) return `${bytes / 1_000_000_000}GB`;
  if (bytes >= 1_000_000 && bytes % 1_000 === 0) return `${bytes / 1_000_000}MB`;
  // Past 2^53 / 1000 a division could round in the third decimal; whole bytes cannot.
  if (bytes >= 1_000 && bytes < 1e12) return `${bytes / 1_000}KB`;
  return `${bytes}B`;
}

export const formatRate = (bytesPerSecond: number): string => `${formatBytes(bytesPerSecond)}/s`;

/** Writes odds as a percentage if a few decimals are exact (`0.5%`), else as a fraction (`1/3`). */
export function formatOdds([hits, outOf]: Ratio): string {
  const scaled = BigInt(hits) * 100_000_000n;
  if (scaled % BigInt(outOf) !== 0n) return `${hits}/${outOf}`;
  const digits = String(scaled / BigInt(outOf)).padStart(7, '0');
  const decimals = digits.slice(-6).replace(/0+$/, '');
  return `${digits.slice(0, -6)}${decimals && `.${decimals}`}%`;
}

/** A value as a message names it: scalars as they are, the rest by its kind. */
export function shown(value: unknown): string {
  if (typeof value === 'string') return quote(value);
  if (Array.isArray(value)) return 'a list';
  if (value === null || value === undefined) return 'nothing';
  return typeof value === 'object' ? 'a map' : String(value);
}

/** Options as files write them, against the table of a protocol, workload or check. */
import type { Option, OptionTable } from '../../../protocols/protocol.ts';
import { unknownKey, unknownName } from './findings.ts';
import type { Finding, Path } from './problem.ts';
import type { OptionValues } from './scenario.ts';
import { formatDuration, notADuration, parseDuration, type Reading, shown } from './units.ts';

/** The complete values of a table: what is written, and defaults for the rest. `besides` are keys of no option. */
export function readOptions(
  written: Readonly<Record<string, unknown>>,
  table: OptionTable,
  path: Path,
  besides: readonly string[] = [],
): { values: OptionValues; findings: Finding[] } {
  const findings: Finding[] = [];
  const values: Record<string, number | boolean | string> = {};
  for (const [name, option] of Object.entries(table)) values[name] = option.default;
  for (const [name, value] of Object.entries(written)) {
    if (besides.includes(name)) continue;
    const option = Object.hasOwn(table, name) ? table[name] : undefined;
    if (option === undefined) {
      findings.push(unknownOption(path, name, [...besides, ...Object.keys(table)]));
      continue;
    }
    if (option.type === 'choice' && typeof value === 'string' && !option.of.includes(value)) {
      findings.push(unknownName(name, value, option.of, [...path, name]));
      continue;
    }
    const reading = readOption(name, option, value);
    if (reading.ok) values[name] = reading.value;
    else
      findings.push({
        path: [...path, name],
        message: reading.message,
        ...(reading.hint && { hint: reading.hint }),
      });
  }
  return { values, findings };
}

function unknownOption(path: Path, name: string, known: readonly string[]): Finding {
  const finding = unknownKey(path, name, known);
  return known.length === 0 ? { ...finding, hint: 'there are no options here' } : finding;
}

function readOption(name: string, option: Option, value: unknown): Reading<number | boolean | string> {
  const wrong = (expected: string): Reading<never> => ({
    ok: false,
    message: `${name} must be ${expected}, not ${shown(value)}`,
  });
  switch (option.type) {
    case 'duration': {
      if (typeof value !== 'string') return { ok: false, ...notADuration(value) };
      const reading = parseDuration(value);
      if (!reading.ok) return reading;
      const ms = reading.value / 1_000;
      if (ms >= (option.min ?? 0)) return { ok: true, value: ms };
      return wrong(`at least ${formatDuration(Math.round((option.min ?? 0) * 1_000))}`);
    }
    case 'integer': {
      const { min = Number.MIN_SAFE_INTEGER, max = Number.MAX_SAFE_INTEGER } = option;
      if (typeof value !== 'number' || !Number.isSafeInteger(value)) return wrong('a whole number');
      if (value < min) return wrong(`at least ${min}`);
      return value > max ? wrong(`at most ${max}`) : { ok: true, value };
    }
    case 'flag':
      return typeof value === 'boolean' ? { ok: true, value } : wrong('true or false');
    case 'choice':
      return typeof value === 'string' ? { ok: true, value } : wrong('text');
  }
}

/** Values of a table as a file writes them; what is the default is left out. */
export function writeOptions(
  values: OptionValues,
  table: OptionTable,
): Record<string, number | boolean | string> {
  const written: Record<string, number | boolean | string> = {};
  for (const [name, value] of Object.entries(values)) {
    if (value === table[name]?.default) continue;
    const duration = table[name]?.type === 'duration' && typeof value === 'number';
    written[name] = duration ? formatDuration(Math.round(value * 1_000)) : value;
  }
  return written;
}

/** What came of putting load on real servers: for people, and for machines. */
import { counted, duration, grouped } from './numbers.ts';
import { type Style, wrapped } from './style.ts';

export interface DriveReport {
  readonly version: string;
  readonly protocol: string;
  readonly workload: string;
  readonly clients: number;
  /** Operations that were begun; those with an end are `ok`, `fail` (certainly not done) or `info` (nobody knows). */
  readonly operations: {
    readonly begun: number;
    readonly ok: number;
    readonly fail: number;
    readonly info: number;
  };
  readonly end: 'operations' | 'duration' | 'workload' | 'stalled' | 'interrupted' | 'no server';
  /** Servers that never answered. */
  readonly silent: readonly string[];
  /** Errors that clients did not catch. */
  readonly uncaught: readonly string[];
  /** Milliseconds of the operations that succeeded, in any order. */
  readonly latenciesMs: readonly number[];
  /** From the first operation to the last one. */
  readonly loadMs: number;
  /** The file that the history is in. */
  readonly history: string;
}

export function driveText(report: DriveReport, { palette, columns }: Style): string {
  const { protocol, workload, operations, loadMs, silent, uncaught, end, history } = report;
  const { begun, ok, fail, info } = operations;
  const figures = [
    `${counted(begun, 'operation')} in ${duration(loadMs)}: ${grouped(ok)} ok`,
    ...(fail > 0 ? [`${grouped(fail)} refused`] : []),
    ...(info > 0 ? [`${grouped(info)} of unknown fate`] : []),
  ];
  const isGood = ok > 0 && uncaught.length === 0 && !['stalled', 'no server'].includes(end);
  const sign = isGood ? palette.good('✓') : uncaught.length > 0 ? palette.bad('✗') : palette.doubt('?');
  const lines = [`${sign} ${palette.strong(`${protocol} ${workload}`)}  ${figures.join(', ')}`];
  const latencies = latenciesOf(report);
  if (latencies !== undefined) {
    const { p50, p99, max } = latencies;
    const rate = grouped((ok * 1000) / Math.max(1, loadMs));
    lines.push(
      `  ${rate} a second · half of them within ${duration(p50)}, 99% within ${duration(p99)}, all within ${duration(max)}`,
    );
  }
  if (silent.length > 0) {
    lines.push(`  ${palette.doubt(`${silent.join(', ')} never answered`)}`);
  }
  const why = reasons[end];
  if (why !== undefined) lines.push(`  ${palette.doubt(wrapped(why, 2, 2, columns))}`);
  for (const error of uncaught) lines.push(`  ${palette.bad(error)}`);
  if (begun > 0) lines.push(`  ${palette.faint(`history: ${history}`)}`);
  return lines.join('\n');
}

/** What is said of an end that is not the usual one. */
const reasons: Readonly<Record<DriveReport['end'], string | undefined>> = {
  operations: undefined,
  duration: undefined,
  workload: 'the clients had no more to do: the options of the workload bound it',
  interrupted: 'interrupted: what was open is of unknown fate',
  stalled: 'the clients were given up: no operation ended for a minute',
  'no server': 'no server answered, so nothing was done',
};

/** One object with stable names. */
export function driveData(report: DriveReport): object {
  const { version, latenciesMs: _, loadMs, ...rest } = report;
  return {
    ...{ tool: 'skerry', version, ...rest },
    loadMs: Math.round(loadMs),
    latenciesMs: latenciesOf(report) ?? null,
  };
}

function latenciesOf({ latenciesMs }: DriveReport): { p50: number; p99: number; max: number } | undefined {
  if (latenciesMs.length === 0) return undefined;
  const sorted = [...latenciesMs].sort((a, b) => a - b);
  const at = (percent: number): number => {
    const index = Math.ceil((sorted.length * percent) / 100) - 1;
    return Math.round(sorted[Math.max(0, index)]! * 1000) / 1000;
  };
  return { p50: at(50), p99: at(99), max: at(100) };
}

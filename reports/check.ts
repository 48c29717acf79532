/** What came of judging a recorded history: for people, and for machines. */
import type { Finding, JudgeSetting, Violation, Witness } from '../sim/index.ts';
import { compact, counted, duration, grouped } from './numbers.ts';
import { type Style, wrapped } from './style.ts';

export interface CheckReport {
  readonly version: string;
  readonly file: string;
  readonly format: string | undefined;
  /** Whether the content told the format. */
  readonly isFormatDetected: boolean;
  readonly model: string;
  readonly verdict: 'held' | 'broken' | 'unknown';
  /** The promises that were broken; perhaps not all of `violationCount`. */
  readonly violations: readonly CheckViolation[];
  readonly violationCount: number;
  /** Why it is unknown. */
  readonly reason?: string;
  readonly operations: number;
  readonly keys?: number;
  readonly steps?: number;
  readonly engine: string;
  readonly skipped: ReadonlyMap<string, number>;
  readonly readMs: number;
  readonly judgeMs: number;
  readonly wallMs: number;
  /** What the judge says besides, as data. */
  readonly details?: Readonly<Record<string, unknown>>;
  /** The command to type next, and what it does. */
  readonly next?: { readonly command: string; readonly about: string };
}

export interface CheckViolation extends Violation {
  readonly witnesses: readonly CheckWitness[];
}

interface CheckWitness extends Witness {
  /** Where its call stands in the file, from 1, and where its return. */
  readonly line: number | undefined;
  readonly returnLine: number | undefined;
}

/** Violations whose operations are shown; the others get a sentence each. */
const shownMax = 3;
const toldMax = 10;

export function checkText(report: CheckReport, style: Style): string {
  const { palette } = style;
  const lines: string[] = [];
  const name = palette.strong(report.file);
  switch (report.verdict) {
    case 'held':
      lines.push(`${palette.good('✓')} ${name}  held: ${figures(report)}`);
      break;
    case 'unknown':
      lines.push(`${palette.doubt('?')} ${name}  ${palette.doubt('unknown')}: ${figures(report)}`);
      lines.push(`  ${wrapped(report.reason ?? '', 2, 2, style.columns)}`);
      break;
    case 'broken':
      lines.push(`${palette.bad('✗')} ${name}  ${palette.bad('broken')}: ${figures(report)}`);
      for (const violation of report.violations.slice(0, shownMax)) lines.push('', ...told(violation, style));
      lines.push(...others(report, style), '');
  }
  lines.push(`  ${palette.faint(wrapped(origin(report), 2, 2, style.columns))}`);
  if (report.next !== undefined) {
    const { command, about } = report.next;
    // A command is for copying: it is not broken by the edge of the window if a line of its own can help it.
    const fits = `  ${about}: ${command}`.length <= (style.columns ?? Number.POSITIVE_INFINITY);
    lines.push(`  ${about}:${fits ? ' ' : '\n    '}${palette.command(command)}`);
  }
  return lines.join('\n');
}

/** `kv, 3 operations on 1 key, 12ms`. */
function figures({ model, operations, keys, wallMs }: CheckReport): string {
  const on = keys === undefined ? '' : ` on ${counted(keys, 'key')}`;
  return `${model}, ${counted(operations, 'operation')}${on}, ${duration(wallMs)}`;
}

/** Where it came from and who judged it: `json-lines (detected), 2 events of the nemesis left out; zones, …`. */
function origin({ format, isFormatDetected, skipped, engine, steps, readMs, judgeMs }: CheckReport): string {
  const read = format === undefined ? [] : [`format ${format}${isFormatDetected ? ' (by its content)' : ''}`];
  const without = [...skipped].map(([what, count]) => `${grouped(count)} × ${what} left out`);
  const effort = steps === undefined || steps === 0 ? '' : `, ${compact(steps)} steps`;
  const by = engine === 'none' ? [] : [`judged by ${engine} in ${whole(judgeMs)}${effort}`];
  return [...read, ...without, `read in ${whole(readMs)}`, ...by].join(' · ');
}

/** What is quicker than a millisecond is of no interest. */
const whole = (ms: number): string => duration(Math.max(1, Math.round(ms)));

function told(violation: CheckViolation, style: Style): string[] {
  const { palette, columns } = style;
  const lines = [`  ${palette.bad(wrapped(violation.message, 2, 2, columns))}`];
  const { witnesses } = violation;
  if (witnesses.length > 0) lines.push('', ...table(witnesses, style));
  const sentences = sentencesOf(violation);
  if (sentences.length > 0) {
    lines.push('', ...sentences.map((sentence) => `  - ${wrapped(sentence, 4, 4, columns)}`));
  }
  return lines;
}

function others({ violations, violationCount }: CheckReport, style: Style): string[] {
  const { palette, columns } = style;
  const rest = violations.slice(shownMax, toldMax);
  if (violationCount <= shownMax) return [];
  return [
    '',
    `  ${palette.strong(`${grouped(violationCount)} violations`)}; the others${rest.length < violationCount - shownMax ? ' begin with' : ''}:`,
    ...rest.map(({ message }) => `  - ${wrapped(message, 4, 4, columns)}`),
  ];
}

/** What the table does not show already. */
function sentencesOf({ evidence }: Violation): string[] {
  const { sentences } = (evidence ?? {}) as { sentences?: unknown };
  if (!Array.isArray(sentences)) return [];
  const isCall = /^\S.* was called at \S+( and returned at \S+)?\.$/;
  return sentences.filter((sentence) => typeof sentence === 'string' && !isCall.test(sentence));
}

const columnsDefault = 100;
/** Fewer columns show nothing of how operations overlap. */
const barColumnsMin = 8;
const whatMax = 44;
const keyMax = 20;

/** One row an operation, by call; on the right, time from left to right, stretched so that every moment counts. */
function table(witnesses: readonly CheckWitness[], { palette, columns = columnsDefault }: Style): string[] {
  const keys = new Set(witnesses.map(({ operation }) => operation.key));
  const rows = witnesses.map(({ name, line, returnLine, who, what, called, returned, operation }) => [
    linesText(line, returnLine),
    name === undefined ? who : `${name} ${who}`,
    // The message has named the key if there is only one.
    keys.size > 1 ? cut(operation.key ?? '', keyMax) : '',
    cut(what, whatMax),
    called,
    returned,
  ]);
  const heads = ['line', 'who', 'key', 'operation', 'called', 'returned'];
  const isRight = [true, false, false, false, true, true];
  const widths = heads.map((head, at) => Math.max(head.length, ...rows.map((row) => row[at]!.length)));
  const isShown = heads.map((_, at) => rows.some((row) => row[at] !== ''));
  const lay = (cells: readonly string[]): string =>
    cells
      .map((cell, at) => (isRight[at] ? cell.padStart(widths[at]!) : cell.padEnd(widths[at]!)))
      .filter((_, at) => isShown[at])
      .join('  ');
  const used = 4 + lay(heads).length;
  const bars = barsOf(witnesses, Math.min(columns, 110) - used - 2);
  return [
    `    ${palette.faint(lay(heads).trimEnd())}`,
    ...rows.map((row, at) => `    ${lay(row)}  ${bars[at] ?? ''}`.trimEnd()),
  ];
}

/** `12`, or `12–17` if it returned in another line. */
function linesText(line: number | undefined, returnLine: number | undefined): string {
  if (line === undefined) return '';
  return returnLine === undefined || returnLine === line ? String(line) : `${line}–${returnLine}`;
}

const cut = (text: string, length: number): string =>
  text.length <= length ? text : `${text.slice(0, length - 1)}…`;

/** `├───┤` from call to return, `├╌╌` if nobody knows when it ended; nothing if there is no room. */
function barsOf(witnesses: readonly CheckWitness[], columns: number): string[] {
  const lasts = ({ operation }: CheckWitness): number =>
    operation.type === 'ok' && operation.return !== null ? operation.return : Number.POSITIVE_INFINITY;
  const moments = [...new Set(witnesses.flatMap((witness) => [witness.operation.call, lasts(witness)]))];
  const ranks = new Map(moments.sort((left, right) => left - right).map((moment, rank) => [moment, rank]));
  const step = Math.min(4, Math.floor((columns - 1) / Math.max(1, moments.length - 1)));
  if (step < 1 || columns < barColumnsMin) return [];
  return witnesses.map((witness) => {
    const from = ranks.get(witness.operation.call)! * step;
    const to = ranks.get(lasts(witness))! * step;
    const isOpen = lasts(witness) === Number.POSITIVE_INFINITY;
    const inside = Math.max(0, to - from - 1);
    return `${' '.repeat(from)}${to === from ? '│' : `├${(isOpen ? '╌' : '─').repeat(inside)}${isOpen ? '╌' : '┤'}`}`;
  });
}

/** One object; the names are stable, fields are added but never renamed or removed. */
export function checkJson(report: CheckReport): string {
  const { next, violations, readMs, judgeMs, wallMs, skipped, details, ...rest } = report;
  const [first] = violations;
  const { version, file, format, isFormatDetected, verdict, model, operations, engine } = rest;
  const rounded = (ms: number): number => Math.round(ms * 1000) / 1000;
  return JSON.stringify(
    {
      tool: 'skerry',
      version,
      verdict,
      model,
      file,
      format: format ?? null,
      formatDetected: isFormatDetected,
      operations,
      keys: rest.keys,
      engine,
      steps: rest.steps,
      wallMs: rounded(wallMs),
      readMs: rounded(readMs),
      judgeMs: rounded(judgeMs),
      skipped: Object.fromEntries(skipped),
      reason: rest.reason,
      message: first?.message,
      evidence: first?.evidence ?? null,
      violationCount: rest.violationCount,
      violations: violations.map(({ witnesses, ...violation }) => ({
        ...violation,
        operations: witnesses.map(({ operation, line, returnLine }) => ({ line, returnLine, ...operation })),
      })),
      details,
      next: next?.command,
    },
    undefined,
    2,
  );
}

/** The mistakes of a file, one a line. */
export function findingLines(file: string, findings: readonly Finding[], count: number): string[] {
  const lines = findings.map(({ line, column, message, hint }) => {
    const place = column === undefined ? `${file}:${line}` : `${file}:${line}:${column}`;
    return `${place}: ${message}${hint === undefined ? '' : `; ${hint}`}`;
  });
  return count > findings.length ? [...lines, '… and more'] : lines;
}

/** How help describes a setting: `serializable, …; default: strict-serializable`. */
export function settingText(setting: JudgeSetting): string {
  const { about, type } = setting;
  const text = about.replace(/\.$/, '');
  switch (type) {
    case 'choice':
      return `${text}: ${setting.of.join(', ')}. Default: ${setting.default}`;
    case 'duration':
      return `${text}. Default: ${duration(setting.default)}`;
    case 'integer':
      return `${text}. Default: ${setting.default}`;
    default:
      return text;
  }
}

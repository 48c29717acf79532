/** How far `skerry check` is, on standard error: nothing for what is quick. */
import { compact, duration } from '../../reports/index.ts';
import { type JudgingStanding, soFar } from '../entry/main.ts';
import type { Terminal } from './terminal.ts';

const quickMs = 500;
const redrawMs = 100;
const lineMs = 10_000;
const barWidth = 16;

/** One line of at most `columns` characters. */
function checkProgressLine(
  file: string,
  standing: JudgingStanding,
  elapsedMs: number,
  columns: number,
  withBar: boolean,
): string {
  const { phase, bytesRead, bytes, operations, judged } = standing;
  const done = phase === 'reading' ? (bytes ? bytesRead / bytes : 0) : judged / Math.max(1, operations);
  const what =
    phase === 'reading'
      ? `reading ${file}   ${compact(operations)} operations`
      : `judging ${file}   ${compact(judged)} of ${compact(operations)} operations`;
  const share = Math.min(1, done);
  const full = Math.floor(share * barWidth);
  const bar = withBar ? `${'━'.repeat(full)}${'╌'.repeat(barWidth - full)}   ` : '';
  const line = `${bar}${what}   ${duration(Math.floor(elapsedMs / 100) * 100)}`;
  return line.length <= columns ? line : `${line.slice(0, Math.max(0, columns - 1))}…`;
}

/** Shows it until it is stopped. */
export class CheckProgress {
  readonly #terminal: Terminal;
  readonly #timer: NodeJS.Timeout;
  readonly #standing: () => JudgingStanding;

  constructor(terminal: Terminal, file: string, standing: () => JudgingStanding) {
    this.#terminal = terminal;
    this.#standing = standing;
    const { isLive, sayColumns, sayPalette } = terminal;
    const startMs = performance.now();
    const show = (): void => {
      const elapsedMs = performance.now() - startMs;
      if (elapsedMs < quickMs) return;
      const line = checkProgressLine(file, standing(), elapsedMs, sayColumns - 1, isLive);
      if (isLive) terminal.rewrite(sayPalette.faint(line));
      else terminal.say(line);
    };
    this.#timer = setInterval(show, isLive ? redrawMs : lineMs);
    this.#timer.unref();
  }

  /** What is known when it is interrupted. */
  last(): string {
    return soFar(this.#standing());
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#terminal.rewrite('');
  }
}

/** How far a sweep is, on standard error: one rewritten line for a person, a line every ten seconds otherwise. */
import { compact, counted, duration, grouped } from '../../reports/index.ts';
import type { Terminal } from './terminal.ts';

const redrawMs = 100;
const lineMs = 10_000;
const barWidth = 16;

/** Where a sweep stands. */
export interface Standing {
  readonly scenario: string;
  /** Which of how many scenarios, from 1. */
  readonly position: readonly [index: number, count: number];
  readonly done: number;
  readonly total: number;
  readonly events: number;
  readonly failures: number;
  /** What is to be made of a failure: `failure`, or `found` where one is expected. */
  readonly isFailureExpected: boolean;
  readonly elapsedMs: number;
  /** Real time until the sweep is cut off, if there is a limit. */
  readonly limitMs?: number;
}

/** One line of at most `columns` characters. */
export function progressLine(standing: Standing, columns: number, withBar: boolean): string {
  const { scenario, position, done, total, events, failures, isFailureExpected, elapsedMs } = standing;
  const [index, count] = position;
  const left = timeLeftMs(standing);
  const parts = [
    ...(withBar ? [bar(done, total)] : []),
    count > 1 ? `${scenario} (${index} of ${count})` : scenario,
    `${grouped(done)} of ${counted(total, 'seed')}`,
    `${compact(elapsedMs > 0 ? (events * 1000) / elapsedMs : 0)} events/s`,
    isFailureExpected ? `${grouped(failures)} found` : counted(failures, 'failure'),
    ...(left === undefined ? [] : [`${duration(left)} left`]),
  ];
  const line = parts.join('   ');
  return line.length <= columns ? line : `${line.slice(0, Math.max(0, columns - 1))}…`;
}

/** Undefined before the first seed is done, and after the last one. */
export function timeLeftMs({ done, total, elapsedMs, limitMs }: Standing): number | undefined {
  if (done === 0 || done === total) return undefined;
  const left = (elapsedMs / done) * (total - done);
  const whole = Math.ceil(left / 1000) * 1000;
  return limitMs === undefined ? whole : Math.max(0, Math.min(whole, limitMs - elapsedMs));
}

function bar(done: number, total: number): string {
  const full = Math.floor((done / total) * barWidth);
  return '━'.repeat(full) + '╌'.repeat(barWidth - full);
}

/** Shows the standing of one sweep until it is stopped. */
export class Progress {
  readonly #terminal: Terminal;
  readonly #timer: NodeJS.Timeout;

  constructor(terminal: Terminal, standing: () => Standing) {
    this.#terminal = terminal;
    const { isLive, sayColumns, sayPalette } = terminal;
    const show = (): void => {
      if (isLive) terminal.rewrite(sayPalette.faint(progressLine(standing(), sayColumns - 1, true)));
      else terminal.say(progressLine(standing(), sayColumns, false));
    };
    if (isLive) show();
    this.#timer = setInterval(show, isLive ? redrawMs : lineMs);
    // The line must not keep the program alive.
    this.#timer.unref();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#terminal.rewrite('');
  }
}

/** Where characters go: results to standard output, everything else to standard error. */
import { Chalk, type ChalkInstance } from 'chalk';
import type { Palette } from '../../reports/index.ts';
import { terminalOf } from '../platform/terminal.ts';
import { exitCodes } from './exit.ts';

/** Wider lines are hard to read, whatever the window allows. */
const columnsMax = 110;
const clearLine = '\r\x1b[2K';

export interface Terminal {
  /** Results; a line break is added. */
  print(text: string): void;
  /** Anything else; a line break is added. */
  say(text: string): void;
  /** Replaces the last line on standard error without ending it; only where `isLive`. Empty: takes it away. */
  rewrite(line: string): void;
  /** Someone watches standard error. */
  readonly isLive: boolean;
  /** Colours of standard output. */
  readonly palette: Palette;
  /** Colours of standard error. */
  readonly sayPalette: Palette;
  /** Width of standard output, if it is a terminal: what goes elsewhere is not wrapped. */
  readonly columns: number | undefined;
  /** Width of standard error. */
  readonly sayColumns: number;
}

/** The terminal of this process. */
export function openTerminal(): Terminal {
  const { stdout, stderr } = process;
  const out = terminalOf(stdout);
  const error = terminalOf(stderr);
  let isRewritten = false;
  const endRewriting = (): void => {
    if (isRewritten) stderr.write(clearLine);
    isRewritten = false;
  };
  for (const stream of [stdout, stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
      // Whoever read the results has left. Unless all is known already, this is an interruption.
      process.exit(process.exitCode ?? exitCodes.interrupted);
    });
  }
  return {
    print: (text) => {
      endRewriting();
      stdout.write(`${text}\n`);
    },
    say: (text) => {
      endRewriting();
      stderr.write(`${text}\n`);
    },
    rewrite: (line) => {
      if (line === '') return endRewriting();
      stderr.write(`${clearLine}${line}`);
      isRewritten = true;
    },
    isLive: error.isLive,
    palette: paletteOf(new Chalk({ level: out.hasColor ? 1 : 0 })),
    sayPalette: paletteOf(new Chalk({ level: error.hasColor ? 1 : 0 })),
    columns: stdout.isTTY ? Math.min(out.columns, columnsMax) : undefined,
    sayColumns: stderr.isTTY ? error.columns : columnsMax,
  };
}

/** The sixteen colours that every terminal has its own idea of: they stay readable on light and on dark. */
function paletteOf(paint: ChalkInstance): Palette {
  return {
    good: paint.green,
    bad: paint.red,
    doubt: paint.yellow,
    strong: paint.bold,
    faint: paint.dim,
    command: paint.cyan,
  };
}

/** Runs the built program as a child process, as a shell would, in a folder of its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll } from 'vitest';
import { plainPalette } from '../../reports/index.ts';
import { program } from '../../sim/cli/program.ts';

const main = fileURLToPath(new URL('../../dist/sim/cli/main.js', import.meta.url));

export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly error: string;
}

export interface Workplace {
  readonly folder: string;
  /** Writes a file and returns its name. */
  write(name: string, text: string): string;
  skerry(...words: readonly string[]): Promise<Ended>;
  /** The same while it runs, with more in its environment, in a folder of the folder. */
  start(
    words: readonly string[],
    environment?: Record<string, string>,
    within?: string,
  ): { child: ChildProcess; ended: Promise<Ended> };
}

/** A fresh folder for the tests of one file. */
export function workplace(): Workplace {
  const folder = mkdtempSync(join(tmpdir(), 'skerry-test-'));
  beforeAll(() => {
    if (!existsSync(main)) throw new Error('dist/sim/cli/main.js is missing: run npm run build first');
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const start: Workplace['start'] = (words, environment = {}, within = '.') => {
    const { NO_COLOR: _, FORCE_COLOR: __, ...inherited } = process.env;
    const child = spawn(process.execPath, [main, ...words], {
      cwd: join(folder, within),
      env: { ...inherited, ...environment },
    });
    let [out, error] = ['', ''];
    child.stdout.on('data', (bytes) => {
      out += bytes;
    });
    child.stderr.on('data', (bytes) => {
      error += bytes;
    });
    const ended = new Promise<Ended>((resolve) => child.on('close', (code) => resolve({ code, out, error })));
    return { child, ended };
  };
  return {
    folder,
    write: (name, text) => {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), text);
      return name;
    },
    skerry: (...words) => start(words).ended,
    start,
  };
}

/** The same without a process of its own, for what ends before it does anything. */
export async function skerryHere(...words: readonly string[]): Promise<Ended> {
  let [out, error] = ['', ''];
  const terminal = {
    rewrite: () => {},
    isLive: false,
    columns: undefined,
    sayColumns: 110,
    palette: plainPalette,
    sayPalette: plainPalette,
    print: (text: string) => {
      out += `${text}\n`;
    },
    say: (text: string) => {
      error += `${text}\n`;
    },
  };
  const code = await program(words, { terminal, signal: new AbortController().signal });
  return { code, out, error };
}

/** The path of a protocol in `fixtures`. */
export const fixture = (name: string): string =>
  fileURLToPath(new URL(`./fixtures/${name}.ts`, import.meta.url));

/** A small scenario; `change` replaces or adds lines by their key. */
export function scenario(protocol: string, change: Readonly<Record<string, string>> = {}): string {
  const lines = {
    schema: '1',
    name: 'a test',
    protocol: /^[a-z/-]+$/.test(protocol) && !protocol.includes('.') ? protocol : JSON.stringify(protocol),
    nodes: '2',
    duration: '3s',
    recovery: '1s',
    workload: '{ type: kv, clients: 2, rate: 20, keys: 1 }',
    checks: '[linearizable]',
    ...change,
  };
  return Object.entries(lines)
    .map(([key, value]) => `${key}: ${value}\n`)
    .join('');
}

/** The lines of a JavaScript stack trace. */
export const trace = /^\s+at .+:\d+:\d+\)?$/m;

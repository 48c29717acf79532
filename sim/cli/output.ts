/** Hands results to the reporters that were asked for, and their text to standard output or into files. */
import { writeFile } from 'node:fs/promises';
import {
  plainPalette,
  type Report,
  type Reporter,
  type Result,
  reporters,
  type Style,
} from '../../reports/index.ts';
import { version } from '../entry/main.ts';
import { reporting } from './arguments.ts';
import type { Given, OptionSpec } from './command.ts';
import { fileTrouble, Mistake } from './mistake.ts';
import type { Terminal } from './terminal.ts';

const names = [...reporters.keys()];

/** The options of every command that reports. */
export const outputOptions: Readonly<Record<string, OptionSpec>> = {
  reporter: {
    value: 'NAME,…',
    about: [...reporters.values()].map(({ name, about }) => `${name}: ${about}`).join('; '),
    example: 'verbose',
  },
  ...Object.fromEntries(
    names.map((name) => [
      `output-file.${name}`,
      {
        value: 'PATH',
        about: `Write the ${name} report into a file; likewise for every reporter`,
        example: `report.${name === 'json' ? 'json' : 'txt'}`,
        hidden: name !== 'json',
      },
    ]),
  ),
};

/** Reporters at work. Results are printed as they come; `end` writes what is left. */
export class Output {
  readonly #terminal: Terminal;
  readonly #printed: readonly Reporter[];
  readonly #files: readonly {
    readonly reporter: Reporter;
    readonly path: string;
    readonly parts: string[];
  }[];
  readonly #nameWidth: number;
  readonly #results: Result[] = [];
  readonly #startMs = performance.now();

  /** @throws Mistake if there is no such reporter */
  constructor(given: Given, terminal: Terminal, scenarios: readonly { readonly name: string }[]) {
    const files = new Map<string, string>();
    for (const name of names) {
      const path = given.text(`output-file.${name}`);
      if (path !== undefined) files.set(name, path);
    }
    const chosen = reporting(given.text('reporter'), files, names);
    this.#terminal = terminal;
    this.#printed = chosen.printed.map((name) => reporters.get(name)!);
    this.#files = chosen.files.map(({ reporter, path }) => ({
      reporter: reporters.get(reporter)!,
      path,
      parts: [],
    }));
    this.#nameWidth = Math.max(0, ...scenarios.map(({ name }) => name.length));
  }

  result(result: Result): void {
    this.#results.push(result);
    this.#tell((reporter, style) => reporter.result(result, style));
  }

  /** @throws Mistake if a file cannot be written */
  async end(): Promise<readonly Result[]> {
    const report: Report = {
      version: version(),
      results: this.#results,
      wallMs: performance.now() - this.#startMs,
    };
    this.#tell((reporter, style) => reporter.end(report, style));
    for (const { path, parts } of this.#files) {
      await writeFile(path, `${parts.join('\n')}\n`).catch((error) => {
        throw new Mistake(`the report could not be written to ${path}: ${fileTrouble(error)}`);
      });
    }
    return this.#results;
  }

  #tell(text: (reporter: Reporter, style: Style) => string): void {
    const { palette, columns } = this.#terminal;
    const style: Style = { palette, nameWidth: this.#nameWidth, ...(columns !== undefined && { columns }) };
    for (const reporter of this.#printed) {
      const part = text(reporter, style);
      if (part !== '') this.#terminal.print(part);
    }
    for (const { reporter, parts } of this.#files) {
      const part = text(reporter, { palette: plainPalette, nameWidth: this.#nameWidth });
      if (part !== '') parts.push(part);
    }
  }
}

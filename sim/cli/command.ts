/** What a command is, and what it is given. */
import type { ExitCode } from './exit.ts';
import { Mistake } from './mistake.ts';
import type { Terminal } from './terminal.ts';

export interface Command {
  readonly name: string;
  /** As the usage line shows it: `<scenario.yaml|folder …>`. */
  readonly takes: string;
  /** One line. */
  readonly about: string;
  /** What its help says below the options. */
  readonly details?: string;
  readonly options: Readonly<Record<string, OptionSpec>>;
  readonly examples: readonly (readonly [command: string, about: string])[];
  /** It goes on until it is told to stop, which is no interruption. */
  readonly isService?: boolean;
  run(given: Given, session: Session): Promise<ExitCode>;
}

export interface OptionSpec {
  readonly about: string;
  /** What it takes: `--jobs N`. A flag takes nothing. */
  readonly value?: string;
  readonly short?: string;
  /** An example for the message that says that the value is missing. */
  readonly example?: string;
  readonly repeatable?: boolean;
  readonly hidden?: boolean;
}

/** The world around a command. */
export interface Session {
  readonly terminal: Terminal;
  /** Aborts at the first interrupt. */
  readonly signal: AbortSignal;
}

/** The arguments of a command, read but not yet understood. */
export class Given {
  readonly positional: readonly string[];
  readonly #command: Command;
  readonly #values: ReadonlyMap<string, readonly string[]>;

  constructor(
    command: Command,
    positional: readonly string[],
    values: ReadonlyMap<string, readonly string[]>,
  ) {
    this.#command = command;
    this.positional = positional;
    this.#values = values;
  }

  flag(name: string): boolean {
    return this.#values.get(name)?.at(-1) === 'true';
  }

  /** All values of a repeatable option, in order. */
  list(name: string): readonly string[] {
    const values = this.#values.get(name) ?? [];
    for (const value of values) if (value === '') throw this.#empty(name);
    return values;
  }

  /** The value of an option, undefined if it was not given. */
  text(name: string): string | undefined {
    const values = this.list(name);
    if (values.length > 1) {
      throw new Mistake(`--${name} was given ${values.length} times: ${values.join(', ')}`, 'Give it once.');
    }
    return values[0];
  }

  /** @throws Mistake if there are positional arguments beyond the first `most` */
  atMost(most: number): void {
    const extra = this.positional[most];
    if (extra === undefined) return;
    const { name, takes } = this.#command;
    throw new Mistake(
      `"${extra}" is one argument too many`,
      `Type skerry ${name}${takes && ` ${takes}`}, or skerry ${name} --help.`,
    );
  }

  #empty(name: string): Mistake {
    const { value = 'a value', example } = this.#command.options[name] ?? {};
    return new Mistake(`--${name} needs ${value}`, example && `For example: --${name} ${example}`);
  }
}

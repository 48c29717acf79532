/** What is wrong with a scenario, and where. */

export interface Problem {
  /** The file, or `--set network.loss` for a value that came from the command line. */
  readonly file: string;
  /** From 1; absent if the value did not come from a text. */
  readonly line?: number;
  /** From 1, in UTF-16 units; absent if the value did not come from a text. */
  readonly column?: number;
  /** Where the value is (`faults[0].at`), if there is no line to say it. */
  readonly path?: string;
  readonly message: string;
  /** What to write instead, or what there is. */
  readonly hint?: string;
}

/** `file:line:column: message (hint)`, or `file: path: message (hint)` for a value without lines. */
export function formatProblem(problem: Problem): string {
  const { file, line, column, path, message, hint } = problem;
  const place = line === undefined ? (path ? `${file}: ${path}` : file) : `${file}:${line}:${column}`;
  return hint === undefined ? `${place}: ${message}` : `${place}: ${message} (${hint})`;
}

/** Keys and indices from the root of a scenario to one of its values. */
export type Path = readonly (string | number)[];

/** `faults[0].kill.targets`. */
export function formatPath(path: Path): string {
  let text = '';
  for (const step of path) text += typeof step === 'number' ? `[${step}]` : `${text && '.'}${step}`;
  return text;
}

/** A problem that knows its path but not yet its line. */
export interface Finding {
  readonly path: Path;
  /** The place to point at: the value, or the key that leads to it. */
  readonly at?: 'key' | 'value';
  readonly message: string;
  readonly hint?: string;
}

/** A mistake of whoever typed the command or wrote the file: it is explained, never traced. */
import { formatProblem, type Problem } from '../entry/main.ts';

export class Mistake extends Error {
  override readonly name = 'Mistake';
  /** What to type next; each hint gets a line of its own. */
  readonly hints: readonly string[];
  /** `message` says what happened, where, and what was expected. */
  constructor(message: string, ...hints: readonly (string | undefined)[]) {
    super(message);
    this.hints = hints.filter((hint) => hint !== undefined);
  }
}

/** Scenario files that cannot be run, with everything that is wrong with them. */
export function badScenarios(problems: readonly Problem[]): Mistake {
  const files = new Set(problems.map(({ file }) => file));
  const count = problems.length === 1 ? 'a problem' : `${problems.length} problems`;
  const where = files.size === 1 ? `in ${problems[0]!.file}` : `in ${files.size} files`;
  return new Mistake(
    [`${count} ${where}; nothing was run`, ...problems.map((problem) => `  ${formatProblem(problem)}`)].join(
      '\n',
    ),
  );
}

/** Why a file or folder could not be used, in words. */
export function fileTrouble(error: unknown): string {
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  switch (code) {
    case 'ENOENT':
      return 'it does not exist';
    case 'EACCES':
    case 'EPERM':
      return 'there is no permission';
    case 'EISDIR':
      return 'it is a folder';
    case 'ENOTDIR':
      return 'a part of its path is not a folder';
    case 'ENOSPC':
      return 'the disk is full';
    case 'EEXIST':
      return 'it exists already';
    default:
      return code ?? String(error);
  }
}

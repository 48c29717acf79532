/** What the program tells the shell. */
import type { Status } from '../../reports/index.ts';

export const exitCodes = {
  /** Every scenario met its `expect`. */
  ok: 0,
  /** A violation, or an expected failure that did not happen. */
  violation: 1,
  /** A checker hit its limit, or the run was vacuous. */
  unknown: 2,
  nondeterminism: 3,
  /** Bad arguments or a bad scenario file. */
  usage: 64,
  /** The only case with a stack trace. */
  internal: 70,
  interrupted: 130,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** The first one that applies is the one that the shell gets. */
const precedence: readonly ExitCode[] = [70, 64, 130, 3, 1, 2, 0];

/** The code of several results; nothing at all is 0. */
export function worst(codes: readonly ExitCode[]): ExitCode {
  return precedence.find((code) => codes.includes(code)) ?? exitCodes.ok;
}

export function codeOf(status: Status): ExitCode {
  switch (status) {
    case 'passed':
    case 'found':
      return exitCodes.ok;
    case 'failed':
      return exitCodes.violation;
    case 'unknown':
      return exitCodes.unknown;
    case 'nondeterministic':
      return exitCodes.nondeterminism;
  }
}

/** The code of a history that was judged. */
export const codeOfVerdict = (verdict: 'held' | 'broken' | 'unknown'): ExitCode =>
  ({ held: exitCodes.ok, broken: exitCodes.violation, unknown: exitCodes.unknown })[verdict];

/** The same as text, for `--help`. */
export const exitCodesHelp = `Exit codes: 0 as expected, 1 a violation or an expected one that did not happen, 2 unknown,
3 not deterministic, 64 bad arguments or scenario, 70 internal error, 130 interrupted.`;

/** What to type to see a failing test again: in the terms of whatever runs the tests here. */
import { framesOf, whereIn } from '../../platform/escape.ts';

/** Where a test stands. */
export interface Place {
  /** From the working directory, if it is inside. */
  readonly file?: string;
  readonly test?: string;
  /** Lines of a stack, for an error that points there. */
  readonly frames?: readonly string[];
}

/** A command and what it is for. */
export interface Command {
  readonly what: string;
  readonly command: string;
}

/** Who called into skerry: a test, as a rule. */
export function callingPlace(): Place {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 50;
  try {
    const frames = foreignFrames(new Error('where').stack ?? '');
    const where = whereIn(framesOf(frames[0] ?? ''));
    return where === undefined ? { frames } : { file: where.replace(/:\d+:\d+$/, ''), frames };
  } finally {
    Error.stackTraceLimit = limit;
  }
}

/** The lines of a stack that are neither skerry's, nor Node's, nor of any other package. */
export const foreignFrames = (stack: string): string[] =>
  stack
    .split('\n')
    .filter((line) => /^\s+at /.test(line) && !/[\\/]node_modules[\\/]/.test(line))
    .filter((line) => whereIn(framesOf(line)) !== undefined);

type Environment = Readonly<Record<string, string | undefined>>;

/** The command that runs a test again. */
export function testCommand({ file, test }: Place, environment: Environment = process.env): string {
  const path = file === undefined ? [] : [shellWord(file)];
  if (environment.VITEST !== undefined) {
    const name = test === undefined ? [] : ['-t', shellWord(test.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'))];
    return ['npx vitest run', ...path, ...name].join(' ');
  }
  if (environment.JEST_WORKER_ID !== undefined) return ['npx jest', ...path].join(' ');
  if (environment.NODE_TEST_CONTEXT !== undefined) return ['node --test', ...path].join(' ');
  if (path.length > 0) return ['node', ...path].join(' ');
  return environment.npm_lifecycle_event === undefined
    ? 'npm test'
    : `npm run ${environment.npm_lifecycle_event}`;
}

/** A word as a shell takes it. */
export function shellWord(text: string): string {
  if (/^[\w./:@%+=,-]+$/.test(text)) return text;
  return `'${text.replaceAll("'", "'\\''")}'`;
}

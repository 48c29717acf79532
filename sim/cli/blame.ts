/** Whose mistake an error from a worker is. */
import { dirname, resolve } from 'node:path';
import type { Loaded } from '../entry/main.ts';
import { framesOf } from '../platform/escape.ts';
import { WorkerError } from '../platform/workers.ts';
import { Mistake } from './mistake.ts';

/**
 * What to throw on instead of an error that ended a sweep: a mistake of the user's if it was thrown by his module
 * where no run catches it (as programs are made from options), otherwise the error itself.
 */
export function blamed(error: unknown, { module, modules, file }: Loaded): unknown {
  if (!(error instanceof WorkerError) || error.phase !== 'work' || module === undefined) return error;
  const [innermost] = framesOf(error.stack ?? '');
  const files = [module, ...modules.map((path) => resolve(dirname(module), path))];
  if (innermost === undefined || !files.some((path) => innermost.startsWith(`${path}:`))) return error;
  const thrown = error.message.replace(/^a job of a worker threw: /, '');
  return new Mistake(
    `${file}: its protocol threw before the run began, at ${innermost}: ${thrown}`,
    'A role makes its program from the options; whatever may fail belongs in the program.',
  );
}

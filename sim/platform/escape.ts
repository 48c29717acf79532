/** What is said about a program that reached past the simulator, and where in it that was. */
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface EscapeReport {
  /** What was reached for: `Date.now`, `Math.random`, `fs.readFileSync` … */
  readonly what: string;
  /** What to do instead: `use host.clock.now()`. */
  readonly instead: string;
  /** `file:line:column` of the program, if it can be told. */
  readonly where?: string;
}

/** Thrown into a program that reaches for real time, real chance or the outside. */
export class EscapeError extends Error implements EscapeReport {
  override readonly name = 'EscapeError';
  readonly what: string;
  readonly instead: string;
  readonly where?: string;
  constructor({ what, instead, where }: EscapeReport) {
    super(`${what} is out of bounds in a simulated program: ${instead}`);
    this.what = what;
    this.instead = instead;
    if (where !== undefined) this.where = where;
  }
}

/** The frames of a stack, innermost first, as `file:line:column`; files are paths or what the engine calls them. */
export function framesOf(stack: string): string[] {
  const frames: string[] = [];
  for (const line of stack.split('\n')) {
    const found = /^\s+at (?:.*\()?(.+:\d+:\d+)\)?$/.exec(line);
    if (found === null) continue;
    const frame = found[1]!.replace(/^async /, '');
    if (frame.includes('<anonymous>')) continue;
    frames.push(frame.startsWith('file://') ? pathOf(frame) : frame);
  }
  return frames;
}

function pathOf(frame: string): string {
  const at = frame.search(/:\d+:\d+$/);
  try {
    return fileURLToPath(frame.slice(0, at)) + frame.slice(at);
  } catch {
    return frame;
  }
}

/** The room of the simulator: frames in here are its own. */
const simulator = fileURLToPath(new URL('../', import.meta.url));

export const isOwnFrame = (frame: string): boolean => frame.startsWith(simulator);
const isNodeFrame = (frame: string): boolean => frame.startsWith('node:');

/** The innermost frame that is neither the simulator's nor Node's; relative to the working directory if inside it. */
export function whereIn(frames: readonly string[]): string | undefined {
  const frame = frames.find((frame) => !isOwnFrame(frame) && !isNodeFrame(frame));
  if (frame === undefined) return undefined;
  const near = relative(process.cwd(), frame);
  return near.startsWith('..') || near === '' ? frame : near;
}

/** Where an error came from, as far as its stack says. */
export function whereOf(error: unknown): string | undefined {
  const stack = error instanceof Error ? error.stack : undefined;
  return stack === undefined ? undefined : whereIn(framesOf(stack));
}

/** More frames than this say nothing more. */
const framesMax = 8;

/**
 * The frames of a stack that are neither the simulator's nor Node's, innermost first, as `at name (file:line:column)`;
 * files are relative to the working directory if inside it.
 */
export function guestFrames(stack: string): string[] {
  const found: string[] = [];
  for (const line of stack.split('\n')) {
    const [frame] = framesOf(line);
    if (frame === undefined || isOwnFrame(frame) || isNodeFrame(frame)) continue;
    const name = /^\s+at (?:async )?(\S.*) \(/.exec(line)?.[1];
    const place = whereIn([frame])!;
    found.push(name === undefined ? `at ${place}` : `at ${name} (${place})`);
  }
  return found.slice(0, framesMax);
}

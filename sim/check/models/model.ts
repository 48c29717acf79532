/**
 * A sequential specification: a small value that says what one copy, asked one thing at a time, would do. The judges
 * ask whether a concurrent history could have come from it.
 */
import type { Operation } from '../history.ts';

/** What `step` returns for an operation that cannot have happened in this state with this answer. */
export const illegal: unique symbol = Symbol('illegal');

/** States are plain JSON data; every method is a pure function. */
export interface Model {
  readonly name: string;
  readonly about: string;
  /** The state before the first operation. `{ ...model, initial: 0 }` starts elsewhere. */
  readonly initial: unknown;
  /** The functions it knows. */
  readonly functions: readonly string[];
  /** What each function takes as `value` and answers as `output`. */
  readonly vocabulary?: Readonly<Record<string, string>>;
  /** What is wrong with the arguments of an operation, in words; nothing if all is well. */
  problem?(operation: Operation): string | undefined;
  /** The part of the state that an operation is about: parts are judged apart, each from `initial`. */
  key(operation: Operation): string | undefined;
  /**
   * The state after an operation, or `illegal`. The answer of an `info` is unknown: it is legal where it would change
   * the state, and may be illegal where it would change nothing.
   */
  step(state: unknown, operation: Operation): unknown;
  /** Whether it matters which process asks; otherwise the same question of another process is the same. */
  readonly isPersonal?: boolean;
  /** Whether it leaves every state as it is, whenever it is legal. */
  isReadOnly(operation: Operation): boolean;
  /** Whether it is legal in every state and leads to the same one from all of them. */
  isOverwrite(operation: Operation): boolean;
  /**
   * Tells which operations of unknown fate could help to explain the answers of a history; judging it without the
   * others gives the same verdict, and so does judging any part of it without them. Without this method all could.
   */
  mattering?(history: readonly Operation[]): (operation: Operation) => boolean;
  /**
   * Whether it is illegal in this state and in every state that could follow, whatever else happens. A search that
   * knows gives up early; without this method nothing is ever lost.
   */
  isLost?(state: unknown, operation: Operation): boolean;
  /** Why `step` called it illegal: the end of a sentence that starts with the operation. */
  why(state: unknown, operation: Operation): string;
}

type Optional = 'key' | 'isOverwrite' | 'functions' | 'vocabulary';

/** A model of this vocabulary, judged key by key, in which nothing overwrites unless it says so. */
export function specified(
  specification: Omit<Model, Optional> & Partial<Model> & Required<Pick<Model, 'vocabulary'>>,
): Model {
  return {
    functions: Object.keys(specification.vocabulary),
    key: (operation) => operation.key,
    isOverwrite: () => false,
    ...specification,
  };
}

/** Whether an operation is known to have been told `false`. */
export const refused = (operation: Operation): boolean =>
  operation.type === 'ok' && operation.output === false;

export const isNothing = (value: unknown): value is null | undefined => value === null || value === undefined;

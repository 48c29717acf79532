/**
 * `skerry/vitest`: simulations as tests, and matchers for what they show. Importing it registers the matchers.
 *
 * A test runs in vitest's own process or thread, whatever the pool, for a body and a protocol are functions. It takes
 * virtual time only, so vitest's fake timers have nothing to do in it.
 */
import { expect, type TestContext, test } from 'vitest';
import type { Model, TestWorld } from '../index.ts';
import { near } from '../platform/bundle.ts';
import { assertBodyAt, type BodyOptions } from './testing/body.ts';
import type { CheckOptions } from './testing/check.ts';
import { callingPlace } from './testing/commands.ts';
import { matchDeterministic, matchHolds, matchLinearizable } from './testing/matchers.ts';

export interface SimulationOptions extends BodyOptions {
  /** Real milliseconds for all seeds together. Default: two minutes. */
  readonly timeout?: number;
}

export type SimulationBody = (world: TestWorld, context: TestContext) => unknown;

/**
 * A test that runs a body in a world of its own for each of the `seeds` (20 unless given), up to the first that fails.
 * `SKERRY_SEEDS=1..500` runs these instead, `SKERRY_SEED=17` that one alone, and prints what happens in it.
 */
type Simulate = (name: string, options: SimulationOptions, body: SimulationBody) => void;

const timeoutMsDefault = 120_000;

const simulateBy =
  (api: (name: string, options: { timeout: number }, run: Run) => void): Simulate =>
  (name, { timeout = timeoutMsDefault, ...options }, body) => {
    const { frames = [] } = callingPlace();
    api(name, { timeout }, (context) => {
      const place = { file: near(context.task.file.filepath), test: name, frames };
      return assertBodyAt(place, { ...options, name }, (world) => body(world, context));
    });
  };

type Run = (context: TestContext) => Promise<void>;

const { only, skip } = test;

export const simulate: Simulate & { readonly only: Simulate; readonly skip: Simulate } = Object.assign(
  simulateBy(test),
  { only: simulateBy(only), skip: simulateBy(skip) },
);

expect.extend({
  toBeLinearizable(received: unknown, model: string | Model) {
    return matchLinearizable(received, model);
  },
  toHold(received: unknown, check?: string, options: CheckOptions = {}) {
    return matchHolds(callingPlace(), received, check, options);
  },
  toBeDeterministic(received: unknown, options: CheckOptions = {}) {
    return matchDeterministic(callingPlace(), received, options);
  },
});

interface SimulationMatchers<R = unknown> {
  /**
   * A history (operations, events, or text in any format that `skerry check` reads) could have come from one copy that
   * does one thing at a time. `model`: the name of one, or your own.
   */
  toBeLinearizable(model: string | Model): R;
  /**
   * A check held, or all of them: in the world of a simulation, an outcome, the result of `check`; or in a scenario (a
   * file or a value), which is run for it, so that the matcher must be awaited.
   */
  toHold(check?: string, options?: CheckOptions): R;
  /** Runs a scenario (a file or a value) twice with each of three seeds; to be awaited. */
  toBeDeterministic(options?: CheckOptions): Promise<R>;
}

declare module 'vitest' {
  // biome-ignore lint/suspicious/noExplicitAny: an interface is merged only with the same parameters.
  interface Matchers<T = any> extends SimulationMatchers<T> {}
}

export type { HistoryInput } from './testing/matchers.ts';

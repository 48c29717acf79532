/**
 * What the special judges of linearizability have in common: each knows one kind of history, decides it in nearly
 * linear time, and leaves every other kind to the next one. The general search comes last and decides anything.
 */
import type { Operation } from '../history.ts';
import type { Model } from '../models/index.ts';

/** What an engine says about the operations of one key. */
export type Decision =
  | { readonly verdict: 'linearizable' }
  | {
      readonly verdict: 'illegal';
      /** The short name of what was broken, such as `stale-read`. */
      readonly rule: string;
      /** A sentence with the values and times that contradict each other. */
      readonly why: string;
      /** Positions (in the part) of a few operations that contradict each other already: judged alone they are illegal. */
      readonly suspects: readonly number[];
    }
  /** Its preconditions do not hold, or its budget ran out: ask the next engine. */
  | { readonly verdict: 'undecided'; readonly reason: string };

/** A judge for one kind of history, sound and complete where its preconditions hold. */
export interface Engine {
  readonly name: string;
  /** Names of the models it knows. */
  readonly models: readonly string[];
  /**
   * Judges the operations of one key in any order. Those that failed are left out; a cas whose precondition was false
   * is `ok` with the output `false`. What is `info` may have happened at any time after its call, or never.
   */
  judge(part: readonly Operation[], model: Model): Decision;
}

/** The smallest failure that was found for a seed, as plain data that failure files keep and reports tell. */
import type { Violation } from '../../check/index.ts';
import { faultName } from '../fault-words.ts';
import type { Story } from '../outcome.ts';
import type { Scenario } from '../scenario/index.ts';
import { tellStory } from '../story.ts';
import { decisionsOf } from './decisions.ts';
import type { Shrunk, Size } from './shrink.ts';

export interface Smallest {
  /** A script with its seed pinned; it expects `check` to break. */
  readonly scenario: Scenario;
  readonly seed: string;
  /** The check that breaks, before and after. */
  readonly check: string;
  readonly violations: readonly Violation[];
  readonly fingerprint: string;
  readonly events: number;
  readonly before: Size;
  readonly after: Size;
  /** What it took. */
  readonly runs: number;
  readonly wallMs: number;
  /** True if the budget ended before everything was tried. */
  readonly isCutShort: boolean;
  /** True if real time ended it, or a part of it: on another machine it may come out otherwise. */
  readonly ranOutOfTime: boolean;
  /** Of each fault that is left, by its place in the script from 1: whether the check holds without it. */
  readonly necessity: readonly {
    readonly fault: number;
    readonly text: string;
    readonly isNeeded: boolean;
  }[];
  /** Everything that was decided otherwise than a calm world would, in words: faults, operations, draws. */
  readonly decisions: readonly string[];
  readonly story: Story;
}

/** @param promise what the check promises, in words, for the story */
export function smallestOf(shrunk: Shrunk, promise?: string): Smallest {
  const { scenario, seed, check, outcome, before, after, runs, wallMs, necessity, draws } = shrunk;
  const { isCutShort, ranOutOfTime } = shrunk;
  const { violations, fingerprint, events } = outcome;
  return {
    ...{ scenario, seed, check, violations, fingerprint, events, before, after, runs },
    wallMs: Math.round(wallMs),
    isCutShort,
    ranOutOfTime,
    necessity: necessity.map(({ line, isNeeded }, index) => ({
      fault: index + 1,
      text: faultName(line),
      isNeeded,
    })),
    decisions: decisionsOf(shrunk),
    // Only a run that was recorded in full and broke is a shrunk one.
    story: tellStory(outcome, {
      necessity,
      ...(draws !== undefined && { draws }),
      ...(promise !== undefined && { promise }),
    })!,
  };
}

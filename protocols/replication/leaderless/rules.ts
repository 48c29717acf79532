/**
 * The decisions on which the promises hang, as a value. `soundRules` are the only ones that ship; a test may put one of
 * them in question by passing another.
 */
import { withSeen } from '../conflicts/context.ts';
import type { LeaderlessOptions } from './options.ts';

type Choose = (options: LeaderlessOptions) => boolean;

export interface Rules {
  /** Whether stamps hold a wall clock's time. */
  readonly trustsClocks: Choose;
  readonly writesBack: Choose;
  readonly isSloppy: Choose;
  readonly repairsReads: Choose;
  readonly comparesTrees: Choose;
  /** What tells one stamp of a node from all others of the same time: the life that gave it out, and how many it had. */
  readonly tellApart: (boot: number, count: number) => readonly [boot: number, count: number];
  /** What a write that keeps siblings has seen: what its client had, and itself. */
  readonly seen: typeof withSeen;
  /** Whether a tombstone that is old enough may be forgotten, by what each node says. */
  readonly mayForget: (says: readonly boolean[], nodes: number) => boolean;
}

export const soundRules: Rules = {
  trustsClocks: ({ timestamps }) => timestamps === 'wall-clock',
  writesBack: ({ writeBack }) => writeBack,
  isSloppy: ({ sloppyQuorum }) => sloppyQuorum,
  repairsReads: ({ readRepair }) => readRepair,
  comparesTrees: ({ antiEntropy }) => antiEntropy,
  tellApart: (boot, count) => [boot, count],
  seen: withSeen,
  // One that was away, or keeps something older for another one, would bring back what was deleted.
  mayForget: (says, nodes) => says.length === nodes && says.every((yes) => yes),
};

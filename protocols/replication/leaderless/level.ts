/** How many replicas must answer (Cassandra: consistency levels). */
import { majority } from '../../quorum.ts';
import type { LeaderlessOptions } from './options.ts';

export const levels = ['one', 'quorum', 'all'] as const;

/** A number of replicas, or a name for it: one, a majority, or all. */
export type Level = (typeof levels)[number] | number;

/** What one operation may ask for in place of what the options say. */
export interface Leveled {
  readonly level?: Level;
}

/** Never more than there are replicas, and never none. */
export function answersNeeded(level: Level, replicas: number): number {
  switch (level) {
    case 'one':
      return 1;
    case 'quorum':
      return majority(replicas);
    case 'all':
      return replicas;
    default:
      return Math.max(1, Math.min(replicas, level));
  }
}

type Configured = Pick<LeaderlessOptions, 'readLevel' | 'readReplicas' | 'writeLevel' | 'writeReplicas'>;

/** The levels of operations that ask for none. */
export const readLevelOf = ({ readReplicas, readLevel }: Configured): Level =>
  readReplicas > 0 ? readReplicas : (readLevel as Level);

export const writeLevelOf = ({ writeReplicas, writeLevel }: Configured): Level =>
  writeReplicas > 0 ? writeReplicas : (writeLevel as Level);

/** Whether each set of so many readers has a replica in common with each set of so many writers: R + W > N (Gifford 1979). */
export const overlap = (reads: number, writes: number, replicas: number): boolean =>
  reads + writes > replicas;

/** How many replicas must answer (Cassandra: consistency levels). */
import { majority } from '../../quorum.ts';

export const levels = ['one', 'quorum', 'all'] as const;

type Level = (typeof levels)[number];

export function answersNeeded(level: string, replicas: number): number {
  switch (level as Level) {
    case 'one':
      return 1;
    case 'quorum':
      return majority(replicas);
    case 'all':
      return replicas;
  }
}

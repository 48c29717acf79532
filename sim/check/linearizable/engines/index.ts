import type { Engine } from '../engine.ts';
import { appendListEngine } from './append-list.ts';
import { counterEngine } from './counter.ts';
import { growOnlySetEngine } from './grow-only-set.ts';
import { risingIdsEngine, uniqueIdsEngine } from './ids.ts';
import { lazy } from './lazy.ts';
import { mutexEngine } from './mutex.ts';
import { queueEngine } from './queue.ts';
import { setEngine } from './set.ts';
import { zones } from './zones.ts';

/** The engines in the order in which they are asked. */
export const engines: readonly Engine[] = [
  ...[zones, lazy],
  ...[queueEngine, setEngine, growOnlySetEngine, appendListEngine],
  ...[mutexEngine, counterEngine, uniqueIdsEngine, risingIdsEngine],
];

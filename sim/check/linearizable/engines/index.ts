import type { Engine } from '../engine.ts';
import { lazy } from './lazy.ts';
import { zones } from './zones.ts';

/** The engines in the order in which they are asked. */
export const engines: readonly Engine[] = [zones, lazy];

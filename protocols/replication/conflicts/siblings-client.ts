/** What a client may do with a store that keeps siblings. */
import type { Value } from '../../protocol.ts';
import type { Leveled } from '../leaderless/level.ts';
import type { Context, Found } from './resolution.ts';

/** A map whose keys may have several values at a time. Methods reject as those of `KvClient` do. */
export interface SiblingsClient {
  /** No values if there is nothing; several if nobody has overwritten them yet. */
  get(key: string, ask?: Leveled): Promise<Found>;
  /** Overwrites what was seen: everything that the `get` found from which the context comes. */
  put(key: string, value: Value, context: Context, ask?: Leveled): Promise<void>;
  delete(key: string, context: Context, ask?: Leveled): Promise<void>;
}

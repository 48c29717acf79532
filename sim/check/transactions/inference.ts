/** How much is known of the order of versions, and what may be taken for granted to know more. */

export interface Inference {
  /** How many keys were written, and of how many of them the order of all versions is known. */
  readonly keys: number;
  readonly ordered: number;
  /** How many transactions committed, as far as anybody can tell. */
  readonly transactions: number;
}

/**
 * `complete`: the order of the versions of every key is known, so every anomaly of items was looked for. `partial`:
 * what is reported is certain, but more may be hidden. `nothing`: no transaction was found to depend on another.
 */
export type InferenceStrength = 'complete' | 'partial' | 'nothing';

/** That every key by itself is sequential, or linearizable; nothing is assumed unless asked for. */
export type KeyAssumption = 'sequential-keys' | 'linearizable-keys';

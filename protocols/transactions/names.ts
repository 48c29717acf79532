/** Names of transactions, which say in what order they were given; and up to where all of them are over. No effects. */
import type { HostId } from '../host.ts';

/** Who gave the name, in which of its lives, and as which of that life; both count from 1. */
export interface Name extends Mark {
  readonly origin: HostId;
}

/** A place in the order in which one host gives names. */
export interface Mark {
  readonly life: number;
  readonly number: number;
}

/** Before all names. */
export const beginning: Mark = { life: 0, number: 0 };

/** @param suffix anything that begins with a slash, or nothing */
export const nameOf = ({ origin, life, number }: Name, suffix = ''): string =>
  `${origin}-${life}-${number}${suffix}`;

const pattern = /^(.+)-(\d+)-(\d+)(?:\/.*)?$/;

/** Null for what `nameOf` never made. */
export function parsed(name: string): Name | null {
  const found = pattern.exec(name);
  return found === null ? null : { origin: found[1]!, life: Number(found[2]), number: Number(found[3]) };
}

export const isAfter = (one: Mark, other: Mark): boolean =>
  one.life === other.life ? one.number > other.number : one.life > other.life;

/**
 * Up to this mark all transactions of one host are over but those that are listed: nothing will be done for them any more, by
 * nobody, and nobody who takes part is in doubt about one that had an effect. So who takes part may forget what it did for
 * them, if it ignores what still arrives of them: however late that is. (As a client of RIFL tells with each request which
 * is its first without an answer: Lee et al., *Implementing Linearizability at Large Scale and Low Latency*, SOSP 2015.)
 */
export type Horizon = {
  readonly life: number;
  readonly number: number;
  readonly open: readonly string[];
};

/** What one who takes part knows of the horizons of others. */
export class Horizons {
  readonly #known = new Map<HostId, Horizon>();

  /** Takes in what came with a message about this transaction; messages overtake each other. */
  learn(transaction: string, horizon: Horizon): void {
    const origin = parsed(transaction)?.origin;
    if (origin !== undefined) this.restore(origin, horizon);
  }

  restore(origin: HostId, horizon: Horizon): void {
    const known = this.#known.get(origin);
    // At the same mark, more is over where less is open.
    const isNews =
      known === undefined ||
      isAfter(horizon, known) ||
      (!isAfter(known, horizon) && horizon.open.length < known.open.length);
    if (isNews) this.#known.set(origin, horizon);
  }

  isOver(transaction: string): boolean {
    const name = parsed(transaction);
    const horizon = name === null ? undefined : this.#known.get(name.origin);
    if (name === null || horizon === undefined) return false;
    return !isAfter(name, horizon) && !horizon.open.includes(transaction);
  }

  get all(): ReadonlyMap<HostId, Horizon> {
    return this.#known;
  }
}

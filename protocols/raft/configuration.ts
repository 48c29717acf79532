/** Who takes part in decisions, and how that changes by one server at a time (thesis §4). */
import type { HostId } from '../host.ts';
import { majority, reachedByMajority } from '../quorum.ts';

export interface Configuration {
  readonly voters: readonly HostId[];
}

/** Whether the voters of whom `holds` is true form a quorum. */
export function isQuorum(configuration: Configuration, holds: (voter: HostId) => boolean): boolean {
  let count = 0;
  for (const voter of configuration.voters) if (holds(voter)) count++;
  return count >= majority(configuration.voters.length);
}

/** The largest value that a quorum has reached. */
export function reachedByQuorum(configuration: Configuration, reached: (voter: HostId) => number): number {
  return reachedByMajority(configuration.voters.map(reached));
}

export interface Change {
  readonly change: 'add' | 'remove';
  readonly server: HostId;
}

/** The configuration after a change; the same one if there is nothing to change. */
export function changed(configuration: Configuration, { change, server }: Change): Configuration {
  const { voters } = configuration;
  if (voters.includes(server) === (change === 'add')) return configuration;
  return { voters: change === 'add' ? [...voters, server] : voters.filter((voter) => voter !== server) };
}

/** What a leader looks at before it changes the configuration. */
export interface Moment {
  /** Where the latest configuration stands in its log. */
  readonly configurationIndex: number;
  readonly commitIndex: number;
  /** The term of the entry at `commitIndex`. */
  readonly commitTerm: number;
  /** The term in which it leads. */
  readonly term: number;
}

/**
 * Whether a leader may begin a change: when the one before is committed (thesis §4.1), and so is an entry of its own
 * term; before that, another leader's change may be under way that it knows nothing of (Ongaro, *bug in
 * single-server membership changes*, raft-dev, 10 July 2015).
 */
export function mayChange({ configurationIndex, commitIndex, commitTerm, term }: Moment): boolean {
  return commitIndex >= configurationIndex && commitTerm === term;
}

/** The configurations of one log. The last one counts, committed or not (thesis §4.1). */
export class Configurations {
  /** By index, the first one before the log. */
  readonly #known: { readonly index: number; readonly configuration: Configuration }[];

  constructor(initial: Configuration) {
    this.#known = [{ index: 0, configuration: initial }];
  }

  get latest(): Configuration {
    return this.#known.at(-1)!.configuration;
  }

  get latestIndex(): number {
    return this.#known.at(-1)!.index;
  }

  /**
   * Whether a server may become leader: as a member of the latest configuration, or of one before it that may still be
   * in force, since it may be needed until the latest is committed (thesis §4.2.2). Everybody else stays passive.
   */
  mayCampaign(server: HostId, commitIndex: number): boolean {
    const inForce = this.#known.findLastIndex(({ index }) => index <= commitIndex);
    return this.#known.slice(inForce).some(({ configuration }) => configuration.voters.includes(server));
  }

  /**
   * Whether a server is out for good: not in the latest configuration, and that is committed. An earlier one may be
   * from before it joined.
   */
  haveRemoved(server: HostId, commitIndex: number): boolean {
    return commitIndex >= this.latestIndex && !this.latest.voters.includes(server);
  }

  append(index: number, configuration: Configuration): void {
    this.#known.push({ index, configuration });
  }

  truncateAfter(index: number): void {
    while (this.latestIndex > index) this.#known.pop();
  }
}

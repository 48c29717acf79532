/** Leader completeness (Ongaro & Ousterhout, figure 3 and §5.4.3). */
import { showUs } from '../plain.ts';
import { type AlwaysClaim, type Observation, perHost } from './claim.ts';
import { type LogView, type ReplicatedLog, wordsOf } from './logs.ts';

/** The longest prefix seen committed in a term. */
interface Commit {
  readonly term: number;
  readonly index: number;
  readonly hash: number;
  readonly host: string;
  readonly atUs: number;
}

/**
 * What a leader's log was when it was first seen to lead, as far as it may still matter when the leader is long gone.
 * What it appends later is of its own term, so no entry committed in a lower term can be among that.
 */
interface Leader {
  readonly host: string;
  readonly incarnation: number;
  readonly term: number;
  readonly sinceUs: number;
  /** Up to here its log was compared with what was committed, or was compacted. */
  readonly base: number;
  /** Prefix hashes at `base + 1`, `base + 2` … */
  readonly hashes: number[];
}

/**
 * An entry that is committed in a term is in the log of the leader of every higher term. A commit counts from the
 * term in which some replica was first seen to know of it, or the entry's own if that is higher: it may have been
 * committed earlier, never later. Leaders are held to what was committed before their time as well as to what turns
 * out later to have been.
 */
export function leaderCompleteness<View>(
  name: string,
  about: string,
  replicated: ReplicatedLog<View>,
): AlwaysClaim {
  return {
    name,
    about,
    kind: 'always',
    start() {
      const watch = new Watch(replicated);
      return {
        observe(observation) {
          const missing = watch.observe(observation);
          if (missing === undefined) return undefined;
          const { commit, leader } = missing;
          const words = wordsOf(replicated);
          const message =
            `${leader.host} became ${words.leader} of ${words.term} ${leader.term} (seen at ${showUs(leader.sinceUs)}) without entry ` +
            `${commit.index}, or one before it, as ${commit.host} knew it to be committed in ${words.term} ${commit.term} ` +
            `(at ${showUs(commit.atUs)})`;
          const { hashes: _, ...evidence } = leader;
          return { check: name, atUs: observation.atUs, message, evidence: { leader: evidence, commit } };
        },
      };
    },
  };
}

interface Missing {
  readonly commit: Commit;
  readonly leader: Leader;
}

class Watch<View> {
  readonly #replicated: ReplicatedLog<View>;
  readonly #memoryOf = perHost<{ term: number; commitIndex: number; leader: Leader | undefined }>(() => ({
    term: -1,
    commitIndex: -1,
    leader: undefined,
  }));
  readonly #commits = new Map<number, Commit>();
  readonly #leaders: Leader[] = [];
  #leaderTermMax = -1;

  constructor(replicated: ReplicatedLog<View>) {
    this.#replicated = replicated;
  }

  observe(observation: Observation): Missing | undefined {
    const { up, state, host } = observation;
    const view = up && state !== undefined ? this.#replicated.view(state) : undefined;
    if (view === undefined) return undefined;
    const memory = this.#memoryOf(host);
    const log = this.#replicated.log(view);
    const term = this.#replicated.term(view);

    let missing: Missing | undefined;
    if (this.#replicated.leads(view)) {
      const { leader } = memory;
      if (leader === undefined || leader.term !== term || leader.incarnation !== observation.incarnation) {
        const commit = this.#committedBefore(term);
        memory.leader = this.#elected(observation, term, log, commit?.index ?? 0);
        if (commit !== undefined && !holds(log, commit)) missing = { commit, leader: memory.leader };
      }
    }

    // A log shorter than what it claims to have committed is another claim's business.
    const commitIndex = Math.min(this.#replicated.commitIndex(view), log.lastIndex);
    if (commitIndex === memory.commitIndex && term === memory.term) return missing;
    memory.commitIndex = commitIndex;
    memory.term = term;
    return missing ?? this.#committed(observation, term, log, commitIndex);
  }

  #elected({ host, incarnation, atUs }: Observation, term: number, log: LogView, compared: number): Leader {
    const base = Math.min(Math.max(compared, log.firstIndex - 1), log.lastIndex);
    const hashes: number[] = [];
    for (let index = base + 1; index <= log.lastIndex; index++) hashes.push(log.prefixHashAt(index));
    const leader: Leader = { host, incarnation, term, sinceUs: atUs, base, hashes };
    this.#leaders.push(leader);
    if (term > this.#leaderTermMax) this.#leaderTermMax = term;
    return leader;
  }

  /** The longest prefix committed in a term lower than this one. */
  #committedBefore(term: number): Commit | undefined {
    let longest: Commit | undefined;
    for (const commit of this.#commits.values()) {
      if (commit.term < term && commit.index > (longest?.index ?? 0)) longest = commit;
    }
    return longest;
  }

  #committed({ host, atUs }: Observation, seenIn: number, log: LogView, index: number): Missing | undefined {
    if (index < Math.max(1, log.firstIndex - 1)) return undefined;
    const term = Math.max(seenIn, log.termAt(index));
    const known = this.#commits.get(term);
    if (known !== undefined && known.index >= index) return undefined;
    const commit: Commit = { term, index, hash: log.prefixHashAt(index), host, atUs };
    this.#commits.set(term, commit);
    if (this.#leaderTermMax <= term) return undefined;
    const leader = this.#leaders.find((one) => one.term > term && !held(one, commit));
    return leader === undefined ? undefined : { commit, leader };
  }
}

function holds(log: LogView, commit: Commit): boolean {
  if (commit.index < log.firstIndex - 1) return true;
  return commit.index <= log.lastIndex && log.prefixHashAt(commit.index) === commit.hash;
}

/** As `holds`, from what is remembered of the leader's log. */
function held(leader: Leader, commit: Commit): boolean {
  if (commit.index <= leader.base) return true;
  return leader.hashes[commit.index - leader.base - 1] === commit.hash;
}

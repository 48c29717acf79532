/** Atomic commitment (Bernstein, Hadzilacos & Goodman, *Concurrency Control and Recovery*, 1987, §7.3: AC1 to AC5). */
import { show, showUs } from '../plain.ts';
import { type AlwaysClaim, always } from './claim.ts';

/** What a process shows of a transaction. */
export interface Ballot {
  readonly transaction: string;
  /** Who must vote yes; known to some process, at the latest when it decides. */
  readonly participants?: readonly string[];
  /** Its own vote. */
  readonly vote?: 'yes' | 'no';
  /** Its decision, once it has reached one. */
  readonly decision?: 'commit' | 'abort';
}

export interface CommitmentOptions {
  /** Every message arrives in time and nothing fails: then AC4 is judged, too. */
  readonly isFailureFree?: boolean;
}

interface Vote {
  readonly vote: 'yes' | 'no';
  readonly atUs: number;
}

interface Decision {
  readonly decision: 'commit' | 'abort';
  readonly host: string;
  readonly atUs: number;
}

interface Known {
  participants: readonly string[] | undefined;
  readonly votes: Map<string, Vote>;
  readonly decisions: Map<string, Decision>;
}

/**
 * AC1: all processes that reach a decision reach the same one. AC2: a process cannot reverse its decision, not even
 * by being restarted. AC3: commit can only be reached if all processes voted yes. AC4: without failures, if all voted
 * yes, it is reached. A vote counts once it was shown, though it is forgotten later. AC5, that all decide in the end,
 * is `pendingAtMost` over the transactions that are in doubt.
 */
export function atomicCommitment(
  name: string,
  about: string,
  ballots: (state: unknown) => Iterable<Ballot> | undefined,
  { isFailureFree = false }: CommitmentOptions = {},
): AlwaysClaim {
  return always(name, about, () => {
    const transactions = new Map<string, Known>();
    return ({ host, up, state, atUs }) => {
      if (!up || state === undefined) return undefined;
      for (const ballot of ballots(state) ?? []) {
        const { transaction } = ballot;
        let known = transactions.get(transaction);
        if (known === undefined) {
          known = { participants: undefined, votes: new Map(), decisions: new Map() };
          transactions.set(transaction, known);
        }
        known.participants ??= ballot.participants;
        if (ballot.vote !== undefined && !known.votes.has(host))
          known.votes.set(host, { vote: ballot.vote, atUs });
        if (ballot.decision === undefined) continue;
        const own = known.decisions.get(host);
        if (own?.decision === ballot.decision) continue;
        const decided: Decision = { decision: ballot.decision, host, atUs };
        const problem = problemOf(known, decided, own, isFailureFree);
        known.decisions.set(host, decided);
        if (problem === undefined) continue;
        const [rule, words, other] = problem;
        return {
          message: `transaction ${show(transaction)}: ${words} (${rule})`,
          evidence: { rule, transaction, decided, ...other },
        };
      }
      return undefined;
    };
  });
}

type Problem = readonly [rule: string, words: string, evidence: object];

function problemOf(
  { participants, votes, decisions }: Known,
  { decision, host, atUs }: Decision,
  own: Decision | undefined,
  isFailureFree: boolean,
): Problem | undefined {
  const when = showUs(atUs);
  if (own !== undefined) {
    const words = `${host} decided to ${own.decision} at ${showUs(own.atUs)} and to ${decision} at ${when}`;
    return ['AC2', words, { before: own }];
  }
  for (const other of decisions.values()) {
    if (other.decision === decision) continue;
    const words = `${other.host} decided to ${other.decision} at ${showUs(other.atUs)}, and ${host} to ${decision} at ${when}`;
    return ['AC1', words, { other }];
  }
  const no = [...votes].find(([, { vote }]) => vote === 'no');
  if (decision === 'commit') {
    if (no !== undefined) {
      const words = `${host} decided to commit at ${when}, although ${no[0]} had voted no at ${showUs(no[1].atUs)}`;
      return ['AC3', words, { voter: no[0] }];
    }
    const silent = participants?.find((one) => !votes.has(one));
    if (silent === undefined) return undefined;
    return [
      'AC3',
      `${host} decided to commit at ${when}, although ${silent} had not voted`,
      { voter: silent },
    ];
  }
  if (!isFailureFree || no !== undefined || participants === undefined) return undefined;
  if (participants.some((one) => !votes.has(one))) return undefined;
  const words = `${host} decided to abort at ${when}, although nothing failed and all had voted yes`;
  return ['AC4', words, { participants }];
}

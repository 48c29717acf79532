/**
 * Properties of replicated logs (Ongaro & Ousterhout, *In Search of an Understandable Consensus Algorithm*, figure 3).
 * Logs show hashes of their prefixes, so that two prefixes compare in constant time.
 */
import { showUs } from '../plain.ts';
import { type AlwaysClaim, always, type Observation, perHost } from './claim.ts';

export interface LogView {
  /** The first entry that has not been compacted away; 1 in a whole log. */
  readonly firstIndex: number;
  readonly lastIndex: number;
  /** For `firstIndex - 1` to `lastIndex`; 0 before the first entry. */
  termAt(index: number): number;
  /** A hash of the entries 1 to `index`, for `firstIndex - 1` to `lastIndex`: equal exactly if the entries are. */
  prefixHashAt(index: number): number;
}

/** How a replicated log is read off what hosts expose. */
export interface ReplicatedLog<View> {
  /** What they are called; leader and term unless given. */
  readonly words?: { readonly leader: string; readonly term: string };
  /** `undefined` for a state that is no replica's, such as a client's. */
  view(state: unknown): View | undefined;
  leads(view: View): boolean;
  term(view: View): number;
  commitIndex(view: View): number;
  lastApplied(view: View): number;
  /** A hash of the state machine after `lastApplied`. */
  stateHash(view: View): number;
  log(view: View): LogView;
}

const none = -1;

export const wordsOf = <View>({ words }: ReplicatedLog<View>) => words ?? { leader: 'leader', term: 'term' };

function viewIn<View>(replicated: ReplicatedLog<View>, { up, state }: Observation): View | undefined {
  return up && state !== undefined ? replicated.view(state) : undefined;
}

/** A leader never overwrites or deletes entries of its log, it only appends (§5.3). */
export function leaderAppendOnly<View>(
  name: string,
  about: string,
  replicated: ReplicatedLog<View>,
): AlwaysClaim {
  return always(name, about, () => {
    const lastOf = perHost(() => ({ term: none, incarnation: none, lastIndex: 0, hash: 0 }));
    return (observation) => {
      const { host, incarnation, atUs } = observation;
      const last = lastOf(host);
      const view = viewIn(replicated, observation);
      if (view === undefined || !replicated.leads(view)) {
        last.term = none;
        return undefined;
      }
      const term = replicated.term(view);
      const log = replicated.log(view);
      const { lastIndex } = log;
      const wasLeader = last.term === term && last.incarnation === incarnation;
      const before = last.lastIndex;
      const kept =
        !wasLeader ||
        (lastIndex >= before && (before < log.firstIndex - 1 || log.prefixHashAt(before) === last.hash));
      last.term = term;
      last.incarnation = incarnation;
      last.lastIndex = lastIndex;
      last.hash = log.prefixHashAt(lastIndex);
      if (kept) return undefined;
      const what =
        lastIndex < before
          ? `deleted entries: its log ended at ${before} and now ends at ${lastIndex}`
          : `overwrote an entry up to ${before} of its log`;
      const { leader, term: span } = wordsOf(replicated);
      const message = `${host}, ${leader} of ${span} ${term}, ${what} at ${showUs(atUs)}`;
      return { message, evidence: { host, term, lastIndexBefore: before, lastIndex } };
    };
  });
}

interface Witness {
  readonly hash: number;
  readonly host: string;
  readonly atUs: number;
}

interface EntryWitness extends Witness {
  readonly term: number;
  /** Another entry seen at this index. */
  readonly sibling: EntryWitness | undefined;
}

/** The first entry whose prefix hash is known: the last one that was compacted away, if there is one. */
const firstShown = (log: LogView): number => Math.max(1, log.firstIndex - 1);

/** If two logs contain an entry with the same index and term, they are identical up to that entry (§5.3). */
export function logMatching<View>(name: string, about: string, replicated: ReplicatedLog<View>): AlwaysClaim {
  return always(name, about, () => {
    const lastOf = perHost(() => ({ incarnation: none, lastIndex: 0, hash: 0 }));
    // By index. What is known of an entry is known of all entries before it in the same log.
    const known: (EntryWitness | undefined)[] = [];
    return (observation) => {
      const view = viewIn(replicated, observation);
      if (view === undefined) return undefined;
      const { host, incarnation, atUs } = observation;
      const last = lastOf(host);
      const log = replicated.log(view);
      const { lastIndex } = log;
      const hash = log.prefixHashAt(lastIndex);
      if (last.lastIndex === lastIndex && last.hash === hash && last.incarnation === incarnation)
        return undefined;
      last.incarnation = incarnation;
      last.lastIndex = lastIndex;
      last.hash = hash;
      let clash: { index: number; other: EntryWitness } | undefined;
      for (let index = lastIndex; index >= firstShown(log); index--) {
        const term = log.termAt(index);
        const hashHere = log.prefixHashAt(index);
        let other = known[index];
        while (other !== undefined && other.term !== term) other = other.sibling;
        if (other === undefined) known[index] = { term, hash: hashHere, host, atUs, sibling: known[index] };
        else if (other.hash === hashHere) break;
        else clash = { index, other };
      }
      if (clash === undefined) return undefined;
      const { index, other } = clash;
      const { term } = other;
      const message =
        `${other.host} (at ${showUs(other.atUs)}) and ${host} (at ${showUs(atUs)}) both hold an entry ${index} of ` +
        `${wordsOf(replicated).term} ${term}, but their logs up to it differ`;
      return { message, evidence: { index, term, first: other.host, second: host } };
    };
  });
}

/** Two replicas never commit different entries at an index, nor apply different ones (§5.4.3); a commit is for good. */
export function stateMachineSafety<View>(
  name: string,
  about: string,
  replicated: ReplicatedLog<View>,
): AlwaysClaim {
  return always(name, about, () => {
    const lastOf = perHost(() => ({ commitIndex: none, hash: 0, applied: none, stateHash: 0 }));
    const committed: Witness[] = [];
    const applied: Witness[] = [];

    /** Compares a committed prefix with what is known; on the first commit of an entry, makes it known. */
    function commitClash(log: LogView, commitIndex: number, host: string, atUs: number) {
      let clash: { index: number; other: Witness } | undefined;
      for (let index = commitIndex; index >= firstShown(log); index--) {
        const other = committed[index];
        const hash = log.prefixHashAt(index);
        if (other === undefined) committed[index] = { hash, host, atUs };
        else if (other.hash === hash) break;
        else clash = { index, other };
      }
      return clash;
    }

    return (observation) => {
      const view = viewIn(replicated, observation);
      if (view === undefined) return undefined;
      const { host, atUs } = observation;
      const last = lastOf(host);
      const log = replicated.log(view);
      const commitIndex = replicated.commitIndex(view);
      if (commitIndex > log.lastIndex) {
        const message =
          `${host} has committed the entries up to ${commitIndex}, ` +
          `but at ${showUs(atUs)} its log ends at ${log.lastIndex}`;
        return { message, evidence: { host, commitIndex, lastIndex: log.lastIndex } };
      }
      const hash = commitIndex < log.firstIndex - 1 ? 0 : log.prefixHashAt(commitIndex);
      if (commitIndex !== last.commitIndex || hash !== last.hash) {
        last.commitIndex = commitIndex;
        last.hash = hash;
        const clash = commitClash(log, commitIndex, host, atUs);
        if (clash !== undefined) {
          const { index, other } = clash;
          const message =
            `the entry committed at index ${index} is not the same everywhere: ${other.host} had one at ` +
            `${showUs(other.atUs)}, ${host} another at ${showUs(atUs)}`;
          return { message, evidence: { index, first: other.host, second: host } };
        }
      }
      const index = replicated.lastApplied(view);
      const stateHash = replicated.stateHash(view);
      if (index === last.applied && stateHash === last.stateHash) return undefined;
      last.applied = index;
      last.stateHash = stateHash;
      const other = applied[index];
      if (other === undefined) applied[index] = { hash: stateHash, host, atUs };
      if (other === undefined || other.hash === stateHash) return undefined;
      const message =
        `after applying the entries up to ${index}, the state of ${host} at ${showUs(atUs)} is not the one ` +
        `that ${other.host} had at ${showUs(other.atUs)}`;
      return { message, evidence: { index, first: other.host, second: host } };
    };
  });
}

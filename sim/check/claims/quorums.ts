/** Quorums: sizes that must overlap (Gifford, *Weighted Voting*, SOSP 1979), and configurations that follow each other. */
import { canonical, showUs } from '../plain.ts';
import { type AlwaysClaim, always } from './claim.ts';

/** What is wrong with the sizes of quorums, in words: R + W > N, and W > N/2; nothing if all is well. */
export function quorumSizesProblem(replicas: number, read: number, write: number): string | undefined {
  if (read < 1 || write < 1 || read > replicas || write > replicas) {
    return `quorums of ${read} and ${write} do not fit ${replicas} replicas`;
  }
  if (read + write <= replicas) {
    return `a read of ${read} and a write of ${write} replicas may miss each other among ${replicas}: R + W > N is needed`;
  }
  if (2 * write <= replicas) {
    return `two writes of ${write} replicas may miss each other among ${replicas}: W > N/2 is needed`;
  }
  return undefined;
}

/** Groups of members; a quorum has a majority of each. A joint configuration has two groups. */
export type Configuration = readonly (readonly string[])[];

const membersMax = 20;

/**
 * A quorum of the one and a quorum of the other that have no member in common; nothing if every two meet.
 * @throws RangeError if there are more than 20 members in all
 */
export function disjointQuorums(
  first: Configuration,
  second: Configuration,
): readonly [string[], string[]] | undefined {
  const members = [...new Set([...first, ...second].flat())].sort();
  if (members.length > membersMax)
    throw new RangeError(`${members.length} members are more than ${membersMax}`);
  const groupsOf = (configuration: Configuration): number[] =>
    configuration.map((group) =>
      members.reduce((bits, member, at) => (group.includes(member) ? bits | (1 << at) : bits), 0),
    );
  const [ours, theirs] = [groupsOf(first), groupsOf(second)];
  const isQuorum = (groups: readonly number[], chosen: number): boolean =>
    groups.every((group) => 2 * bitsIn(group & chosen) > bitsIn(group));
  const all = (1 << members.length) - 1;
  for (let chosen = 0; chosen <= all; chosen++) {
    const rest = all & ~chosen;
    if (!isQuorum(ours, chosen) || !isQuorum(theirs, rest)) continue;
    const named = (bits: number): string[] => members.filter((_, at) => (bits >> at) & 1);
    return [named(chosen), named(rest)];
  }
  return undefined;
}

function bitsIn(bits: number): number {
  let count = 0;
  for (let left = bits; left !== 0; left &= left - 1) count++;
  return count;
}

/** The configuration that a host decides by, and its place in the order of configurations. */
export interface NumberedConfiguration {
  readonly number: number;
  readonly groups: Configuration;
}

/**
 * Every two configurations that hosts decide by, where none between them has been seen, have quorums that meet; and one
 * number has one configuration (Ongaro, *Consensus: Bridging Theory and Practice*, 2014, §4.1).
 */
export function successiveQuorumsMeet(
  name: string,
  about: string,
  configuration: (state: unknown) => NumberedConfiguration | undefined,
): AlwaysClaim {
  return always(name, about, () => {
    const seen: { number: number; groups: Configuration; host: string; atUs: number }[] = [];
    const lastOf = new Map<string, Configuration>();
    return ({ host, up, state, atUs }) => {
      const shown = up && state !== undefined ? configuration(state) : undefined;
      if (shown === undefined || lastOf.get(host) === shown.groups) return undefined;
      lastOf.set(host, shown.groups);
      const { number } = shown;
      const at = seen.findIndex((one) => one.number >= number);
      const same = at === -1 ? undefined : seen[at];
      if (same?.number === number) {
        if (canonical(sorted(same.groups)) === canonical(sorted(shown.groups))) return undefined;
        const message =
          `configuration ${number} is ${groupsInWords(same.groups)} for ${same.host} at ${showUs(same.atUs)}, but ` +
          `${groupsInWords(shown.groups)} for ${host} at ${showUs(atUs)}`;
        return { message, evidence: { number, first: same.groups, second: shown.groups } };
      }
      const place = at === -1 ? seen.length : at;
      const own = { number, groups: shown.groups.map((group) => [...group]), host, atUs };
      seen.splice(place, 0, own);
      for (const other of [seen[place - 1], seen[place + 1]]) {
        if (other === undefined) continue;
        const apart = disjointQuorums(own.groups, other.groups);
        if (apart === undefined) continue;
        const message =
          `configuration ${number}, ${groupsInWords(own.groups)}, by which ${host} decides at ${showUs(atUs)}, and ` +
          `configuration ${other.number}, ${groupsInWords(other.groups)}, by which ${other.host} decided at ` +
          `${showUs(other.atUs)}, can decide apart: ${apart[0].join(', ')} here and ${apart[1].join(', ')} there`;
        return { message, evidence: { first: own, second: other, apart } };
      }
      return undefined;
    };
  });
}

const sorted = (groups: Configuration): string[] => groups.map((group) => [...group].sort().join()).sort();
const groupsInWords = (groups: Configuration): string =>
  groups.map((group) => `{${group.join(', ')}}`).join(' and ');

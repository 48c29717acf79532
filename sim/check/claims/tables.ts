/** Numbers and entries by name, such as fencing tokens by resource and members by incarnation. */
import { show, showUs } from '../plain.ts';
import { type AlwaysClaim, always, changes, perHost, type Revision } from './claim.ts';

/** How numbers by name are read off what hosts expose. */
export interface NumberTable {
  /** What a number is called: `fencing token`. */
  readonly noun: string;
  readonly restarts: 'may take it back' | 'keep it';
  numbers(state: unknown): Iterable<readonly [of: string, value: number]> | undefined;
  /** What a number means, in words; the number itself unless given. */
  inWords?(value: number): string;
  readonly revision?: Revision;
}

/**
 * No number of a host's table decreases. With the token that a resource last accepted this is fencing (Kleppmann, *How
 * to do distributed locking*, 2016); with the incarnations that a member knows of others it is SWIM's order of
 * suspicion (Das, Gupta & Motivala, DSN 2002, §4.2). A name that is missing for a while does not lose its number.
 */
export function tableNeverGoesBack(name: string, about: string, table: NumberTable): AlwaysClaim {
  return always(name, about, () => {
    const memoryOf = perHost(() => ({
      incarnation: -1,
      last: new Map<string, { value: number; atUs: number }>(),
    }));
    const hasChanged = changes(table.revision);
    const { inWords = String } = table;
    return (observation) => {
      const { host, incarnation, up, state, atUs } = observation;
      if (!up || state === undefined || !hasChanged(observation)) return undefined;
      const numbers = table.numbers(state);
      if (numbers === undefined) return undefined;
      const memory = memoryOf(host);
      if (memory.incarnation !== incarnation && table.restarts === 'may take it back') memory.last.clear();
      memory.incarnation = incarnation;
      for (const [of, value] of numbers) {
        const before = memory.last.get(of);
        if (before?.value === value) continue;
        memory.last.set(of, { value, atUs });
        if (before === undefined || before.value < value) continue;
        const message =
          `the ${table.noun} of ${show(of)} at ${host} went back from ${inWords(before.value)}, reached at ` +
          `${showUs(before.atUs)}, to ${inWords(value)} at ${showUs(atUs)}`;
        return { message, evidence: { host, of, before: before.value, after: value } };
      }
      return undefined;
    };
  });
}

/** An entry as a host shows it. */
export interface Entry {
  readonly key: string;
  /** Grows with every change of the entry, deletion included; texts grow as JavaScript compares them. */
  readonly version: number | string;
  /** The version in words; as it is unless given. */
  readonly inWords?: string;
  readonly isDeleted: boolean;
}

/**
 * What a host has shown as deleted it never shows alive again, unless in a newer version, be it after it has forgotten
 * the tombstone or been restarted.
 */
export function deletedStaysDeleted(
  name: string,
  about: string,
  entries: (state: unknown) => Iterable<Entry> | undefined,
  revision?: Revision,
): AlwaysClaim {
  return always(name, about, () => {
    type Deletion = Pick<Entry, 'version' | 'inWords'> & { atUs: number };
    const deletedAt = perHost(() => new Map<string, Deletion>());
    const hasChanged = changes(revision);
    return (observation) => {
      const { host, up, state, atUs } = observation;
      if (!up || state === undefined || !hasChanged(observation)) return undefined;
      const deleted = deletedAt(host);
      for (const { key, version, inWords, isDeleted } of entries(state) ?? []) {
        const known = deleted.get(key);
        if (isDeleted) {
          if (known === undefined || known.version < version) {
            deleted.set(key, { version, ...(inWords !== undefined && { inWords }), atUs });
          }
          continue;
        }
        if (known === undefined || known.version < version) continue;
        const message =
          `${host} shows ${show(key)} in version ${inWords ?? version} at ${showUs(atUs)}, although it showed it ` +
          `deleted in version ${known.inWords ?? known.version} at ${showUs(known.atUs)}`;
        return { message, evidence: { host, key, version, deleted: known } };
      }
      return undefined;
    };
  });
}

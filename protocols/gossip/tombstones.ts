/**
 * When a tombstone may be forgotten, and how it is told that something unknown is not new but was deleted.
 *
 * A tombstone that is dropped by age alone lets a host that was away for longer bring back what it deletes (Demers et
 * al. §2). The paper keeps *dormant* certificates at some hosts, for longer, which makes that improbable. A host that was
 * away could also throw away all it has and begin anew, but then writes that it alone has are lost, and of two halves of
 * a network neither knows which one was away. So here *every* host keeps the certificate, dormant in that it is sent to
 * nobody who has it, until it knows of every other one that it has it as well.
 *
 * That is exact. Let e be older than the tombstone D of its key. The writer of e wrote it before it saw D. A host that
 * forgets D has been told by that writer, with all that it lacked, that it has seen D; so it has seen all that the
 * writer wrote before, e too. It knows e for forgotten, however late a copy comes.
 */
import { hasSeen, type Seen, type Stamp } from './entries.ts';

export interface TombstoneRules {
  readonly mayForget: typeof mayForget;
  readonly wasForgotten: typeof wasForgotten;
}

export interface Standing {
  /** Milliseconds since it was learnt here. */
  readonly age: number;
  readonly lifetime: number;
  readonly seen: Seen;
  /** Of each other host what it said that it has seen, when it handed over all that was lacking here; if it did. */
  readonly seenBy: readonly (Seen | undefined)[];
}

export function mayForget(tombstone: Stamp, standing: Standing): boolean {
  const { age, lifetime, seen } = standing;
  if (age < lifetime || !hasSeen(seen, tombstone)) return false;
  return standing.seenBy.every((one) => one !== undefined && hasSeen(one, tombstone));
}

/** Whether an entry of a key of which nothing is known here was known, and superseded by a deletion. */
export function wasForgotten(entry: Stamp, seen: Seen): boolean {
  return hasSeen(seen, entry);
}

export const ownRules: TombstoneRules = { mayForget, wasForgotten };

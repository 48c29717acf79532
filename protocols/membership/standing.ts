/**
 * What a member is believed to be, and which news of it override which: Das, Gupta & Motivala, *SWIM: Scalable
 * Weakly-consistent Infection-style Process Group Membership Protocol*, DSN 2002, §4.2.
 *
 * In the paper a member that was confirmed as failed never comes back. Here it may, under its name and with a higher
 * incarnation, so *dead* bears an incarnation too, and overrides only up to it. *Left* is what a member says of itself
 * when it leaves of its own accord (§3.2), and the last word on that incarnation.
 */
import type { HostId } from '../host.ts';

export type Status = 'alive' | 'suspect' | 'dead' | 'left';

export type Standing = {
  readonly status: Status;
  /** Raised by the member alone. */
  readonly incarnation: number;
};

export type News = Standing & { readonly member: HostId };

const ranks: Readonly<Record<Status, number>> = { alive: 0, suspect: 1, dead: 2, left: 3 };

/** A number that grows with whatever overrides. */
export const rankOf = ({ status, incarnation }: Standing): number => 4 * incarnation + ranks[status];

/** What a rank says, in words: `dead in incarnation 2`. */
export function rankText(rank: number): string {
  const status = Object.keys(ranks)[rank % 4];
  return `${status} in incarnation ${Math.floor(rank / 4)}`;
}

/** Whether news replace what is known of a member: a higher incarnation does, and worse news of the same one. */
export function overrides(news: Standing, known: Standing): boolean {
  return rankOf(news) > rankOf(known);
}

/** The incarnation with which a member refutes what is said of it; undefined if there is nothing to refute. */
export function refutation(own: number, said: Standing): number | undefined {
  if (said.incarnation < own || (said.status === 'alive' && said.incarnation === own)) return undefined;
  return said.incarnation + 1;
}

/** The incarnation with which a server becomes a member, after `last`: it may have left as that. */
export function entering(last: number): number {
  return last + 1;
}

/** How often news are passed on: λ log n, with λ of 3 (§4.1). */
export function sendingsMax(members: number): number {
  return 3 * Math.max(1, 32 - Math.clz32(members));
}

/**
 * For how long a suspect may refute, in milliseconds: `suspicion` in a group of up to ten, and longer with the logarithm
 * of a larger one, since that is how long news take to reach it and to come back (as in HashiCorp's memberlist).
 */
export function suspicionMs(suspicion: number, members: number): number {
  // In thousandths, so that no last bit of a logarithm decides anything.
  return (suspicion * Math.max(1000, Math.round(1000 * Math.log10(members)))) / 1000;
}

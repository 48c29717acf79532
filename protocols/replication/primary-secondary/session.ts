/**
 * What a session carries along so that it never sees less than it did before, whoever answers (Terry et al., *Session
 * Guarantees for Weakly Consistent Replicated Data*, PDIS 1994, §5). There is one log, so a place in it is enough where
 * the paper needs version vectors: one for what the session has written, which makes it read its writes, and one for
 * what it has read, which makes its reads monotonic. The greater of the two does both.
 */

/** What a session did to learn of a place in the log. */
export type Deed = 'read' | 'write';

/** The token of a session that had `token`, and then wrote at `index` or read what a server had applied up to there. */
export function tokenAfter(token: number, index: number, _deed: Deed): number {
  return Math.max(token, index);
}

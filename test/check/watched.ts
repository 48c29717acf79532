/** Claims under test: hosts show states, one a second. */
import type { AlwaysClaim, FinallyClaim, Observation } from '../../sim/check/index.ts';

/** Who shows what; the second is counted unless said. A state of `down` is a host that is down. */
export type Shown = readonly [host: string, state: unknown, seconds?: number, incarnation?: number];

function* observations(shown: readonly Shown[]): Generator<Observation> {
  for (const [seq, [host, state, seconds = seq, incarnation = 1]] of shown.entries()) {
    const isDown = state === 'down';
    const atUs = seconds * 1_000_000;
    yield { seq, atUs, host, incarnation, up: !isDown, state: isDown ? undefined : state };
  }
}

/** The messages of all violations. */
export function complaints(claim: AlwaysClaim, ...shown: Shown[]): string[] {
  const fold = claim.start();
  const messages: string[] = [];
  for (const observation of observations(shown)) {
    const violation = fold.observe(observation);
    if (violation === undefined) continue;
    messages.push(violation.message);
    if (violation.check !== claim.name || violation.atUs !== observation.atUs) messages.push('mislabelled');
  }
  return messages;
}

/** The first message if it is broken, otherwise the verdict's name. */
export function endOf(claim: FinallyClaim, ...shown: Shown[]): string {
  const fold = claim.start();
  for (const observation of observations(shown)) fold.observe(observation);
  const verdict = fold.judge();
  return verdict.verdict === 'broken' ? verdict.violations[0].message : verdict.verdict;
}

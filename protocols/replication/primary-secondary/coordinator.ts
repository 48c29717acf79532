/**
 * One attempt at a failover by the secondary that misses its primary first: it asks whether others miss it as well, has
 * an epoch promised by enough of them, and names the freshest of these primary.
 */
import { type Answer, type Ask, type HostId, isRefused, isTimedOut } from '../../host.ts';
import type { LogEnd } from '../../raft/log.ts';
import type { PrimarySecondaryWire } from './messages.ts';
import type { Office } from './primary.ts';

/** What a coordinator needs from its server besides what a primary does. */
export interface Chair extends Office {
  /** Milliseconds for which it waits for an answer. */
  readonly answerMs: number;
  /** Whether this server still misses a primary, and has promised nothing later than `epoch`. */
  isVacant(epoch: number): boolean;
  /** Makes this server promise itself the epoch; false if the disk failed. */
  promiseItself(epoch: number): Promise<boolean>;
  /** Makes this server primary of an epoch that it was named for. */
  takeOffice(epoch: number): Promise<boolean>;
}

/** Resolves when the attempt is over, with whether it got as far as a new epoch. */
export async function failOver(chair: Chair): Promise<boolean> {
  const { host, options, quorums, replica, rules, statistics } = chair;
  const epoch = replica.pledges.epoch + 1;
  const agreeing = new Set([host.id]);
  await askOthers(chair, 'suspect', { epoch }, (answer, from) => {
    if (answer.epoch > replica.pledges.epoch) chair.onEpoch(answer.epoch);
    if (answer.agrees) agreeing.add(from);
    return agreeing.size >= quorums.promises;
  });
  if (agreeing.size < quorums.promises || !chair.isVacant(epoch - 1)) return false;

  host.log('failover started', { epoch });
  if (!(await chair.promiseItself(epoch)) || !chair.isVacant(epoch)) return true;
  const ends = new Map<HostId, LogEnd>([[host.id, endOf(replica.log)]]);
  await askOthers(chair, 'promise', { epoch }, (answer, from) => {
    if (answer.epoch > replica.pledges.epoch) chair.onEpoch(answer.epoch);
    if (answer.granted) ends.set(from, answer.end);
    return ends.size >= quorums.promises;
  });
  // Nothing says that one of these has all that was acknowledged: who answers a little later may have more.
  if (options.mode === 'asynchronous') await host.clock.sleep(options.heartbeatInterval);
  if (ends.size < quorums.promises || !chair.isVacant(epoch)) return true;

  const chosen = rules.freshest(ends);
  if (chosen === host.id) {
    if (await chair.takeOffice(epoch)) statistics.failovers++;
    return true;
  }
  host.log('primary named', { epoch, primary: chosen });
  const answer = await attempt(chair, chosen, 'promote', { epoch });
  if (answer?.accepted) statistics.failovers++;
  return true;
}

export const endOf = ({ lastIndex, lastTerm }: LogEnd): LogEnd => ({ lastIndex, lastTerm });

/** Asks all others at once; resolves when `isEnough` says so of an answer, or when nobody is left to answer. */
function askOthers<K extends 'suspect' | 'promise'>(
  chair: Chair,
  kind: K,
  ask: Ask<PrimarySecondaryWire, K>,
  isEnough: (answer: Answer<PrimarySecondaryWire, K>, from: HostId) => boolean,
): Promise<void> {
  const { host } = chair;
  return new Promise((resolve) => {
    const others = host.peers.filter((peer) => peer !== host.id);
    const asked = others.map(async (peer) => {
      const answer = await attempt(chair, peer, kind, ask);
      if (answer !== null && isEnough(answer, peer)) resolve();
    });
    void Promise.all(asked).then(() => resolve());
  });
}

/** The answer, or null if there is none in time. */
async function attempt<K extends 'suspect' | 'promise' | 'promote'>(
  { host, answerMs }: Chair,
  to: HostId,
  kind: K,
  ask: Ask<PrimarySecondaryWire, K>,
): Promise<Answer<PrimarySecondaryWire, K> | null> {
  try {
    return await host.call(to, kind, ask, { timeoutMs: answerMs });
  } catch (error) {
    if (!isTimedOut(error) && !isRefused(error)) throw error;
    return null;
  }
}

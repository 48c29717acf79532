/** Locks that a primary keeps, as a client asks for them that has to find it. */
import { type Answer, type Ask, type Host, type HostId, isRefused, isTimedOut, Refused } from '../../host.ts';
import type { Backend } from '../backend.ts';
import type { Held, LockWire } from '../messages.ts';
import type { Relayed, ReplicatedWire, Request } from './messages.ts';

/** For how many timeouts a node that was silent is asked by way of others. */
const relayTimeouts = 20;

export function replicatedLocks(
  host: Host<ReplicatedWire>,
  nodes: readonly HostId[],
  { callTimeout: timeoutMs }: { readonly callTimeout: number },
): Backend {
  /** Who was the primary last, or is asked next. */
  let at = 0;
  /** Who did not answer: it may be the primary still, and until then others are asked to pass requests on. */
  let silent: { readonly node: HostId; readonly untilMs: number } | null = null;
  const ask = async <K extends Request>(kind: K, what: Ask<LockWire, K>): Promise<Answer<LockWire, K>> => {
    let refusal = new Refused('there are no nodes');
    /** Who is there, but is not the primary. */
    let replica: HostId | null = null;
    if (silent !== null && host.clock.elapsed() >= silent.untilMs) silent = null;
    for (let tries = 0; tries < nodes.length; tries += 1) {
      const node = nodes[at % nodes.length]!;
      const by: HostId | null = node === silent?.node ? replica : null;
      try {
        return await (by === null ? host.call(node, kind, what, { timeoutMs }) : relayed(by, kind, what));
      } catch (error) {
        // It is gone, or is not the primary: another one may be.
        at = nodes.indexOf(node) + 1;
        if (isTimedOut(error)) silent = { node, untilMs: host.clock.elapsed() + relayTimeouts * timeoutMs };
        if (!isRefused(error)) throw error;
        refusal = error;
        replica = by ?? node;
      }
    }
    throw refusal;
  };
  const relayed = async <K extends Request>(
    replica: HostId,
    kind: K,
    what: Ask<LockWire, K>,
  ): Promise<Answer<LockWire, K>> => {
    const relay = { kind, ask: what } as Relayed;
    const answer = await host.call(replica, 'relay', relay, { timeoutMs: 2 * timeoutMs });
    // The same way the next time: the replica first, which says that it is none, and then through it.
    at = nodes.indexOf(replica);
    return answer as Answer<LockWire, K>;
  };
  const abandon = (held: Held) => {
    // Whichever of them is the primary now, or will be when this arrives.
    for (const node of nodes) {
      // What nobody releases ends by itself.
      host.call(node, 'release', held, { timeoutMs }).catch((error: unknown) => {
        if (!isTimedOut(error) && !isRefused(error)) throw error;
      });
    }
  };
  return {
    keepsLines: true,
    async claim(what) {
      try {
        return await ask('acquire', what);
      } catch (error) {
        if (isTimedOut(error) && !what.fair) abandon(what);
        if (isTimedOut(error) || isRefused(error)) return null;
        throw error;
      }
    },
    extend: (what) => ask('renew', what),
    release: (what) => ask('release', what),
    abandon,
    info: (key) => ask('info', { key }),
    forceUnlock: (key) => ask('forceUnlock', { key }),
  };
}

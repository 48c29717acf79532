/** Locks that a primary keeps, as a client asks for them that has to find it. */
import { type Answer, type Ask, type Host, type HostId, isRefused, isTimedOut, Refused } from '../../host.ts';
import type { Backend } from '../backend.ts';
import type { Held, LockWire } from '../messages.ts';

export function replicatedLocks(
  host: Host<LockWire>,
  nodes: readonly HostId[],
  { callTimeout: timeoutMs }: { readonly callTimeout: number },
): Backend {
  /** Who was the primary last, or is asked next. */
  let at = 0;
  const ask = async <K extends keyof LockWire>(
    kind: K,
    what: Ask<LockWire, K>,
  ): Promise<Answer<LockWire, K>> => {
    let refusal = new Refused('there are no nodes');
    for (let tries = 0; tries < nodes.length; tries += 1) {
      const node = nodes[at % nodes.length]!;
      try {
        return await host.call(node, kind, what, { timeoutMs });
      } catch (error) {
        // It is gone, or is not the primary: another one may be.
        at = nodes.indexOf(node) + 1;
        if (!isRefused(error)) throw error;
        refusal = error;
      }
    }
    throw refusal;
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

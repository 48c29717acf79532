/** A lock on one node (*Distributed Locks with Redis*, "Correct implementation with a single instance"). */
import { type Host, type HostId, isTimedOut } from '../host.ts';
import type { Backend } from './backend.ts';
import type { Held, LockWire } from './messages.ts';
import type { NodeOptions } from './options.ts';
import type { LockRules } from './rules.ts';

export function singleNode(
  host: Host<LockWire>,
  node: HostId,
  { callTimeout: timeoutMs }: NodeOptions,
  rules: LockRules,
): Backend {
  const asking = askingOf(host, node, timeoutMs);
  const abandon = ({ key, owner }: Held) => host.send(node, 'release', { key, owner });
  return {
    keepsLines: true,
    async claim(ask) {
      try {
        return await rules.claim(asking, ask);
      } catch (error) {
        // It may be locked for us by now, or soon; whoever keeps asking will be told.
        if (isTimedOut(error) && !ask.fair) abandon(ask);
        return null;
      }
    },
    extend: (ask) => asking.renew(ask),
    release: (ask) => host.call(node, 'release', ask, { timeoutMs }),
    abandon,
    info: (key) => host.call(node, 'info', { key }, { timeoutMs }),
    forceUnlock: (key) => host.call(node, 'forceUnlock', { key }, { timeoutMs }),
  };
}

export const askingOf = (host: Host<LockWire>, node: HostId, timeoutMs: number) => ({
  acquire: (claim: Parameters<LockWire['acquire']>[0]) => host.call(node, 'acquire', claim, { timeoutMs }),
  renew: (ask: Parameters<LockWire['renew']>[0]) => host.call(node, 'renew', ask, { timeoutMs }),
});

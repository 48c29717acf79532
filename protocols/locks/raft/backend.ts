/** Locks that a Raft cluster keeps, as a client asks for them. */
import { type Host, type HostId, isRefused, isTimedOut } from '../../host.ts';
import { RaftClient, type RaftOptions, type RaftWire } from '../../raft/index.ts';
import type { Backend } from '../backend.ts';
import type { Grant, Held } from '../messages.ts';
import type { HolderNow, LockOperation } from './machine.ts';

export function raftLocks(host: Host<RaftWire>, nodes: readonly HostId[], options: RaftOptions): Backend {
  const cluster = new RaftClient(host, nodes, options);
  const submit = (operation: LockOperation) => cluster.submit(operation);
  const abandon = (held: Held) => {
    submit({ kind: 'release', ...held }).catch((error: unknown) => {
      // What nobody releases ends by itself.
      if (!isExpected(error)) throw error;
    });
  };
  return {
    keepsLines: true,
    async claim(ask) {
      try {
        return (await submit({ kind: 'acquire', ...ask })) as Grant;
      } catch (error) {
        if (!isExpected(error)) throw error;
        // The entry may be in a log, and may yet be committed.
        if (isTimedOut(error) && !ask.fair) abandon(ask);
        return null;
      }
    },
    extend: async ({ key, owner, ttlMs }) => (await submit({ kind: 'renew', key, owner, ttlMs })) === true,
    release: async ({ key, owner }) => (await submit({ kind: 'release', key, owner })) === true,
    abandon,
    async info(key) {
      const holder = (await cluster.read({ key })) as HolderNow | null;
      if (holder === null) return null;
      const { owner, token, sinceMs, leftMs } = holder;
      const now = host.clock.now();
      const expiresAt = leftMs === null ? null : now + leftMs;
      return { key, owner, token, acquiredAt: now - sinceMs, expiresAt, ttl: leftMs };
    },
    forceUnlock: async (key) => (await submit({ kind: 'forceUnlock', key })) === true,
  };
}

const isExpected = (error: unknown): boolean => isRefused(error) || isTimedOut(error);

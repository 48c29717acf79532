/**
 * Redlock: a lock on a majority of independent nodes (*Distributed Locks with Redis*, "The Redlock algorithm"). It gives
 * no fencing token: the nodes have no order in common that a token could come from (Kleppmann 2016). A node whose
 * expiry jumps, or that forgets over a restart, may let a second majority form.
 */
import { type Host, type HostId, isRefused, isTimedOut, TimedOut } from '../host.ts';
import { majority } from '../quorum.ts';
import type { Backend } from './backend.ts';
import type { LockInfo } from './lock.ts';
import type { Claim, Held, LockWire } from './messages.ts';
import type { NodeOptions } from './options.ts';
import type { LockRules } from './rules.ts';
import { askingOf } from './single-node.ts';

/** What a node says: yes, no, or nothing that can be relied on. */
type Say = 'yes' | 'no' | 'unknown';

/**
 * What all nodes together have said: as a majority says, or unknown if none can any more; undefined as long as it may
 * still turn out either way.
 */
export function tally(says: readonly Say[], size: number): Say | undefined {
  const needed = majority(size);
  const count = (say: Say) => says.filter((one) => one === say).length;
  const open = size - says.length;
  if (count('yes') >= needed) return 'yes';
  if (count('yes') + open >= needed) return undefined;
  // Without these there is no majority, whatever the silent ones did.
  if (count('no') > size - needed) return 'no';
  return open === 0 ? 'unknown' : undefined;
}

/** A majority of fewer is all of them: no node could fail, and one alone is a lock on a single node. */
export const redlockNodesMin = 3;

/** @throws RangeError with fewer than three nodes */
export function redlock(
  host: Host<LockWire>,
  nodes: readonly HostId[],
  { callTimeout: timeoutMs }: NodeOptions,
  rules: LockRules,
): Backend {
  if (nodes.length < redlockNodesMin) {
    const given = nodes.length === 0 ? 'none' : nodes.join(', ');
    throw new RangeError(
      `Redlock needs at least ${redlockNodesMin} nodes, and was given ${given}: ` +
        'give it 3 or 5, or take the lock on a single node',
    );
  }
  const asking = new Map(nodes.map((node) => [node, askingOf(host, node, timeoutMs)]));

  const abandon = ({ key, owner }: Held) => {
    for (const node of nodes) host.send(node, 'release', { key, owner });
  };

  /** Asks all nodes at once; resolves as soon as their answer as a whole is known. */
  const poll = (ask: (node: HostId) => Promise<boolean>): Promise<Say> =>
    new Promise((resolve, reject) => {
      const says: Say[] = [];
      const heard = (say: Say) => {
        says.push(say);
        const all = tally(says, nodes.length);
        if (all !== undefined) resolve(all);
      };
      for (const node of nodes) {
        ask(node)
          .then((isYes) => heard(isYes ? 'yes' : 'no'))
          .catch((error: unknown) => (isExpected(error) ? heard('unknown') : reject(error)));
      }
    });

  return {
    // Five lines are no line: each node would have its own order.
    keepsLines: false,
    async claim(ask: Claim & { readonly ttlMs: number }) {
      const say = await poll(async (node) => (await rules.claim(asking.get(node)!, ask)) !== null);
      if (say === 'yes') return { token: null };
      // On all of them: one that seemed not to answer may hold it.
      abandon(ask);
      return null;
    },
    async extend(ask) {
      const say = await poll((node) => asking.get(node)!.renew(ask));
      if (say === 'unknown') throw new TimedOut('no majority has said whether the lock lasts on');
      return say === 'yes';
    },
    async release(ask) {
      const say = await poll((node) => host.call(node, 'release', ask, { timeoutMs }));
      if (say === 'unknown') throw new TimedOut('no majority has said that the lock is released');
      return say === 'yes';
    },
    abandon,
    async info(key) {
      const infos: LockInfo[] = [];
      let silent = 0;
      const asked = nodes.map(async (node) => {
        const info = await host.call(node, 'info', { key }, { timeoutMs });
        if (info !== null) infos.push(info);
      });
      // Not as soon as a majority has answered: several owners may share the nodes, and none of them hold it.
      const heard = await Promise.allSettled(asked);
      for (const one of heard) {
        if (one.status === 'fulfilled') continue;
        if (!isExpected(one.reason)) throw one.reason;
        silent += 1;
      }
      return holderOf(infos, silent, nodes.length);
    },
    async forceUnlock(key) {
      const say = await poll((node) => host.call(node, 'forceUnlock', { key }, { timeoutMs }));
      if (say === 'unknown') throw new TimedOut('no majority has said that the lock is gone');
      return say === 'yes';
    },
  };
}

/** What the nodes know of the owner that has a majority of them; it ends when the first of them lets go. */
export function heldByMajority(infos: readonly LockInfo[], size: number): LockInfo | null {
  for (const { owner } of infos) {
    const own = infos.filter((info) => info.owner === owner);
    if (own.length < majority(size)) continue;
    return own.reduce((first, info) => ((info.ttl ?? Infinity) < (first.ttl ?? Infinity) ? info : first));
  }
  return null;
}

/**
 * Who holds a key of which the nodes say this, so many of them nothing; null if nobody does.
 * @throws TimedOut it hangs on the silent ones
 */
export function holderOf(infos: readonly LockInfo[], silent: number, size: number): LockInfo | null {
  const holder = heldByMajority(infos, size);
  if (holder !== null) return holder;
  const most = Math.max(
    0,
    ...infos.map(({ owner }) => infos.filter((other) => other.owner === owner).length),
  );
  if (most + silent < majority(size)) return null;
  throw new TimedOut('no majority has said who holds the lock');
}

const isExpected = (error: unknown): boolean => isRefused(error) || isTimedOut(error);

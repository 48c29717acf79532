/** Locks for the tasks of one host: no network, one clock, and nobody has to ask twice. */
import type { Host } from '../../host.ts';
import type { Backend } from '../backend.ts';
import type { LockRules } from '../rules.ts';
import { LockTable, type TableView } from '../table.ts';

/** What the tasks of a host share. They end with the process, and the locks with them. */
export interface LocalLocks extends Backend {
  view(): TableView;
}

export function localLocks(host: Pick<Host, 'clock' | 'log'>, rules: LockRules): LocalLocks {
  const { clock } = host;
  const table = new LockTable(true, rules);
  /** By key, who wants to hear that it may be free, in the order in which they came. */
  const sleepers = new Map<string, Set<() => void>>();
  const wake = (key: string) => {
    for (const awake of sleepers.get(key) ?? []) awake();
  };
  /** By owner. */
  const listeners = new Map<string, () => void>();
  /** What is over ends here and nowhere else: its holder hears of it first, even if the whole host slept over its end. */
  const expire = () => {
    const over = [...table.entries()].filter(([key]) => table.at(key, clock.elapsed()) === undefined);
    for (const [, { owner }] of over) tell(owner);
    table.purge(clock.elapsed());
    for (const [key] of over) wake(key);
  };
  const tell = (owner: string) => {
    const listener = listeners.get(owner);
    listeners.delete(owner);
    listener?.();
  };
  const locks: LocalLocks = {
    keepsLines: true,
    claim(ask) {
      expire();
      const grant = table.acquire(ask, clock.elapsed(), clock.now());
      if (grant !== null) clock.after(ask.ttlMs + grainMs, expire);
      return Promise.resolve(grant);
    },
    extend(ask) {
      expire();
      const isExtended = table.renew(ask, clock.elapsed());
      if (isExtended) clock.after(ask.ttlMs + grainMs, expire);
      return Promise.resolve(isExtended);
    },
    release(ask) {
      listeners.delete(ask.owner);
      const wasHeld = table.release(ask, clock.elapsed());
      wake(ask.key);
      return Promise.resolve(wasHeld);
    },
    abandon(ask) {
      void locks.release(ask);
    },
    onLost({ owner }, listener) {
      listeners.set(owner, listener);
    },
    freed: (key, ms) =>
      new Promise((resolve) => {
        const waiting = sleepers.get(key) ?? new Set();
        sleepers.set(key, waiting);
        const awake = () => {
          waiting.delete(awake);
          timer.cancel();
          resolve();
        };
        const timer = clock.after(ms, awake);
        waiting.add(awake);
      }),
    info(key) {
      const holder = table.at(key, clock.elapsed());
      if (holder === undefined) return Promise.resolve(null);
      const { owner, acquiredAt, token, untilMs } = holder;
      const ttl = untilMs === null ? null : untilMs - clock.elapsed();
      const expiresAt = ttl === null ? null : clock.now() + ttl;
      return Promise.resolve({ key, owner, acquiredAt, expiresAt, ttl, token });
    },
    forceUnlock(key) {
      expire();
      const holder = table.at(key, clock.elapsed());
      if (holder === undefined) return Promise.resolve(false);
      host.log('unlocked by force', { key });
      tell(holder.owner);
      table.forceUnlock(key, clock.elapsed());
      wake(key);
      return Promise.resolve(true);
    },
    view: () => table.view(),
  };
  return locks;
}

/** The grain of clocks: what ends at a time is over just after it. */
const grainMs = 0.001;

/** Locks for the tasks of one host: no network, one clock, and nobody has to ask twice. */
import type { Host } from '../../host.ts';
import { alarm } from '../alarm.ts';
import type { Backend } from '../backend.ts';
import type { LockRules } from '../rules.ts';
import { LockTable, type TableView } from '../table.ts';

/** What the tasks of a host share. They end with the process, and the locks with them. */
export interface LocalLocks extends Backend {
  view(): TableView;
}

export function localLocks(host: Pick<Host, 'clock' | 'log'>, rules: LockRules): LocalLocks {
  const { clock } = host;
  const table = new LockTable(true, rules, true);
  /** By key, who wants to hear that it may be free, in the order in which they came. */
  const sleepers = new Map<string, Set<() => void>>();
  const wake = (key: string) => {
    for (const awake of sleepers.get(key) ?? []) awake();
  };
  /** By owner. */
  const listeners = new Map<string, () => void>();
  const tell = (owner: string) => {
    const listener = listeners.get(owner);
    listeners.delete(owner);
    listener?.();
  };
  /**
   * What is over ends here and nowhere else: its holder hears of it first, even if the whole host slept over its end.
   * Returns the time as of which that is so: a real clock goes on meanwhile, and what follows must not see it do so.
   */
  const expired = (): number => {
    const nowMs = clock.elapsed();
    const over = [...table.entries()].filter(([key]) => table.at(key, nowMs) === undefined);
    for (const [, { owner }] of over) tell(owner);
    table.purge(nowMs);
    for (const [key] of over) wake(key);
    return nowMs;
  };
  const watch = alarm(clock, () => table.leftMs(clock.elapsed()), expired);
  const locks: LocalLocks = {
    keepsLines: true,
    claim(ask) {
      const grant = table.acquire(ask, expired(), clock.now());
      watch();
      return Promise.resolve(grant);
    },
    extend(ask) {
      const isExtended = table.renew(ask, expired());
      watch();
      return Promise.resolve(isExtended);
    },
    release(ask) {
      listeners.delete(ask.owner);
      const wasHeld = table.release(ask, expired());
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
          if (waiting.size === 0) sleepers.delete(key);
          timer.cancel();
          resolve();
        };
        const timer = clock.after(ms, awake);
        waiting.add(awake);
      }),
    info: (key) => Promise.resolve(table.info(key, expired(), clock.now())),
    forceUnlock(key) {
      const nowMs = expired();
      const holder = table.at(key, nowMs);
      if (holder === undefined) return Promise.resolve(false);
      host.log('unlocked by force', { key });
      tell(holder.owner);
      table.forceUnlock(key, nowMs);
      wake(key);
      return Promise.resolve(true);
    },
    view: () => table.view(),
  };
  return locks;
}

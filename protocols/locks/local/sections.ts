/**
 * A host whose tasks work on what they share, in critical sections: each counts up some counters, reading first and
 * writing later, with time in between in which every other task gets its turn.
 */
import { type Host, type HostId, isRefused, isTimedOut, TimedOut } from '../../host.ts';
import type { Lock, LockClient, SectionClient } from '../lock.ts';
import type { LocalOptions } from '../options.ts';
import type { LockRules } from '../rules.ts';
import type { TableView } from '../table.ts';
import { localTasks } from './tasks.ts';

export type SectionWire = {
  /** Counts up the counters of these keys, one after another; each takes `ms`. */
  section(ask: { readonly keys: readonly string[]; readonly ms: number }): readonly number[];
};

/** What such a host shows. */
export interface SectionsView extends TableView {
  readonly role: 'sections';
  /** Who is in a critical section of a key. */
  readonly inside: readonly { readonly key: string; readonly task: number }[];
  /** How often each counter was written, and what it says. */
  readonly counters: readonly { readonly key: string; readonly writes: number; readonly value: number }[];
  /** Sections that were left in the midst of it, since their lock was lost. */
  readonly stopped: number;
}

export function sectionsHost(options: LocalOptions, rules: LockRules) {
  return (host: Host<SectionWire>): void => {
    const tasks = localTasks(host, options, rules);
    const inside = new Set<{ readonly key: string; readonly task: number }>();
    const counters = new Map<string, { key: string; writes: number; value: number }>();
    let count = 0;
    let stopped = 0;
    host.expose(
      (): SectionsView => ({
        role: 'sections',
        ...tasks.view(),
        inside: [...inside],
        counters: [...counters.values()],
        stopped,
      }),
    );

    /** Reads, works, and writes what follows from what it read. It locks what it changes, whoever called it. */
    const countUp = (locks: LockClient, key: string, ms: number, signal: AbortSignal): Promise<number> =>
      locks.using(
        key,
        async () => {
          const counter = counters.get(key) ?? { key, writes: 0, value: 0 };
          counters.set(key, counter);
          const { value } = counter;
          await host.clock.sleep(ms, { signal });
          counter.value = value + 1;
          counter.writes += 1;
          return value + 1;
        },
        { reentrant: true, autoRenew: options.autoRenew },
      );

    host.on('section', async ({ keys, ms }) => {
      count += 1;
      const task = count;
      const locks = tasks.task();
      const own: readonly Lock[] = await locks.acquireAll(keys, {
        fair: true,
        autoRenew: options.autoRenew,
      });
      // Whichever of them is lost, the whole section ends.
      const loss = new AbortController();
      for (const { signal } of own) signal.addEventListener('abort', () => loss.abort(signal.reason));
      const places = keys.map((key) => ({ key, task }));
      try {
        for (const place of places) inside.add(place);
        const values: number[] = [];
        for (const key of keys) {
          // Who has lost a lock would stand in line for it, in the midst of a section.
          if (own.some((lock) => lock.remaining() === 0)) throw new TimedOut('a lock was lost');
          values.push(await countUp(locks, key, ms, loss.signal));
        }
        return values;
      } catch (error) {
        if (!isTimedOut(error) && !isRefused(error)) throw error;
        stopped += 1;
        // Some of the counters may have been counted up by now.
        throw new TimedOut('the section was left in the midst of it');
      } finally {
        for (const place of places) inside.delete(place);
        for (const lock of own) void locks.release(lock);
      }
    });
  };
}

export function sectionClient(
  host: Host<SectionWire>,
  servers: readonly HostId[],
  { callTimeout: timeoutMs }: LocalOptions,
): SectionClient {
  return { enter: (keys, ms) => host.call(servers[0]!, 'section', { keys, ms }, { timeoutMs }) };
}

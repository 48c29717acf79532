/** The tasks of one host, each with its own view of the locks that all share. */
import { lockClient, type TaskHost } from '../client.ts';
import type { LockClient } from '../lock.ts';
import type { LocalOptions } from '../options.ts';
import { type LockRules, soundRules } from '../rules.ts';
import type { TableView } from '../table.ts';
import { localLocks } from './backend.ts';

export interface LocalTasks {
  /** The locks as a new task sees them: what one task holds, no other one does. */
  task(): LockClient;
  /** Who has what, and who waits for it. */
  view(): TableView;
}

/**
 * Locks within one host, for as long as its program runs. Whoever loses one is told before anybody else gets it. No
 * function of it waits for anything but another task, or time.
 */
export function localTasks(host: TaskHost, options: LocalOptions, rules: LockRules = soundRules): LocalTasks {
  const shared = localLocks(host, rules);
  let count = 0;
  const task = () => {
    count += 1;
    return lockClient(host, shared, options, rules, `${host.id}.${count}`);
  };
  return { task, view: () => shared.view() };
}

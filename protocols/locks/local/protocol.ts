/** A lock between the tasks of one host. */
import type { Host, HostId } from '../../host.ts';
import type { Protocol } from '../../protocol.ts';
import { type LocalOptions, localOptions, nodePrefix } from '../options.ts';
import { type LockRules, soundRules } from '../rules.ts';
import { type SectionWire, sectionClient, sectionsHost } from './sections.ts';

/** The lock between tasks, with some of its rules replaced. */
export function localLockWith(replaced: Partial<LockRules>) {
  const rules = { ...soundRules, ...replaced };
  return {
    name: 'locks/local',
    about: 'A lock between the tasks of one host: reentrant, first come first served, without deadlocks.',
    promise:
      'One task at a time is in a critical section of a key, if its work stops when it is told that the lock is lost; ' +
      'tasks get a key in the order in which they asked for it. Who has a lock may acquire it again. Keys are acquired in ' +
      'one order, and whoever would break it is refused, so that no tasks wait for each other for ever. Coffman, Elphick ' +
      'and Shoshani, System Deadlocks (Computing Surveys, 1971).',
    options: localOptions,
    roles: {
      node: {
        prefix: nodePrefix,
        count: 1,
        program: (options: LocalOptions) => sectionsHost(options, rules),
      },
    },
    clients: {
      sections: (host: Host<never>, servers: readonly HostId[], options: LocalOptions) =>
        sectionClient(host as unknown as Host<SectionWire>, servers, options),
    },
  } satisfies Protocol;
}

export const localLock = localLockWith({});

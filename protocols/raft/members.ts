/** What an operator works with: adds and removes servers of a running cluster (thesis §4). */
import { type Host, type HostId, isRefused, TimedOut } from '../host.ts';
import type { MembersClient } from '../protocol.ts';
import type { Change } from './configuration.ts';
import type { RaftWire } from './messages.ts';
import type { RaftOptions } from './options.ts';
import { routeOf } from './route.ts';

const pauseMs = 20;

export function raftMembers(
  host: Host<RaftWire>,
  servers: readonly HostId[],
  options: RaftOptions,
): MembersClient {
  const route = routeOf(host, servers, options);
  /** The configuration to change, as far as this host knows; a leader that has another one says which. */
  let latest = { index: 0, term: 0 };
  const carryOut = async (change: Change): Promise<void> => {
    const deadline = route.deadline();
    let sent = false;
    try {
      for (;;) {
        const { index, term } = latest;
        const answer = await route.request('change', { ...change, index, term }, deadline);
        sent = true;
        if (answer.status === 'done') return;
        if (answer.status === 'impossible') throw new TimedOut(answer.why);
        latest = answer;
        await host.clock.sleep(pauseMs);
      }
    } catch (error) {
      // A copy of an earlier request may still get through.
      if (isRefused(error) && sent) throw new TimedOut(error.message);
      throw error;
    }
  };
  return {
    add: (server) => carryOut({ change: 'add', server }),
    remove: (server) => carryOut({ change: 'remove', server }),
  };
}

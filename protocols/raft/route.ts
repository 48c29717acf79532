/** How a client finds the leader (thesis §6.2). */
import type { Answer, Host, HostId } from '../host.ts';
import { LeaderRoute, type Meaning } from '../leader-route.ts';
import type { NotLeader, RaftWire, Request } from './messages.ts';
import type { RaftOptions } from './options.ts';

type Vain = NotLeader | { readonly status: 'unknown' };

export type Route = LeaderRoute<RaftWire, Request, Vain>;

/** @param servers those that may be members of the cluster, now or later */
export function routeOf(host: Host<RaftWire>, servers: readonly HostId[], options: RaftOptions): Route {
  const first = servers[host.random.below(servers.length, 'first server')]!;
  return new LeaderRoute(host, servers, first, options, meaningOf);
}

function meaningOf(answer: Answer<RaftWire, Request>): Meaning {
  if (answer.status === 'not leader') return answer;
  return answer.status === 'unknown' ? 'unknown' : 'final';
}

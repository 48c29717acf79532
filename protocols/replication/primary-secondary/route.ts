/** How a client finds whoever serves it: the primary, or, where any server may answer, one that has seen enough. */
import type { Answer, Host, HostId } from '../../host.ts';
import { LeaderRoute, type Meaning } from '../../leader-route.ts';
import type { NotPrimary, PrimarySecondaryWire, Request } from './messages.ts';
import type { PrimarySecondaryOptions } from './options.ts';

type Vain = NotPrimary | { readonly status: 'unknown' } | { readonly status: 'behind' };

export type Route = LeaderRoute<PrimarySecondaryWire, Request, Vain>;

export function routeOf(
  host: Host<PrimarySecondaryWire>,
  servers: readonly HostId[],
  options: PrimarySecondaryOptions,
): Route {
  return new LeaderRoute(host, servers, anyOf(host, servers), options, meaningOf);
}

export const anyOf = (host: Host<PrimarySecondaryWire>, servers: readonly HostId[]): HostId =>
  servers[host.random.below(servers.length, 'server')]!;

function meaningOf(answer: Answer<PrimarySecondaryWire, Request>): Meaning {
  switch (answer.status) {
    case 'not primary':
      return { leader: answer.primary, definite: answer.definite };
    case 'behind':
      return 'refused';
    case 'unknown':
      return 'unknown';
    default:
      return 'final';
  }
}

/** Who is there: group membership by probing and gossip, as in SWIM. */
import { askAnyServer } from '../any-server.ts';
import type { Host, HostId } from '../host.ts';
import type { MembersClient, MembershipClient, Protocol } from '../protocol.ts';
import { type Rules, type SwimWire, swimMember } from './member.ts';
import { type SwimOptions, swimOptions } from './options.ts';
import { probingRound } from './probing.ts';
import { entering, overrides } from './standing.ts';

const soundRules: Rules = { overrides, entering, probingRound };

/** SWIM with some of its rules replaced: what becomes of it if news override otherwise? */
export function swimWith(rules: Partial<Rules>) {
  return {
    name: 'membership/swim',
    about: 'Members that probe each other, suspect before they condemn, and gossip what they find.',
    promise:
      'What a member believes of another one never goes back; a member that is down is taken for dead by each other one ' +
      'within 2n - 1 periods, one more, and the time for which it is a suspect; one that answers is taken for alive ' +
      'in the end; who joins, leaves or comes back is known to all. Members that are gone are remembered, and probed, for ' +
      'ever: names should be few, and used again. Das, Gupta and Motivala, SWIM, DSN 2002, §3-4.',
    options: swimOptions,
    roles: {
      node: {
        prefix: 'n',
        count: 5,
        program: (options: SwimOptions) => swimMember(options, { ...soundRules, ...rules }),
      },
    },
    clients: {
      membership: (
        host: Host<never>,
        servers: readonly HostId[],
        options: SwimOptions,
      ): MembershipClient => ({
        alive: async () => {
          const asking = host as unknown as Host<SwimWire>;
          return (await askAnyServer(asking, servers, 'members', null, options)).alive;
        },
      }),
      members: (host: Host<never>, servers: readonly HostId[], options: SwimOptions): MembersClient => {
        const asking = host as unknown as Host<SwimWire>;
        const timeoutMs = options.requestTimeout;
        return {
          add: async (server) => {
            const contacts = servers.filter((id) => id !== server);
            await asking.call(server, 'join', { contacts }, { timeoutMs });
          },
          remove: async (server) => {
            await asking.call(server, 'leave', null, { timeoutMs });
          },
        };
      },
    },
  } satisfies Protocol;
}

export const swim = swimWith({});

export type { Rules, SwimView, SwimWire } from './member.ts';
export { probingRound } from './probing.ts';
export { Rumours } from './rumours.ts';
export {
  entering,
  type News,
  overrides,
  rankOf,
  rankText,
  refutation,
  type Standing,
  type Status,
  sendingsMax,
  suspicionMs,
} from './standing.ts';

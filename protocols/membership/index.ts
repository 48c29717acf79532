/** Who is there: group membership by probing and gossip, as in SWIM. */
import { askAnyServer } from '../any-server.ts';
import type { Host, HostId } from '../host.ts';
import type { MembershipClient, Protocol } from '../protocol.ts';
import { type Rules, type SwimWire, swimMember } from './member.ts';
import { type SwimOptions, swimOptions } from './options.ts';
import { overrides } from './standing.ts';

/** SWIM with its rule replaced: what becomes of it if news override otherwise? */
export function swimWith(rules: Partial<Rules>) {
  return {
    name: 'membership/swim',
    about: 'Members that probe each other, suspect before they condemn, and gossip what they find.',
    promise:
      'What a member believes of another one never goes back; a member that answers nobody is taken for dead by all ' +
      'others in the end, and one that answers for alive. Das, Gupta and Motivala, SWIM, DSN 2002, §3-4.',
    options: swimOptions,
    roles: {
      node: {
        prefix: 'n',
        count: 5,
        program: (options: SwimOptions) => swimMember(options, { overrides, ...rules }),
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
    },
  } satisfies Protocol;
}

export const swim = swimWith({});

export type { Rules, SwimView, SwimWire } from './member.ts';
export { Rumours } from './rumours.ts';
export {
  type News,
  overrides,
  rankOf,
  refutation,
  type Standing,
  type Status,
  sendingsMax,
} from './standing.ts';

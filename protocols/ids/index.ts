/** Identifiers that are unique without any agreement: Snowflake's. */
import { askAnyServer } from '../any-server.ts';
import type { Host, HostId } from '../host.ts';
import type { IdClient, Protocol } from '../protocol.ts';
import { type IdOptions, idOptions } from './options.ts';
import { nextPlace, resumedPlace } from './snowflake.ts';
import { type IdWire, idWorker, type Rules } from './worker.ts';

const ownRules: Rules = { nextPlace, resumedPlace, worker: (place) => place };

/** Snowflake with some of its rules replaced: what becomes of it without them? */
export function snowflakeWith(rules: Partial<Rules>) {
  return {
    name: 'ids/snowflake',
    about: 'Identifiers of time, worker and sequence, given by each server alone.',
    promise:
      'No id is given twice, over restarts and whatever the wall clocks do, as long as disks keep what was synced and ' +
      'all servers are given the same list of servers. Available while one server is. Twitter, Announcing Snowflake, ' +
      '2010.',
    options: idOptions,
    roles: {
      node: {
        prefix: 'n',
        count: 3,
        program: (options: IdOptions) => idWorker(options, { ...ownRules, ...rules }),
      },
    },
    clients: {
      ids: (host: Host<never>, servers: readonly HostId[], options: IdOptions): IdClient => ({
        generate: async () => {
          const asking = host as unknown as Host<IdWire>;
          return (await askAnyServer(asking, servers, 'generate', null, options)).id;
        },
      }),
    },
  } satisfies Protocol;
}

export const snowflake = snowflakeWith({});

export {
  beginning,
  encodeId,
  idEpochMs,
  type Layout,
  nextPlace,
  type Place,
  resumedPlace,
} from './snowflake.ts';
export type { IdView, IdWire, Rules } from './worker.ts';

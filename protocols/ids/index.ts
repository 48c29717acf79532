/** Identifiers that are unique without any agreement but that on the numbers of workers: Snowflake's. */
import { askAnyServer } from '../any-server.ts';
import type { Host, HostId } from '../host.ts';
import type { IdClient, Protocol } from '../protocol.ts';
import { allocator } from './allocator.ts';
import { type LeasedIdOptions, leasedIdOptions } from './leased-options.ts';
import { type LeasedRules, leasedWorker } from './leased-worker.ts';
import { believedUntil } from './numbers.ts';
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

const isWorker = (id: HostId): boolean => id.startsWith('n');
const allocatorAmong = (peers: readonly HostId[]): HostId => peers.find((id) => !isWorker(id))!;

/** Snowflake with leased numbers, and some of its rules replaced. */
export function leasedSnowflakeWith(replaced: Partial<LeasedRules>) {
  const rules: LeasedRules = { believedUntil, firstPlace: resumedPlace, ...replaced };
  return {
    name: 'ids/leased',
    about: 'Snowflake whose workers keep nothing, and lease their numbers from an allocator.',
    promise:
      'No id is given twice, and no two workers have one number at one time, whatever wall clocks do and whatever ' +
      'becomes of workers and their disks, as long as the disk of the allocator keeps what was synced and no clock runs ' +
      'faster than another by more than driftPpm. A worker goes on without the allocator until its lease is over, or ' +
      'the time of ids that was reserved for it. ' +
      'Twitter, Announcing Snowflake, 2010; Gray & Cheriton, Leases, SOSP 1989.',
    options: leasedIdOptions,
    roles: {
      node: {
        prefix: 'n',
        count: 3,
        program: (options: LeasedIdOptions) => leasedWorker(allocatorAmong, options, rules),
      },
      allocator: { prefix: 'a', count: 1, program: (options: LeasedIdOptions) => allocator(options) },
    },
    clients: {
      ids: (host: Host<never>, servers: readonly HostId[], options: LeasedIdOptions): IdClient => ({
        generate: async () => {
          const asking = host as unknown as Host<IdWire>;
          return (await askAnyServer(asking, servers.filter(isWorker), 'generate', null, options)).id;
        },
      }),
    },
  } satisfies Protocol;
}

export const leasedSnowflake = leasedSnowflakeWith({});

export type { AllocatorView } from './allocator.ts';
export type { LeasedIdView, LeasedRules } from './leased-worker.ts';
export { believedUntil, Numbers } from './numbers.ts';

export {
  beginning,
  encodeId,
  idEpochMs,
  type Layout,
  nextPlace,
  type Place,
  resumedPlace,
  timeText,
} from './snowflake.ts';
export type { IdView, IdWire, Rules } from './worker.ts';

/** Sagas: an orchestrator, a log, and a compensation for each step. */
import type { Host, HostId } from '../../host.ts';
import type { Protocol } from '../../protocol.ts';
import { Items } from './booking.ts';
import { orchestratorPrefix, sagaClient, servicePrefix } from './client.ts';
import type { SagaWire } from './messages.ts';
import { type SagaOptions, sagaOptions } from './options.ts';
import { orchestrator } from './orchestrator.ts';
import { paperRules, type Rules } from './rules.ts';
import { service } from './service.ts';

/** Sagas with some of their rules replaced: what becomes of them if one is not followed? */
export function sagaWith(replaced: Partial<Rules>) {
  const rules = { ...paperRules, ...replaced };
  return {
    name: 'transactions/saga',
    about:
      'Bookings at several services, one after another: all steps are taken, or those that were are undone.',
    promise:
      'Every saga ends as T1 … Tn or as T1 … Tj, Cj … C1, each at most once, whatever crashes, as long as disks keep ' +
      'what was synced; others may see it half done. Garcia-Molina & Salem, Sagas, SIGMOD 1987, §2 and §5.',
    options: sagaOptions,
    roles: {
      orchestrator: {
        prefix: orchestratorPrefix,
        count: 1,
        program: (options: SagaOptions) => (host: Host<SagaWire>) => orchestrator(host, options, rules),
      },
      service: {
        prefix: servicePrefix,
        count: 3,
        program: (options: SagaOptions) => (host: Host<SagaWire>) =>
          service(host, new Items(options.items), options, rules),
      },
    },
    clients: {
      bookings: (host: Host<never>, servers: readonly HostId[], options: SagaOptions) =>
        sagaClient(host as unknown as Host<SagaWire>, servers, options),
    },
  } satisfies Protocol;
}

export const saga = sagaWith({});

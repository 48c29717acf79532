/** What a cluster is for: the state machine that it replicates, and who takes part. */
import type { HostId } from '../host.ts';
import { KeyValues } from './kv.ts';
import type { Machine } from './machine.ts';

export interface Service {
  /** A fresh state machine, for one life of one server. */
  machine(): Machine;
  /** Which of the servers of a run the cluster is started with. */
  voters(servers: readonly HostId[]): readonly HostId[];
}

/** A service whose operations and queries only its own clients know. */
export const serviceOf = <O, Q>(
  machine: () => Machine<O, Q>,
  voters: Service['voters'] = (servers) => servers,
): Service => ({ machine: machine as () => unknown as Service['machine'], voters });

/** The replicated map. */
export const keyValues: Service = serviceOf(() => new KeyValues());

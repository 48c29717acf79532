/** The log of a host's copy: what it took in, in order. Read back, it is the copy, with tombstones long forgotten. */
import type { Disk } from '../host.ts';
import { Journal } from '../journal.ts';
import type { Entry, Seen } from './entries.ts';

interface GossipRecord {
  readonly entries: readonly Entry[];
  readonly seen: Seen;
}

export interface Store {
  readonly records: readonly GossipRecord[];
  /** Resolves when it is durable, in the order of the calls. */
  write(record: GossipRecord): Promise<void>;
}

/** Keeps nothing. */
export const forgetfulStore: Store = { records: [], write: () => Promise.resolve() };

export async function openStore(disk: Disk): Promise<Store> {
  const { journal, records } = await Journal.open(disk, 'entries.log');
  return {
    records: records.map((bytes) => JSON.parse(new TextDecoder().decode(bytes)) as GossipRecord),
    write(record) {
      journal.append(new TextEncoder().encode(JSON.stringify(record)));
      return journal.sync();
    },
  };
}

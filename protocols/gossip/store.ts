/** The log of a host's copy: what it took in, in order, and when it has grown what is left of that. Read back, it is the copy. */
import { CompactedJournal, type LogView } from '../compacted-journal.ts';
import type { Disk } from '../host.ts';
import type { Entry, Seen } from './entries.ts';

interface GossipRecord {
  readonly entries: readonly Entry[];
  readonly seen: Seen;
}

export interface Store {
  /** What an earlier life wrote. */
  readonly records: readonly GossipRecord[];
  readonly log: LogView;
  /** Resolves when the record is durable and has taken effect by `apply`, in the order of the calls. */
  write(record: GossipRecord, apply: () => void): Promise<void>;
}

/** Keeps nothing. */
export const forgetfulStore: Store = {
  records: [],
  log: { records: 0, rewritten: 0 },
  write: async (_, apply) => apply(),
};

/** @param whole all that has taken effect, as one record */
export async function openStore(
  disk: Disk,
  compactionRecords: number,
  whole: () => GossipRecord,
): Promise<Store> {
  const { journal, records } = await CompactedJournal.open(disk, 'entries.log', compactionRecords);
  /** On their way to the disk, in order. */
  const underWay = new Set<GossipRecord>();
  return {
    records: records.map((bytes) => JSON.parse(new TextDecoder().decode(bytes)) as GossipRecord),
    get log() {
      return journal.view;
    },
    async write(record, apply) {
      underWay.add(record);
      journal.append(encode(record));
      if (journal.hasGrown) journal.rewrite([whole(), ...underWay].map(encode));
      await journal.sync();
      underWay.delete(record);
      apply();
    },
  };
}

const encode = (record: GossipRecord): Uint8Array => new TextEncoder().encode(JSON.stringify(record));

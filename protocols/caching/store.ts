/**
 * The store behind the caches: a map on one host, linearizable and durable, which numbers its changes. The number of a
 * key's last change is its version. Its journal is never shortened: it stands for whatever database there is.
 */
import { type Host, Refused } from '../host.ts';
import { Journal } from '../journal.ts';
import type { Value } from '../protocol.ts';
import type { StoreWire, Versioned, Write } from './messages.ts';

/** What a store shows. */
export interface StoreView {
  readonly role: 'store';
  /** The number of changes. */
  readonly version: number;
  readonly stored: readonly (readonly [key: string, value: Value])[];
}

/** A write that was carried out, as it is written down. */
interface Entry {
  readonly version: number;
  readonly isDone: boolean;
  readonly key: string;
  readonly value: Value;
  readonly session: string;
  readonly sequence: number;
}

/** Changes in one answer. */
const changesMax = 256;
/** Sessions that are remembered; the one that was quiet for longest gives way. */
const sessionsMax = 1024;

/** The state of a store, as it follows from the writes that were carried out. */
class Content {
  readonly values = new Map<string, Versioned>();
  /** The key of each change, by its version less one. */
  readonly changes: string[] = [];
  readonly #last = new Map<string, Entry>();

  /** What a write comes to: null if its session has given it up. */
  decide({ key, operation, session, sequence }: Write): { entry: Entry; isNew: boolean } | null {
    const last = this.#last.get(session);
    if (last !== undefined && last.sequence > sequence) return null;
    if (last?.sequence === sequence) return { entry: last, isNew: false };
    const { value, version } = this.read(key);
    const isDone = operation.f === 'put' || value === operation.from;
    const next = operation.f === 'put' ? operation.value : operation.to;
    const entry = isDone
      ? { key, value: next, version: this.changes.length + 1, isDone, session, sequence }
      : { key, value, version, isDone, session, sequence };
    return { entry, isNew: true };
  }

  apply(entry: Entry): void {
    const { key, value, version, isDone, session } = entry;
    this.#last.delete(session);
    this.#last.set(session, entry);
    const [quiet] = this.#last.keys();
    if (this.#last.size > sessionsMax) this.#last.delete(quiet!);
    if (!isDone) return;
    this.values.set(key, { value, version });
    this.changes.push(key);
  }

  read(key: string): Versioned {
    return this.values.get(key) ?? { value: null, version: 0 };
  }
}

export async function store(host: Host<StoreWire>): Promise<void> {
  const content = new Content();
  const ready = Journal.open(host.disk, 'store.log').then(({ journal, records }) => {
    for (const bytes of records) content.apply(JSON.parse(new TextDecoder().decode(bytes)) as Entry);
    return journal;
  });
  // Whoever awaits `ready` below learns of an error; the handlers must not let it go uncaught a second time.
  ready.catch(() => {});
  let shown: StoreView | null = null;
  host.expose((): StoreView => {
    shown ??= {
      role: 'store',
      version: content.changes.length,
      stored: [...content.values].map(([key, { value }]) => [key, value]),
    };
    return shown;
  });

  host.on('read', async ({ key }) => {
    const journal = await ready;
    const found = content.read(key);
    // What was read may not be durable yet.
    await journal.sync();
    return found;
  });
  host.on('write', async (write) => {
    const journal = await ready;
    const decided = content.decide(write);
    if (decided === null) throw new Refused(`session ${write.session} has gone on since ${write.sequence}`);
    const { entry, isNew } = decided;
    if (isNew) {
      content.apply(entry);
      shown = null;
      journal.append(new TextEncoder().encode(JSON.stringify(entry)));
      const { key, value, version, isDone } = entry;
      if (isDone) host.log('written', { key, value, version });
    }
    await journal.sync();
    return { version: entry.version, isDone: entry.isDone, isRepeated: !isNew };
  });
  host.on('changes', async ({ after }) => {
    const journal = await ready;
    const from = after ?? content.changes.length;
    const keys = content.changes.slice(from, from + changesMax);
    await journal.sync();
    return { after: from, keys };
  });
  await ready;
}

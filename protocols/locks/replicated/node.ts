/**
 * A node that keeps locks together with others: one is the primary and does all the work, the others hold copies of what
 * it has. Everything is written down, and a copy is the whole table: there are few locks at a time.
 */
import { inBackground } from '../../background.ts';
import { Cell } from '../../cell.ts';
import {
  type Answer,
  type Ask,
  type Host,
  type HostId,
  isRefused,
  isTimedOut,
  Refused,
  TimedOut,
} from '../../host.ts';
import { majority } from '../../quorum.ts';
import { alarm } from '../alarm.ts';
import { coalesced } from '../coalesced.ts';
import { mustBeTtl } from '../lease.ts';
import type { LockWire } from '../messages.ts';
import { isNode, type ReplicatedOptions } from '../options.ts';
import type { LockRules } from '../rules.ts';
import { LockTable, type TableView } from '../table.ts';
import type { Copy, ReplicatedWire, Request, Standing } from './messages.ts';
import { isAhead, mustResign, type Place } from './place.ts';

/** What a node shows; the keys only if it is the primary, as far as it knows. */
export type ReplicatedView =
  | ({ readonly role: 'primary'; readonly epoch: number } & TableView)
  | { readonly role: 'replica'; readonly epoch: number };

/** What a node writes down, with its table. */
interface Saved {
  readonly promised: number;
  /** The last epoch that it led, or was to lead. */
  readonly led: number;
  readonly place: Place;
}

const nothing: Saved = { promised: 0, led: 0, place: { epoch: 0, offset: 0 } };

export function replicatedNode(options: ReplicatedOptions, rules: LockRules) {
  return async (host: Host<ReplicatedWire>): Promise<void> => {
    const others = host.peers.filter((peer) => isNode(peer) && peer !== host.id);
    const { clock } = host;
    const table = new LockTable(true, rules);
    const cell = new Cell(host.disk, 'locks');
    const found = decode(await cell.read());
    let { promised, led, place } = found;
    /** As the table was at `place`. */
    let bytes = found.table;
    let isPrimary = false;
    /** Who leads the epoch that is promised, as far as this node has heard. */
    let primary: HostId | null = null;
    /** When it was last sure, as primary, of being followed by a majority, by its own clock. */
    let confirmedMs = 0;
    /** Changes that it made as primary and a majority does not have yet, the oldest first. */
    let unconfirmed: { readonly offset: number; readonly atMs: number }[] = [];
    /** What is durable. */
    let written = textOf(found);
    /** Resolves when what this node has now is durable. */
    const save = coalesced(async () => {
      const saved = { promised, led, place };
      if (written === textOf(saved)) return;
      await cell.write(encode(saved, bytes));
      written = textOf(saved);
    });

    let view: ReplicatedView;
    const show = () => {
      view = isPrimary
        ? { role: 'primary', epoch: promised, ...table.view() }
        : { role: 'replica', epoch: promised };
    };
    show();
    host.expose((): ReplicatedView => view);

    const takePart = (epoch: number) => {
      if (epoch <= promised) return;
      promised = epoch;
      primary = null;
      leave();
    };
    const leave = () => {
      if (isPrimary) host.log('primary no more', { epoch: promised });
      isPrimary = false;
      unconfirmed = [];
      show();
    };
    const standing = (): Standing => ({ ...place, isPrimary, promised });

    // Replicas

    host.on('standing', standing);
    host.on('stop', async ({ epoch }) => {
      if (epoch < promised) throw new Refused(`there is epoch ${promised} by now`);
      takePart(epoch);
      await save();
      return standing();
    });
    host.on('copy', async ({ table: copied, ...from }, sender) => {
      if (from.epoch < promised) return false;
      takePart(from.epoch);
      primary = sender;
      if (isAhead(from, place)) {
        place = from;
        bytes = copied;
      }
      await save();
      return from.epoch === promised;
    });
    host.on('relay', async ({ kind, ask }) => {
      if (primary === null) throw new Refused(`${host.id} does not know who is the primary`);
      try {
        return await host.call(primary, kind, ask as never, { timeoutMs: options.callTimeout });
      } catch (error) {
        if (isRefused(error)) throw new Refused(error.message);
        throw error;
      }
    });

    // The primary

    const copyTo = async (node: HostId, copy: Copy): Promise<boolean> => {
      try {
        return await host.call(node, 'copy', copy, { timeoutMs: options.copyTimeout });
      } catch (error) {
        if (isRefused(error) || isTimedOut(error)) return false;
        throw error;
      }
    };
    /** Resolves when a majority has what this node has, and follows it: all that it answers for is as safe as that. */
    const confirmed = (): Promise<void> => {
      const askedMs = clock.elapsed();
      const copy: Copy = { ...place, table: bytes };
      return new Promise((resolve, reject) => {
        let copies = 0;
        let open = others.length + 1;
        const heard = (isThere: boolean) => {
          if (isThere) copies += 1;
          open -= 1;
          // Whoever was deposed meanwhile answers for nothing.
          const isInOffice = isPrimary && promised === copy.epoch;
          if (isInOffice && copies >= majority(others.length + 1)) {
            confirmedMs = Math.max(confirmedMs, askedMs);
            unconfirmed = unconfirmed.filter(({ offset }) => offset > copy.offset);
          }
          if (isThere && isInOffice && rules.isAcknowledged(copies, others.length + 1)) resolve();
          else if (open === 0) reject(new TimedOut('too few nodes have it'));
        };
        save().then(() => heard(true), reject);
        for (const node of others) void copyTo(node, copy).then(heard, reject);
      });
    };
    /** Resolves when what the table is now is as safe as it must be before anybody is told of it. */
    const replicated = (): Promise<void> => {
      bytes = table.save();
      place = { epoch: promised, offset: place.offset + 1 };
      unconfirmed.push({ offset: place.offset, atMs: clock.elapsed() });
      return confirmed();
    };
    /** As long as it is in office it makes sure, again and again, that others follow; who missed a change gets it then. */
    const remain = async (epoch: number) => {
      for (;;) {
        await clock.sleep(options.pingInterval);
        if (!isPrimary || promised !== epoch) return;
        const sureMs = Math.min(confirmedMs, ...unconfirmed.slice(0, 1).map(({ atMs }) => atMs));
        if (mustResign(clock.elapsed(), sureMs, options.downAfter)) return leave();
        const isExpected = (error: unknown) => {
          if (!isTimedOut(error)) throw error;
        };
        inBackground(clock, confirmed().catch(isExpected));
      }
    };
    const expire = () => {
      if (isPrimary && table.purge(clock.elapsed())) show();
    };
    const watch = alarm(clock, () => (isPrimary ? table.leftMs(clock.elapsed()) : null), expire);
    const serve = <K extends Request>(
      kind: K,
      answer: (ask: Ask<LockWire, K>) => Promise<Answer<LockWire, K>>,
    ) =>
      host.on(kind, ((ask: Ask<LockWire, K>) => {
        if (!isPrimary) throw new Refused(`${host.id} is not the primary`);
        expire();
        return answer(ask);
      }) as never);
    const changed = async () => {
      show();
      await replicated();
    };

    host.on('lead', async ({ epoch }) => {
      if (epoch !== promised || led >= epoch) return false;
      led = epoch;
      // Nobody knows for how long those who hold locks have held them: all last for their whole ttl again.
      if (bytes.length > 0) table.load(bytes, clock.elapsed());
      await save();
      if (epoch !== promised) return false;
      isPrimary = true;
      confirmedMs = clock.elapsed();
      inBackground(clock, remain(epoch));
      watch();
      await changed();
      return true;
    });
    serve('acquire', async (claim) => {
      if (claim.ttlMs !== null) mustBeTtl(claim.ttlMs, options.ttlMax);
      const grant = table.acquire(claim, clock.elapsed(), clock.now());
      watch();
      if (grant === null) {
        show();
        return null;
      }
      await changed();
      return grant;
    });
    serve('renew', async (ask) => {
      mustBeTtl(ask.ttlMs, options.ttlMax);
      if (!table.renew(ask, clock.elapsed())) return false;
      watch();
      await changed();
      return true;
    });
    serve('release', async (ask) => {
      if (!table.release(ask, clock.elapsed())) return false;
      await changed();
      return true;
    });
    serve('forceUnlock', async ({ key }) => {
      if (!table.forceUnlock(key, clock.elapsed())) return false;
      host.log('unlocked by force', { key });
      await changed();
      return true;
    });
    serve('info', async ({ key }) => {
      // So it knows that it is the primary still.
      await confirmed();
      return table.info(key, clock.elapsed(), clock.now());
    });
  };
}

const textOf = ({ promised, led, place }: Saved): string =>
  `${promised} ${led} ${place.epoch} ${place.offset}`;

/** The length of the first part in four bytes, little-endian; the first part; the table. */
function encode(saved: Saved, table: Uint8Array): Uint8Array {
  const head = new TextEncoder().encode(JSON.stringify(saved));
  const bytes = new Uint8Array(4 + head.length + table.length);
  new DataView(bytes.buffer).setUint32(0, head.length, true);
  bytes.set(head, 4);
  bytes.set(table, 4 + head.length);
  return bytes;
}

function decode(bytes: Uint8Array | null): Saved & { readonly table: Uint8Array } {
  if (bytes === null) return { ...nothing, table: new Uint8Array() };
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
  const saved = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + length))) as Saved;
  return { ...saved, table: bytes.slice(4 + length) };
}

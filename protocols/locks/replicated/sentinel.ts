/**
 * Looks after a primary and its replicas: when the primary has been silent for too long, or says that it is none any
 * more, it promotes another one. After Redis Sentinel (*High availability with Redis Sentinel*, "Sentinels and replicas
 * auto discovery", "Replica selection and priority"), of which there is one here instead of several that vote: who is
 * promoted is never in dispute, and while the sentinel is down nobody is.
 */
import { Cell } from '../../cell.ts';
import { type Host, type HostId, isRefused, isTimedOut } from '../../host.ts';
import { isNode, isSentinel, type ReplicatedOptions } from '../options.ts';
import type { ReplicatedWire, Standing } from './messages.ts';
import { promoted } from './place.ts';

/** What the sentinel shows. */
export interface SentinelView {
  readonly role: 'sentinel';
  /** The last epoch in which it promoted, or tried to. */
  readonly epoch: number;
  readonly primary: HostId | null;
}

export function sentinel({ pingInterval, downAfter, callTimeout: timeoutMs }: ReplicatedOptions) {
  return async (host: Host<ReplicatedWire>): Promise<void> => {
    const nodes = host.peers.filter(isNode);
    const others = host.peers.filter((peer) => isSentinel(peer) && peer !== host.id);
    if (others.length > 0)
      throw new RangeError(`there may be one sentinel only, but ${others[0]} is one besides ${host.id}`);
    const cell = new Cell(host.disk, 'epoch');
    const saved = await cell.read();
    let epoch = saved === null ? 0 : Number(new TextDecoder().decode(saved));
    let primary: HostId | null = null;
    /** The last epoch that each node was to lead, as far as this life of the sentinel knows. */
    const tried = new Map<HostId, number>();
    // A primary that it does not know of yet has its time to answer, as any.
    let heardMs = epoch === 0 ? Number.NEGATIVE_INFINITY : host.clock.elapsed();
    host.expose((): SentinelView => ({ role: 'sentinel', epoch, primary }));

    const standings = async (ask: (node: HostId) => Promise<Standing>) => {
      const all = await Promise.all(nodes.map((node) => answered(ask(node), node)));
      return all.filter((one) => one !== null);
    };
    const failOver = async () => {
      // No epoch has two primaries: what was tried is never tried again.
      epoch += 1;
      primary = null;
      await cell.write(new TextEncoder().encode(String(epoch)));
      const stopped = await standings((node) => host.call(node, 'stop', { epoch }, { timeoutMs }));
      const candidates = stopped.map((one) => ({ ...one, tried: tried.get(one.id) ?? 0 }));
      const id = promoted(candidates, nodes.length);
      if (id === null) return;
      tried.set(id, epoch);
      host.log('replica promoted', { epoch, primary: id });
      await answered(host.call(id, 'lead', { epoch }, { timeoutMs }), id);
    };

    for (;;) {
      const all = await standings((node) => host.call(node, 'standing', null, { timeoutMs }));
      const present = all.find(({ isPrimary, promised }) => isPrimary && promised === epoch);
      if (present !== undefined) {
        primary = present.id;
        heardMs = host.clock.elapsed();
      } else if (host.clock.elapsed() - heardMs >= downAfter) {
        await failOver();
        heardMs = host.clock.elapsed();
      }
      await host.clock.sleep(pingInterval);
    }
  };
}

/** The answer and whose it is; null if there was none. */
async function answered<T>(answer: Promise<T>, id: HostId): Promise<(T & { readonly id: HostId }) | null> {
  try {
    return { ...(await answer), id };
  } catch (error) {
    if (isRefused(error) || isTimedOut(error)) return null;
    throw error;
  }
}

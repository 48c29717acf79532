/**
 * A probe of the contract: a lock with a lease, a holder that stands still beyond it, and the fencing token that saves
 * the day (Gray and Cheriton 1989; Kleppmann 2016, "How to do distributed locking").
 */
import { type Host, Refused } from '../../protocols/host.ts';

export const leaseMs = 150;
/** What the holder does between looking at its lease and writing. */
export const workMs = 60;

export type LeaseWire = {
  acquire(ask: null): { token: number; leaseMs: number };
  write(ask: { token: number; value: string }): void;
  /** Every write that the store took, in order. */
  written(ask: null): { token: number; value: string }[];
};

/** n1: grants the lock to one host at a time, for so long. */
export function lockServer(host: Host<LeaseWire>): void {
  let token = 0;
  let until = Number.NEGATIVE_INFINITY;
  let holder = '';
  host.expose(() => ({ holder, token }));
  host.on('acquire', (_, from) => {
    const isFree = host.clock.elapsed() >= until;
    // A repeated request of the holder itself gets the same grant.
    if (!isFree && from !== holder) throw new Refused(`held by ${holder}`);
    if (isFree) {
      token += 1;
      until = host.clock.elapsed() + leaseMs;
      holder = from;
    }
    return { token, leaseMs };
  });
}

/** n2: what the lock is there to protect. */
export const store = (isFenced: boolean) => (host: Host<LeaseWire>) => {
  const written: { token: number; value: string }[] = [];
  let tokenMax = 0;
  host.expose(() => ({ tokenMax, writes: written.length }));
  host.on('write', ({ token, value }) => {
    if (isFenced && token < tokenMax) throw new Refused(`token ${token} is older than ${tokenMax}`);
    tokenMax = Math.max(tokenMax, token);
    // The network may repeat a write.
    if (!written.some((write) => write.token === token && write.value === value))
      written.push({ token, value });
  });
  host.on('written', () => [...written]);
};

/** Tries until the lock is granted; the lease counts from before the asking. */
export async function acquire(host: Host<LeaseWire>): Promise<{ token: number; holds: () => boolean }> {
  for (;;) {
    const asked = host.clock.elapsed();
    try {
      const grant = await host.call('n1', 'acquire', null, { timeoutMs: 50 });
      return { token: grant.token, holds: () => host.clock.elapsed() < asked + grant.leaseMs };
    } catch {
      await host.clock.sleep(10);
    }
  }
}

/**
 * c2: takes the lock, and works under it piece by piece. It looks at its lease before every piece of work, as a careful
 * client does, and writes after it.
 */
export async function holder(host: Host<LeaseWire>): Promise<void> {
  const lock = await acquire(host);
  let isHolding = true;
  host.expose(() => ({ isHolding, token: lock.token }));
  for (let round = 1; lock.holds(); round += 1) {
    await host.clock.sleep(workMs);
    const value = `${host.id} ${round}`;
    await host.call('n2', 'write', { token: lock.token, value }, { timeoutMs: 1000 }).catch((error) => {
      host.log('write refused', { message: String(error) });
    });
  }
  isHolding = false;
}

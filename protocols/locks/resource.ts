/**
 * What a lock guards: a resource that remembers the newest fencing token it has seen for each key, and refuses older
 * ones (Kleppmann, *How to do distributed locking*, 2016, "Making the lock safe with fencing"). A write without a token
 * is let in as long as none has come with one.
 */
import { Cell } from '../cell.ts';
import { type Host, Refused } from '../host.ts';
import type { LockWire, Write } from './messages.ts';
import type { LockRules } from './rules.ts';

/** Whether a write with this token is let in after one with `newest`; null stands for no token. */
export function admits(newest: number | null, token: number | null): boolean {
  if (newest === null) return true;
  return token !== null && token >= newest;
}

/** What a resource shows: the write that it accepted last, by key. */
export interface ResourceView {
  readonly role: 'resource';
  readonly accepted: readonly Write[];
  /** Writes that it has refused since its start. */
  readonly refused: number;
}

export function guardedResource(rules: LockRules) {
  return async (host: Host<LockWire>): Promise<void> => {
    const cell = new Cell(host.disk, 'resource');
    const saved = await cell.read();
    const writes = saved === null ? [] : (JSON.parse(new TextDecoder().decode(saved)) as readonly Write[]);
    const last = new Map(writes.map((write) => [write.key, write]));
    // Only what is durable counts as accepted.
    let accepted = writes;
    let refused = 0;
    host.expose((): ResourceView => ({ role: 'resource', accepted, refused }));

    host.on('write', async (write) => {
      const { key, holder, token } = write;
      const newest = last.get(key);
      if (newest !== undefined && !rules.admits(newest.token, token)) {
        refused += 1;
        host.log('write refused', { key, holder, token });
        throw new Refused(`token ${token} for ${key} is older than ${newest.token}`);
      }
      last.set(key, write);
      const now = [...last.values()];
      await cell.write(new TextEncoder().encode(JSON.stringify(now)));
      accepted = now;
      return null;
    });
  };
}

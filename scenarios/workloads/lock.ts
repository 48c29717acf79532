/** Clients that lock a key, write to what it guards, and unlock it. */
import type { Host } from '../../protocols/host.ts';
import type { Lock, LockClients, LockOptions } from '../../protocols/locks/index.ts';
import type { Question, Reply, Workload, WorkloadContext } from '../../sim/index.ts';

/** What a client of a lock shows: the locks that it believes to hold, and what it does under them. */
export interface LockHolderView {
  readonly role: 'client';
  readonly held: readonly {
    readonly key: string;
    readonly owner: string;
    readonly token: number | null;
    /** Milliseconds of its clock from now on. */
    readonly remainingMs: number;
  }[];
  /** What it works on in operations that use a lock as a whole. */
  readonly working: readonly { readonly key: string; readonly owner: string }[];
  /** How often such work was stopped since its lock was lost. */
  readonly stopped: number;
}

export const lock: Workload = {
  name: 'lock',
  about: 'acquire, write and release on a few keys, by clients that each hold one lock at a time',
  needs: 'lock',
  options: {
    hold: { type: 'duration', default: 40, min: 0, about: 'Mean time between two steps of a holder.' },
    work: {
      type: 'duration',
      default: 20,
      min: 0,
      about: 'Mean time between a look at the lock and the write that follows from it.',
    },
    writes: { type: 'integer', default: 2, min: 0, about: 'Writes to the resource under one lock.' },
    autoRenew: { type: 'flag', default: false, about: 'Holders renew their lock until they release it.' },
    fair: { type: 'flag', default: false, about: 'Clients stand in line for a lock.' },
    using: {
      type: 'flag',
      default: false,
      about: 'Each lock is used in one operation, whose work stops when the lock is lost.',
    },
  },
  checks: ['mutual-exclusion', 'lock-freed', 'progress'],
  program: (context) => (host: Host<never>) => run(context, host),
  performer,
};

/**
 * Does and records single operations; a lock is known by its key. To write under a lock which is lost is refused, as far
 * as the client knows when it looks; then it works, and writes.
 */
function performer(context: WorkloadContext, host: Host<never>) {
  const { locks, resource } = context.connect(host) as LockClients;
  const session = context.session(host);
  const { autoRenew, fair } = context.options;
  const own = new Map<string, Lock>();
  const habits: LockOptions = { autoRenew: autoRenew === true, fair: fair === true };
  const working = new Set<Lock>();
  let stopped = 0;
  host.expose(
    (): LockHolderView => ({
      role: 'client',
      held: locks.held().map((lock) => {
        const { key, owner, token } = lock;
        return { key, owner, token, remainingMs: lock.remaining() };
      }),
      working: [...working].map(({ key, owner }) => ({ key, owner })),
      stopped,
    }),
  );

  /** Works under a lock, a write after the other, for as long as it has it. */
  const use = async (signal: AbortSignal, lock: Lock, value: number): Promise<Reply> => {
    working.add(lock);
    try {
      for (let write = 0; write < Number(context.options.writes); write += 1) {
        await resource.write(lock, value, { signal });
        await host.clock.sleep(drawnMs(host, context.options.hold, 'hold'), { signal });
      }
      return { value: lock.token ?? lock.owner };
    } finally {
      working.delete(lock);
      if (signal.aborted) stopped += 1;
    }
  };

  return async ({ f, key = '', value }: Question): Promise<Reply | undefined> => {
    const lock = own.get(key);
    switch (f) {
      case 'acquire':
        return session.operate({ f, key }, async () => {
          const given = await locks.acquire(key, habits);
          own.set(key, given);
          return { value: given.token ?? given.owner };
        });
      case 'write': {
        // Nobody asks the resource without a lock.
        if (lock === undefined || lock.remaining() === 0) return undefined;
        const workMs = drawnMs(host, context.options.work, 'work');
        if (workMs > 0) await host.clock.sleep(workMs);
        return session.operate({ f, key, value }, async () => {
          await resource.write(lock, value as number);
          return {};
        });
      }
      case 'renew':
        if (lock === undefined) return undefined;
        return session.operate({ f, key }, async () => ({ ok: await locks.renew(lock) }));
      case 'release':
        if (lock === undefined) return undefined;
        own.delete(key);
        return session.operate({ f, key }, async () => ({ ok: await locks.release(lock) }));
      case 'use':
        return session.operate({ f, key, value }, () =>
          locks.using(key, (signal, given) => use(signal, given, value as number), habits),
        );
      default:
        throw new TypeError(`a lock client can acquire, write, renew, release and use, not "${f}"`);
    }
  };
}

async function run(context: WorkloadContext, host: Host<never>): Promise<void> {
  const { keys, options, thinkUs } = context;
  const perform = performer(context, host);
  for (;;) {
    await host.clock.sleep(host.random.below(2 * thinkUs + 1, 'think') / 1000);
    const key = keys[host.random.below(keys.length, 'key')] as string;
    if (options.using === true) {
      await perform({ f: 'use', key, value: context.fresh() });
      continue;
    }
    if ((await perform({ f: 'acquire', key })) === undefined) continue;
    for (let write = 0; write < Number(options.writes); write += 1) {
      await perform({ f: 'write', key, value: context.fresh() });
      await host.clock.sleep(drawnMs(host, options.hold, 'hold'));
    }
    await perform({ f: 'release', key });
  }
}

/** From 0 to twice the mean. */
function drawnMs(host: Host<never>, meanMs: unknown, label: string): number {
  return host.random.below(Math.round(Number(meanMs) * 2000) + 1, label) / 1000;
}

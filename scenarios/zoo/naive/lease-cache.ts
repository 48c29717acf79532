/**
 * A store (n1) with two caches in front of it. Whoever holds the lease may serve from its cache, so the other one must
 * not write. The caches trust their clocks and their speed: nothing at the store refuses a write that comes too late.
 */
import { type Host, isRefused, Refused } from '../../../protocols/host.ts';
import type { Protocol, Value } from '../../../protocols/protocol.ts';
import {
  applied,
  callingHome,
  type StoreAnswer,
  type StoreOperation,
  type StoreWire,
} from './store-client.ts';

type Wire = StoreWire & {
  lease(ask: null): { readonly untilMs: number };
  store(ask: StoreOperation): StoreAnswer;
};

const options = {
  ttl: { type: 'duration', default: 2000, min: 1, about: 'How long a lease lasts.' },
  guard: {
    type: 'duration',
    default: 300,
    min: 0,
    about: 'How long before its end a holder stops using it.',
  },
  work: {
    type: 'duration',
    default: 20,
    min: 0,
    about: 'What a cache does between looking at its lease and acting.',
  },
  clock: {
    type: 'choice',
    default: 'wall',
    of: ['wall', 'interval'],
    about: 'Leases by the wall clock of each host, or by intervals in which the true time lies.',
  },
} as const;

interface Options {
  readonly ttl: number;
  readonly guard: number;
  readonly work: number;
  readonly clock: string;
}

/** Grants the lease and keeps the data. */
function store(host: Host<Wire>, { ttl, clock }: Options): void {
  const data = new Map<string, Value>();
  let holder: string | undefined;
  let untilMs = 0;
  const isOver = () => (clock === 'wall' ? host.clock.now() : host.clock.interval().earliest) > untilMs;
  host.on('lease', (_, from) => {
    if (holder !== undefined && !isOver()) throw new Refused(`${holder} holds the lease`);
    holder = from;
    untilMs = (clock === 'wall' ? host.clock.now() : host.clock.interval().latest) + ttl;
    return { untilMs };
  });
  host.on('store', (operation) => applied(data, operation));
  host.expose(() => ({ role: 'store', holder: holder ?? null }));
}

/** Serves from memory while it holds the lease. */
function cache(host: Host<Wire>, { ttl, guard, work, clock }: Options): void {
  const cached = new Map<string, Value>();
  const timeoutMs = 1000;
  let untilMs = 0;
  let last: Promise<unknown> = Promise.resolve();
  const isMine = () => (clock === 'wall' ? host.clock.now() : host.clock.interval().latest) < untilMs - guard;

  const acquire = async () => {
    const askedMs = host.clock.now();
    const granted = await host.call(host.peers[0]!, 'lease', null, { timeoutMs });
    cached.clear();
    // By the wall clock only durations count, so that clocks which are off do no harm.
    untilMs = clock === 'wall' ? askedMs + ttl : granted.untilMs;
    if (!isMine()) throw new Refused('the lease came too late');
  };

  const operate = async (operation: StoreOperation): Promise<StoreAnswer> => {
    if (!isMine()) await acquire().catch((error: unknown) => refuse(error));
    await host.clock.sleep(work);
    const { f, key } = operation;
    if (f === 'get' && cached.has(key)) return { value: cached.get(key)!, ok: true };
    const answer = await host.call(host.peers[0]!, 'store', operation, { timeoutMs });
    cached.set(key, answer.value);
    return answer;
  };

  // One after another: two writes whose answers overtake each other would leave the wrong one in the cache.
  host.on('operate', (operation) => {
    const answer = last.then(() => operate(operation));
    last = answer.catch(() => {
      // Nobody knows what became of it.
      untilMs = 0;
    });
    return answer;
  });
  host.expose(() => ({ role: untilMs > 0 ? 'primary' : 'cache' }));
}

/** Nothing was done for want of a lease, whatever the reason. */
function refuse(error: unknown): never {
  throw isRefused(error) ? new Refused(error.message) : new Refused('the store gave no lease');
}

export const leaseCache: Protocol = {
  name: 'naive/lease-cache',
  about: 'Two caches that take turns by leases, and a store that takes every write however late it comes.',
  promise: 'Linearizable as long as clocks run at one rate and no host is slow or stops.',
  options,
  roles: {
    node: {
      prefix: 'n',
      count: 3,
      program: (given: Options) => (host: Host<Wire>) =>
        host.id === host.peers[0] ? store(host, given) : cache(host, given),
    },
  },
  clients: {
    kv: (host, servers) => callingHome(host as unknown as Host<StoreWire>, servers.slice(1), 6000),
  },
};

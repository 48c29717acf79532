/**
 * The client's half: it knows where keys belong, and asks the replicas in turn (*Dynamo*, §6.4: a partition-aware library).
 * A write first gets its stamp, and is then written under it: so it may be sent to one coordinator after the other, and
 * arrive at any of them more than once, without becoming two writes.
 */
import { type Answer, type Ask, type Host, type HostId, isRefused, Refused, TimedOut } from '../../host.ts';
import type { KvClient, Value } from '../../protocol.ts';
import { nothingSeen } from '../conflicts/context.ts';
import type { Context, Resolution } from '../conflicts/resolution.ts';
import type { SiblingsClient } from '../conflicts/siblings-client.ts';
import type { Leveled } from './level.ts';
import type { LeaderlessWire } from './messages.ts';
import type { LeaderlessOptions } from './options.ts';
import { Placement } from './preference.ts';

/** So that a node which refuses at once is not asked again at once. */
const pauseMs = 10;

type Asked = 'get' | 'stamp' | 'write';

export function siblingsClient(
  host: Host<LeaderlessWire>,
  servers: readonly HostId[],
  options: LeaderlessOptions,
  resolution: Resolution,
): SiblingsClient {
  const { attemptTimeout, requestTimeout } = options;
  const placement = new Placement(servers, options.replicas);

  /** Asks one replica after the other, from a drawn one on; what is asked may be asked any number of times. */
  const request = async <K extends Asked>(
    kind: K,
    ask: Ask<LeaderlessWire, K> & { readonly key: string },
    deadline: number,
  ): Promise<Answer<LeaderlessWire, K>> => {
    const replicas = placement.replicasOf(ask.key);
    const first = host.random.below(replicas.length, 'coordinator');
    let mayHaveHappened = false;
    for (let attempt = 0; ; attempt++) {
      const left = deadline - host.clock.elapsed();
      if (left <= 0) break;
      const replica = replicas[(first + attempt) % replicas.length]!;
      try {
        return await host.call(replica, kind, ask, { timeoutMs: Math.min(attemptTimeout, left) });
      } catch (error) {
        if (!isRefused(error)) mayHaveHappened = true;
      }
      await host.clock.sleep(pauseMs);
    }
    if (mayHaveHappened && kind === 'write')
      throw new TimedOut(`not written for certain in ${requestTimeout} ms`);
    throw new Refused(`no replica of "${ask.key}" could do it in ${requestTimeout} ms`);
  };

  const write = async (key: string, value: Value, context: Context, ask: Leveled = {}): Promise<void> => {
    const deadline = host.clock.elapsed() + requestTimeout;
    const stamp = await request('stamp', { key }, deadline);
    await request('write', { ...ask, key, state: resolution.written(stamp, value, context) }, deadline);
  };

  return {
    get: (key, ask = {}) => request('get', { ...ask, key }, host.clock.elapsed() + requestTimeout),
    put: write,
    delete: (key, context, ask) => write(key, null, context, ask),
  };
}

/** A map whose operations may each ask for a level of their own; what each method promises is said at `KvClient`. */
export interface LeveledClient extends KvClient {
  get(key: string, ask?: Leveled): Promise<Value>;
  put(key: string, value: Value, ask?: Leveled): Promise<void>;
  delete(key: string, ask?: Leveled): Promise<void>;
}

/** One value a key. What a client has seen last is what its next write overwrites, where siblings are kept. */
export function valuesClient(siblings: SiblingsClient): LeveledClient {
  const seen = new Map<string, Context>();
  const contextOf = (key: string) => seen.get(key) ?? nothingSeen;
  return {
    async get(key, ask) {
      const { values, context } = await siblings.get(key, ask);
      seen.set(key, context);
      if (values.length > 1) throw new Refused(`"${key}" has ${values.length} siblings: ask for all of them`);
      return values[0] ?? null;
    },
    put: (key, value, ask) => siblings.put(key, value, contextOf(key), ask),
    delete: (key, ask) => siblings.delete(key, contextOf(key), ask),
    cas: () => Promise.reject(new Refused('a compare-and-set needs consensus, which quorums do not give')),
  };
}

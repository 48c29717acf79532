/** The client's half of a service that every server can give alone: it asks one after the other. */
import {
  type Answer,
  type Ask,
  type Host,
  type HostId,
  isRefused,
  isTimedOut,
  Refused,
  TimedOut,
  type Wire,
} from './host.ts';

export interface Patience {
  /** Milliseconds after which the next server is asked. */
  readonly attemptTimeout: number;
  /** Milliseconds after which the client gives up. */
  readonly requestTimeout: number;
}

/** So that a server which refuses at once is not asked again at once. */
const pauseMs = 10;

/**
 * Asks the servers in turn, from a drawn one on, until one answers.
 * @throws Refused no server did what was asked: each attempt was refused
 * @throws TimedOut some server may have done it
 */
export async function askAnyServer<W extends Wire, K extends keyof W & string>(
  host: Host<W>,
  servers: readonly HostId[],
  kind: K,
  ask: Ask<W, K>,
  { attemptTimeout, requestTimeout }: Patience,
): Promise<Answer<W, K>> {
  const deadline = host.clock.elapsed() + requestTimeout;
  const first = host.random.below(servers.length, 'first server');
  let mayHaveHappened = false;
  for (let attempt = 0; ; attempt++) {
    const left = deadline - host.clock.elapsed();
    if (left <= 0) break;
    const server = servers[(first + attempt) % servers.length] as HostId;
    try {
      return await host.call(server, kind, ask, { timeoutMs: Math.min(attemptTimeout, left) });
    } catch (error) {
      if (!isRefused(error) && !isTimedOut(error)) throw error;
      if (isTimedOut(error)) mayHaveHappened = true;
    }
    await host.clock.sleep(pauseMs);
  }
  if (mayHaveHappened) throw new TimedOut(`no server answered within ${requestTimeout} ms`);
  throw new Refused(`every server refused for ${requestTimeout} ms`);
}

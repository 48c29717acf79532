/** The client's half: finds the owner by the newest view that it knows, and learns of newer ones from the answers. */
import { type Host, type HostId, isRefused, isTimedOut, Refused, TimedOut } from '../host.ts';
import type { KvClient } from '../protocol.ts';
import { Lookout } from './directory.ts';
import type { Operation, PlacementWire, Result } from './messages.ts';
import type { PlacementOptions } from './options.ts';
import { type Place, Views } from './view.ts';

const pauseMs = 10;

interface Session {
  readonly name: string;
  sequence: number;
}

export function placementClient(
  host: Host<PlacementWire>,
  directory: HostId,
  place: Place,
  options: PlacementOptions,
): KvClient {
  const { attemptTimeout, requestTimeout } = options;
  const views = new Views(place);
  const lookout = new Lookout(host as never, directory, attemptTimeout, views);
  // A client that is started again has other sessions.
  const life = host.random.below(2 ** 32, 'session');
  const idle: Session[] = [];
  let sessions = 0;
  const begun = (): Session => {
    sessions += 1;
    return { name: `${host.id} ${life} ${sessions}`, sequence: 0 };
  };

  const operate = async (operation: Operation): Promise<Result> => {
    const session = idle.pop() ?? begun();
    session.sequence += 1;
    try {
      return await insist(operation, session);
    } finally {
      // A late copy will find that the session has gone on.
      idle.push(session);
    }
  };

  const insist = async (operation: Operation, { name, sequence }: Session): Promise<Result> => {
    const deadline = host.clock.elapsed() + requestTimeout;
    let mayHaveHappened = false;
    for (let left = requestTimeout; left > 0; left = deadline - host.clock.elapsed()) {
      const owner = views.owner(operation.key);
      if (owner === undefined) await lookout.refresh();
      else {
        const request = { operation, session: name, sequence, version: views.version };
        try {
          const timeoutMs = Math.min(attemptTimeout, left);
          const answer = await host.call(owner, 'operate', request, { timeoutMs });
          lookout.adopt(answer.views);
          if (answer.status === 'done') return answer.result;
          if (answer.views.length > 0) continue;
        } catch (error) {
          if (!isRefused(error) && !isTimedOut(error)) throw error;
          if (!isRefused(error)) mayHaveHappened = true;
          // The owner may have left.
          void lookout.refresh();
        }
      }
      await host.clock.sleep(pauseMs);
    }
    if (mayHaveHappened) throw new TimedOut(`no owner answered within ${requestTimeout} ms`);
    throw new Refused(`every owner refused for ${requestTimeout} ms`);
  };

  return {
    get: async (key) => (await operate({ f: 'get', key })) as Awaited<ReturnType<KvClient['get']>>,
    put: async (key, value) => void (await operate({ f: 'put', key, value })),
    delete: async (key) => void (await operate({ f: 'put', key, value: null })),
    cas: async (key, from, to) => (await operate({ f: 'cas', key, from, to })) === true,
  };
}

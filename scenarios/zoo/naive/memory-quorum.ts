/** Replicates to a majority, and keeps everything in memory only: Attiya, Bar-Noy and Dolev (JACM 1995) without disks. */
import { type Host, type HostId, TimedOut } from '../../../protocols/host.ts';
import type { Protocol, Value } from '../../../protocols/protocol.ts';
import { storeClient } from './store-client.ts';

/** A value and its place in the order of all writes of a key; the writer's name and count make it unique. */
interface Stamped {
  readonly number: number;
  readonly writer: string;
  readonly value: Value;
}

type Wire = {
  query(ask: { readonly key: string }): Stamped;
  store(ask: { readonly key: string; readonly stamped: Stamped }): null;
};

const never: Stamped = { number: 0, writer: '', value: null };

const isNewer = (left: Stamped, right: Stamped): boolean =>
  left.number !== right.number ? left.number > right.number : left.writer > right.writer;

function replica(host: Host<Wire>): void {
  const stored = new Map<string, Stamped>();
  host.on('query', ({ key }) => stored.get(key) ?? never);
  host.on('store', ({ key, stamped }) => {
    if (isNewer(stamped, stored.get(key) ?? never)) stored.set(key, stamped);
    return null;
  });
}

function client(host: Host<Wire>, servers: readonly HostId[]) {
  const majority = Math.floor(servers.length / 2) + 1;
  const ask = { timeoutMs: 500 };
  let writes = 0;

  /** The first answers of a majority. */
  const ofMajority = <T>(call: (server: HostId) => Promise<T>): Promise<T[]> =>
    new Promise((resolve, reject) => {
      const answers: T[] = [];
      let failures = 0;
      for (const server of servers) {
        call(server).then(
          (answer) => {
            answers.push(answer);
            if (answers.length === majority) resolve(answers);
          },
          () => {
            failures += 1;
            if (failures > servers.length - majority) reject(new TimedOut('no majority answered'));
          },
        );
      }
    });
  const newest = async (key: string): Promise<Stamped> => {
    const answers = await ofMajority((server) => host.call(server, 'query', { key }, ask));
    return answers.reduce((best, answer) => (isNewer(answer, best) ? answer : best));
  };
  const store = (key: string, stamped: Stamped) =>
    ofMajority((server) => host.call(server, 'store', { key, stamped }, ask));

  return storeClient(async ({ f, key, value }) => {
    const found = await newest(key);
    writes += 1;
    const writer = `${host.id} ${writes}`;
    const next = f === 'get' ? found : { number: found.number + 1, writer, value };
    // A reader writes back what it found, so that no later reader finds less.
    await store(key, next);
    return { value: next.value, ok: true };
  });
}

export const memoryQuorum: Protocol = {
  name: 'naive/memory-quorum',
  about: 'A majority register that remembers nothing over a restart. It has no cas.',
  promise: 'Linearizable as long as no server ever stops.',
  options: {},
  roles: { node: { prefix: 'n', count: 3, program: () => replica } },
  clients: { kv: (host, servers) => client(host as unknown as Host<Wire>, servers) },
};

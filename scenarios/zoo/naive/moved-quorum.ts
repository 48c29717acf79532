/**
 * A majority register whose members can be changed at once and without more ado: no data moves to a server that joins,
 * and the quorums of the old and the new members need not meet. (Reconfiguration done right: Aguilera et al.,
 * *Dynamic Atomic Storage without Consensus*, JACM 2011.)
 */
import { type Host, type HostId, Refused } from '../../../protocols/host.ts';
import type { MembersClient, Protocol } from '../../../protocols/protocol.ts';
import { isNewer, never, type Stamped, some } from './majority.ts';
import { storeClient } from './store-client.ts';

/** Who the members are; a higher version replaces a lower one. */
interface Members {
  readonly version: number;
  readonly servers: readonly HostId[];
}

type Wire = {
  query(ask: { readonly key: string }): { readonly stamped: Stamped; readonly members: Members };
  store(ask: { readonly key: string; readonly stamped: Stamped }): null;
  members(ask: null): Members;
  change(ask: Members): null;
};

const patience = { timeoutMs: 300 };

const majorityOf = (servers: readonly HostId[]): number => Math.floor(servers.length / 2) + 1;

function replica(host: Host<Wire>): void {
  const stored = new Map<string, Stamped>();
  let members: Members = { version: 0, servers: host.peers };
  host.on('query', ({ key }) => ({ stamped: stored.get(key) ?? never, members }));
  host.on('store', ({ key, stamped }) => {
    if (isNewer(stamped, stored.get(key) ?? never)) stored.set(key, stamped);
    return null;
  });
  host.on('members', () => members);
  host.on('change', (changed) => {
    if (changed.version > members.version) members = changed;
    return null;
  });
  host.expose(() => ({ members: members.servers, version: members.version }));
}

function kv(host: Host<Wire>) {
  let members: Members = { version: 0, servers: host.peers };
  let writes = 0;
  const newest = async (key: string): Promise<Stamped> => {
    for (;;) {
      const asked = members;
      const { servers } = asked;
      const answers = await some(servers, majorityOf(servers), (server) =>
        host.call(server, 'query', { key }, patience),
      );
      for (const { members: told } of answers) if (told.version > members.version) members = told;
      // Asked the wrong ones: there are new members.
      if (members !== asked) continue;
      return answers.map(({ stamped }) => stamped).reduce((best, one) => (isNewer(one, best) ? one : best));
    }
  };
  return storeClient(async ({ f, key, value }) => {
    const found = await newest(key);
    writes += 1;
    const writer = `${host.id} ${writes}`;
    const stamped = f === 'get' ? found : { number: found.number + 1, writer, value };
    const { servers } = members;
    await some(servers, majorityOf(servers), (server) =>
      host.call(server, 'store', { key, stamped }, patience),
    );
    return { value: stamped.value, ok: true };
  });
}

function operator(host: Host<Wire>, all: readonly HostId[]): MembersClient {
  const change = async (of: (servers: readonly HostId[]) => readonly HostId[]): Promise<void> => {
    const known = await some(all, majorityOf(all), (server) => host.call(server, 'members', null, patience));
    const { version, servers } = known.reduce((best, one) => (one.version > best.version ? one : best));
    const changed = of(servers);
    if (changed.length === servers.length && changed.every((id) => servers.includes(id))) return;
    if (changed.length === 0) throw new Refused('somebody must be left');
    const next = { version: version + 1, servers: changed };
    await some(all, all.length, (server) => host.call(server, 'change', next, patience));
  };
  return {
    add: (server) => change((servers) => (servers.includes(server) ? servers : [...servers, server])),
    remove: (server) => change((servers) => servers.filter((id) => id !== server)),
  };
}

export const movedQuorum: Protocol = {
  name: 'naive/moved-quorum',
  about: 'A majority register whose members change without moving any data. It has no cas.',
  promise: 'Linearizable as long as the members stay the same.',
  options: {},
  roles: { node: { prefix: 'n', count: 3, program: () => replica } },
  clients: {
    kv: (host) => kv(host as unknown as Host<Wire>),
    members: (host, servers) => operator(host as unknown as Host<Wire>, servers),
  },
};

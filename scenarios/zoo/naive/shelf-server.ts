/** One server that does one operation at a time, on whatever it keeps its values in. */
import type { Host } from '../../../protocols/host.ts';
import type { Protocol, Value } from '../../../protocols/protocol.ts';
import { callingAny, type StoreAnswer, type StoreOperation, type StoreWire } from './store-client.ts';

/** Where the values are. */
interface Shelf {
  get(key: string): Value | Promise<Value>;
  set(key: string, value: Value): void | Promise<void>;
}

export type OpenShelf = (host: Host<StoreWire>) => Promise<Shelf>;

/** A protocol of one such server. */
export const shelfProtocol = (
  own: Pick<Protocol, 'name' | 'about' | 'promise'>,
  open: OpenShelf,
): Protocol => ({
  ...own,
  options: {},
  roles: { node: { prefix: 'n', count: 1, program: () => serverOf(open) } },
  clients: {
    kv: (host, servers) => callingAny(host as unknown as Host<StoreWire>, servers, 1000),
  },
});

const serverOf = (open: OpenShelf) => async (host: Host<StoreWire>) => {
  const opening = open(host);
  let last: Promise<unknown> = opening;
  host.on('operate', (operation) => {
    const answer = last.then(async () => operate(await opening, operation));
    last = answer.catch(() => {});
    return answer;
  });
  await opening;
};

async function operate(shelf: Shelf, { f, key, value, from }: StoreOperation): Promise<StoreAnswer> {
  if (f === 'put') {
    await shelf.set(key, value);
    return { value, ok: true };
  }
  const stored = await shelf.get(key);
  if (f === 'get') return { value: stored, ok: true };
  if (stored !== from) return { value: stored, ok: false };
  await shelf.set(key, value);
  return { value, ok: true };
}

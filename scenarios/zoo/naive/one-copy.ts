/** Does everything right, on one disk. */
import { Journal } from '../../../protocols/journal.ts';
import type { Value } from '../../../protocols/protocol.ts';
import { shelfProtocol } from './shelf-server.ts';

export const oneCopy = shelfProtocol(
  {
    name: 'naive/one-copy',
    about: 'One server with a synced journal, the only copy of what it knows.',
    promise: 'Linearizable and durable as long as its disk is there, and keeps what it says it keeps.',
  },
  async ({ disk }) => {
    const { journal, records } = await Journal.open(disk, 'journal');
    const decoder = new TextDecoder();
    const values = new Map<string, Value>(records.map((record) => JSON.parse(decoder.decode(record))));
    return {
      get: (key) => values.get(key) ?? null,
      set: async (key, value) => {
        journal.append(new TextEncoder().encode(JSON.stringify([key, value])));
        await journal.sync();
        values.set(key, value);
      },
    };
  },
);

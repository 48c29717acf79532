/** Writes the new state beside the old one, then says which is the newest, and syncs both at once. */
import type { Value } from '../../../protocols/protocol.ts';
import { shelfProtocol } from './shelf-server.ts';

const file = 'state';
const sectorBytes = 4096;

export const orderedWrites = shelfProtocol(
  {
    name: 'naive/ordered-writes',
    about: 'One server that trusts that what it wrote first is durable first.',
    promise: 'Linearizable and durable as long as writes reach the disk in their order.',
  },
  async ({ disk }) => {
    const [first = 0] = await disk.read(file, 0, 1);
    let newest = first;
    const text = new TextDecoder().decode(await disk.read(file, placeOf(newest), sectorBytes));
    const values = new Map<string, Value>(text.startsWith('[') ? JSON.parse(text) : []);
    return {
      get: (key) => values.get(key) ?? null,
      set: async (key, value) => {
        const next = new Map(values).set(key, value);
        const state = JSON.stringify([...next]).padEnd(sectorBytes);
        newest = 1 - newest;
        await disk.write(file, placeOf(newest), new TextEncoder().encode(state));
        await disk.write(file, 0, Uint8Array.of(newest));
        await disk.sync(file);
        await disk.syncNames();
        values.set(key, value);
      },
    };
  },
);

const placeOf = (state: number): number => (1 + state) * sectorBytes;

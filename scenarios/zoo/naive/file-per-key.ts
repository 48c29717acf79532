/** Stores that keep each value in a file of its own and read it back for every get. */
import { type Disk, isDiskError } from '../../../protocols/host.ts';
import type { Value } from '../../../protocols/protocol.ts';
import { shelfProtocol } from './shelf-server.ts';

async function readValue(disk: Disk, key: string): Promise<Value> {
  const bytes = await disk.read(key, 0, valueBytes);
  if (bytes.length < valueBytes) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  return view.getUint8(0) === 0 ? null : view.getUint32(1);
}

async function writeValue(disk: Disk, key: string, value: Value): Promise<void> {
  const bytes = new Uint8Array(valueBytes);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, value === null ? 0 : 1);
  view.setUint32(1, Number(value));
  await disk.write(key, 0, bytes);
  await disk.sync(key);
  await disk.syncNames();
}

/** Whether there is a value, and the value. */
const valueBytes = 5;

export const noChecksum = shelfProtocol(
  {
    name: 'naive/no-checksum',
    about: 'One server that believes what it reads: a value in a file, without a checksum.',
    promise: 'Linearizable and durable as long as a disk gives back what was written, where it was written.',
  },
  async ({ disk }) => ({
    get: (key) => readValue(disk, key),
    set: (key, value) => writeValue(disk, key, value),
  }),
);

export const shrugsErrorsOff = shelfProtocol(
  {
    name: 'naive/shrugs-errors-off',
    about: 'One server that logs the errors of its disk, and says yes all the same.',
    promise: 'Linearizable and durable as long as every write succeeds.',
  },
  async (host) => ({
    get: (key) => readValue(host.disk, key),
    set: async (key, value) => {
      try {
        // Each value in a file of its own length, so that a full disk takes some of them.
        await host.disk.truncate(key, 0);
        await writeValue(host.disk, key, value);
      } catch (error) {
        if (!isDiskError(error)) throw error;
        host.log('disk failed', { message: error.message });
      }
    },
  }),
);

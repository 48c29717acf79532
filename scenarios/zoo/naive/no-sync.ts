/** Writes everything to its log, and answers when it is written. What is written is not synced. */
import { LineLog } from './line-log.ts';
import { shelfProtocol } from './shelf-server.ts';

export const noSync = shelfProtocol(
  {
    name: 'naive/no-sync',
    about: 'One server with a log that it never syncs.',
    promise: 'Linearizable as long as the power stays on.',
  },
  async ({ disk }) => {
    const log = await LineLog.open(disk);
    return {
      get: (key) => log.values.get(key) ?? null,
      set: async (key, value) => {
        await log.append(key, value);
        log.values.set(key, value);
      },
    };
  },
);

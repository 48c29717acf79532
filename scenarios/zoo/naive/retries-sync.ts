/** Takes a failed sync for one that can be tried again, as PostgreSQL did until 2018. */
import { isDiskError } from '../../../protocols/host.ts';
import { LineLog, logFile } from './line-log.ts';
import { shelfProtocol } from './shelf-server.ts';

export const retriesSync = shelfProtocol(
  {
    name: 'naive/retries-sync',
    about: 'One server that repeats a sync that failed until one succeeds.',
    promise: 'Linearizable and durable as long as no sync fails: a later one does not make up for it.',
  },
  async ({ disk }) => {
    const log = await LineLog.open(disk);
    await disk.syncNames();
    const persist = async (sync: () => Promise<void>): Promise<void> => {
      for (;;) {
        try {
          return await sync();
        } catch (error) {
          if (!isDiskError(error)) throw error;
        }
      }
    };
    return {
      get: (key) => log.values.get(key) ?? null,
      set: async (key, value) => {
        await log.append(key, value);
        await persist(() => disk.sync(logFile));
        await persist(() => disk.syncNames());
        log.values.set(key, value);
      },
    };
  },
);

/** Takes a disk that does not answer for one that does nothing: refuses, although the write is on its way. */
import { Refused } from '../../../protocols/host.ts';
import { LineLog, logFile } from './line-log.ts';
import { shelfProtocol } from './shelf-server.ts';

const patienceMs = 50;

export const impatient = shelfProtocol(
  {
    name: 'naive/impatient',
    about: `One server that says no if its disk takes longer than ${patienceMs} ms.`,
    promise: `Linearizable as long as no write takes longer than ${patienceMs} ms.`,
  },
  async ({ disk, clock }) => {
    const log = await LineLog.open(disk);
    return {
      get: (key) => log.values.get(key) ?? null,
      set: async (key, value) => {
        const writing = (async () => {
          await log.append(key, value);
          await disk.sync(logFile);
          await disk.syncNames();
          log.values.set(key, value);
        })();
        await Promise.race([
          writing,
          clock.sleep(patienceMs).then(() => {
            throw new Refused('the disk does not answer');
          }),
        ]);
      },
    };
  },
);

/**
 * The same protocols as real processes: five servers, a thousand operations, a server that is killed in their midst and
 * comes back with the files that it has.
 */
import { describe, expect, test } from 'vitest';
import {
  catalogue,
  drive,
  type HistoryEvent,
  historyOf,
  judges,
  optionValues,
  overlap,
} from '../../sim/entry/main.ts';
import { Cluster, idsOf } from './cluster.ts';
import { workplace } from './skerry.ts';

const place = workplace();

interface Kind {
  readonly protocol: string;
  readonly workload: string;
  /** What the history is judged by. */
  readonly model: string;
  /** The server that is killed: the first one whose state is so. */
  readonly victim: (state: Record<string, unknown>) => boolean;
  /** What the servers agree on in the end. */
  readonly progress: (state: Record<string, unknown>) => unknown;
}

const kinds: readonly Kind[] = [
  {
    protocol: 'raft',
    workload: 'kv',
    model: 'kv',
    victim: ({ role }) => role === 'leader',
    progress: ({ lastApplied, stateHash }) => [lastApplied, stateHash],
  },
  {
    protocol: 'replication/primary-secondary',
    workload: 'kv',
    model: 'kv',
    victim: ({ role }) => role === 'primary',
    progress: ({ lastApplied, stateHash }) => [lastApplied, stateHash],
  },
];

describe('five processes, one of which is killed and comes back', { timeout: 120_000 }, () => {
  test.each(kinds)('$protocol', async ({ protocol: name, workload, model, victim, progress }) => {
    const protocol = catalogue.protocols.get(name)!;
    const cluster = await Cluster.start(place, name, idsOf(protocol, 5));
    try {
      const killed = await cluster.until(
        'the server that is to be killed',
        (states) => states.find(([, state]) => state !== undefined && victim(state))?.[0],
      );
      const events: HistoryEvent[] = [];
      const disturbances: Promise<unknown>[] = [];
      let answered = 0;
      const driven = await drive({
        protocol,
        workload: catalogue.workloads.get(workload)!,
        servers: cluster.addresses,
        options: () => valuesOf(protocol.options),
        workloadOptions: valuesOf(catalogue.workloads.get(workload)!.options),
        ...{ clients: 5, rate: 1500, keys: 3, operations: 1000, durationMs: undefined, waitMs: 60_000 },
        signal: new AbortController().signal,
        onEvent: (event) => {
          events.push(event);
          if (event.type !== 'ok') return;
          answered += 1;
          if (answered === 300) disturbances.push(cluster.kill(killed));
          if (answered === 500) disturbances.push(disturbances[0]!.then(() => cluster.boot(killed)));
        },
        onSilent: () => {},
      });
      await Promise.all(disturbances);
      expect(disturbances).toHaveLength(2);
      expect(driven).toMatchObject({ begun: 1000, end: 'operations', uncaught: [] });

      const history = historyOf(events);
      expect(judges.get(model)!.judge(history)).toMatchObject({ verdict: 'held' });
      expect(history.filter(({ type }) => type === 'ok').length).toBeGreaterThan(500);
      expect(overlap(history)[0]).toBeGreaterThan(100);

      // The one that was killed came back with what it had, and has caught up.
      await cluster.until('all to show the same', (states) => {
        const shown = states.map(([, state]) => state && JSON.stringify(progress(state)));
        return shown[0] !== undefined && new Set(shown).size === 1;
      });
    } finally {
      await cluster.end();
    }
  });
});

function valuesOf(table: Parameters<typeof optionValues>[1]) {
  const read = optionValues([], table);
  if (!read.ok) throw new Error(read.message);
  return read.values;
}

/**
 * The same protocols as real processes: five servers, a thousand operations, a server that is killed in their midst and
 * comes back with the files that it has.
 */
import { describe, expect, test } from 'vitest';
import {
  catalogue,
  drive,
  type History,
  type HistoryEvent,
  historyOf,
  judges,
  type OptionTable,
  optionValues,
  overlap,
} from '../../sim/entry/main.ts';
import { Cluster, idsOf } from './cluster.ts';
import { workplace } from './skerry.ts';

const place = workplace();

interface Kind {
  readonly protocol: string;
  readonly workload: string;
  readonly operations: number;
  /** Of the servers. */
  readonly options?: readonly string[];
  readonly workloadOptions?: readonly string[];
  /** The server that is killed: the first one whose state is so. */
  readonly victim: (state: Record<string, unknown>) => boolean;
  /** What is wrong with the history. */
  readonly judge: (history: History) => unknown;
  /** What all servers, the one that came back among them, show the same in the end; undefined for those that do not. */
  readonly agreed: (state: Record<string, unknown>) => unknown;
}

const asMap = (history: History) => {
  const judgement = judges.get('kv')!.judge(history);
  return judgement.verdict === 'held' ? undefined : judgement;
};
const machine = ({ lastApplied, stateHash }: Record<string, unknown>) =>
  lastApplied === undefined ? undefined : [lastApplied, stateHash];

const operations = 1000;

const kinds: readonly Kind[] = [
  {
    ...{ protocol: 'raft', workload: 'kv', operations, judge: asMap },
    victim: ({ role }) => role === 'leader',
    agreed: machine,
  },
  {
    ...{ protocol: 'replication/primary-secondary', workload: 'kv', operations, judge: asMap },
    victim: ({ role }) => role === 'primary',
    agreed: machine,
  },
  {
    ...{ protocol: 'replication/leaderless', workload: 'kv', operations, judge: asMap },
    options: ['--option', 'replicas=5', '--option', 'antiEntropyInterval=200ms'],
    workloadOptions: ['cas=0'],
    victim: () => true,
    agreed: ({ versions }) => Object.entries(versions ?? {}).sort(),
  },
  {
    ...{ protocol: 'locks/raft', workload: 'lock', operations, judge: tokensGrow },
    options: ['--option', 'retryDelay=5ms'],
    workloadOptions: ['hold=3ms', 'work=1ms'],
    victim: ({ role }) => role === 'leader',
    agreed: machine,
  },
];

/**
 * What a resource with fencing tokens promises, however long anybody pauses: a lock that is given later has a greater
 * token, and nobody writes once somebody with a greater one has (Kleppmann, *How to do distributed locking*, 2016).
 */
function tokensGrow(history: History): string | undefined {
  const tokens = history.filter(({ f, type }) => f === 'acquire' && type === 'ok');
  if (tokens.length < 25) return `only ${tokens.length} locks were given`;
  const writes = history
    .filter(({ f, type }) => f === 'write' && type === 'ok')
    .map((write) => {
      const own = tokens.findLast(
        ({ client, key, call }) => client === write.client && key === write.key && call < write.call,
      );
      return { ...write, output: own!.output };
    });
  if (writes.length < 25) return `only ${writes.length} writes were let in`;
  for (const given of [tokens, writes]) {
    for (const [index, later] of given.entries()) {
      const earlier = given.slice(0, index).find(({ key, return: end, output }) => {
        const isBefore = key === later.key && end! < later.call;
        return isBefore && (output as number) > (later.output as number);
      });
      if (earlier !== undefined) return `${later.f} with ${later.output} after one with ${earlier.output}`;
    }
  }
  return undefined;
}

describe('five processes, one of which is killed and comes back', { timeout: 120_000 }, () => {
  test.each(kinds)('$protocol', async (kind) => {
    const { protocol: name, operations, options = [], victim, judge, agreed } = kind;
    const protocol = catalogue.protocols.get(name)!;
    const workload = catalogue.workloads.get(kind.workload)!;
    const cluster = await Cluster.start(place, name, idsOf(protocol, 5), options);
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
        workload,
        servers: cluster.addresses,
        options: (abouts) => abouts.get(killed)!.options,
        workloadOptions: valuesOf(workload.options, kind.workloadOptions),
        ...{ clients: 5, rate: 1500, keys: 3, operations, durationMs: undefined, waitMs: 60_000 },
        signal: new AbortController().signal,
        onEvent: (event) => {
          events.push(event);
          if (event.type !== 'ok') return;
          answered += 1;
          if (answered === Math.floor(0.3 * operations)) disturbances.push(cluster.kill(killed));
          if (answered === Math.floor(0.5 * operations))
            disturbances.push(disturbances[0]!.then(() => cluster.boot(killed)));
        },
        onSilent: () => {},
      });
      await Promise.all(disturbances);
      expect(disturbances).toHaveLength(2);
      expect(driven).toMatchObject({ begun: operations, end: 'operations', uncaught: [] });

      const history = historyOf(events);
      expect(judge(history)).toBeUndefined();
      expect(history.filter(({ type }) => type === 'ok').length).toBeGreaterThan(operations / 2);
      expect(overlap(history)[0]).toBeGreaterThan(operations / 10);

      // The one that was killed came back with what it had, and has caught up.
      await cluster.until('all to show the same', (states) => {
        if (states.some(([, state]) => state === undefined)) return false;
        const shown = states
          .map(([, state]) => JSON.stringify(agreed(state!)))
          .filter((one) => one !== undefined);
        return shown.length >= 5 && new Set(shown).size === 1;
      });
    } finally {
      await cluster.end();
    }
  });
});

function valuesOf(table: OptionTable, words: readonly string[] = []) {
  const read = optionValues(words, table);
  if (!read.ok) throw new Error(read.message);
  return read.values;
}

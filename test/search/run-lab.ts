/** The least that a run needs: a store on one server, clients that a test writes, and checks of its own. */
import { type AnyProgram, type Host, type HostId, Refused, TimedOut } from '../../protocols/host.ts';
import type { KvClient, Protocol, Value } from '../../protocols/protocol.ts';
import {
  type Check,
  type Content,
  catalogueOf,
  type FinishedRun,
  makePump,
  type Outcome,
  parseScenario,
  type RunOptions,
  type Scenario,
  type Session,
  simulate,
  type Verdict,
} from '../../sim/entry/main.ts';

type Wire = {
  get(ask: { key: string }): { value: Value };
  put(ask: { key: string; value: Value }): void;
};

export interface Lab {
  /** What the server does besides keeping its store, from its boot on. */
  readonly server?: (host: Host<Wire>) => void | Promise<void>;
  /** Thrown by the server instead of an answer. */
  readonly answer?: () => Error | undefined;
  /** What each client does; default: a put and a get every 100 ms. */
  readonly client?: (store: KvClient, session: Session, host: Host<never>) => Promise<void>;
  readonly checks?: readonly Check[];
  /** Lines of the scenario besides its name, protocol, workload and checks. */
  readonly lines?: readonly string[];
  readonly change?: (scenario: Scenario) => Scenario;
  readonly seed?: string;
  readonly options?: RunOptions;
}

export async function runOf(lab: Lab = {}): Promise<Outcome> {
  const content = contentOf(lab);
  const scenario = scenarioOf(lab, content);
  return simulate(scenario, lab.seed ?? '1', content, await makePump(), lab.options);
}

export function scenarioOf(lab: Lab, content: Content = contentOf(lab)): Scenario {
  const checks = (lab.checks ?? []).map(({ name }) => name);
  const text = [
    ...['schema: 1', 'name: lab', 'protocol: store', 'duration: 2s', 'recovery: 1s'],
    'workload: { type: clients, clients: 2, rate: 20, keys: 1 }',
    `checks: [${checks.join(', ')}]`,
    ...(lab.lines ?? []),
    '',
  ].join('\n');
  const parsed = parseScenario(text, { file: 'lab.yaml', catalogue: content });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return lab.change?.(parsed.scenario) ?? parsed.scenario;
}

function contentOf(lab: Lab): Content {
  const client = lab.client ?? putAndGet;
  return catalogueOf({
    protocols: [storeOf(lab)],
    workloads: [
      {
        name: 'clients',
        about: 'Whatever the test wants.',
        needs: 'kv',
        options: {},
        checks: [],
        program:
          ({ connect, session }) =>
          (host: Host<never>) =>
            client(connect(host) as KvClient, session(host), host),
      },
    ],
    checks: [...(lab.checks ?? [])],
    models: [],
  });
}

async function putAndGet(store: KvClient, session: Session, { clock }: Host<never>): Promise<void> {
  for (let value = 1; ; value += 1) {
    await clock.sleep(100);
    await session.operate({ f: 'put', key: 'a', value }, () => store.put('a', value).then(() => ({})));
    await session.operate({ f: 'get', key: 'a' }, async () => ({ value: await store.get('a') }));
  }
}

function storeOf({ server, answer }: Lab): Protocol {
  const program = (host: Host<Wire>): void | Promise<void> => {
    const map = new Map<string, Value>();
    const unlessThrown = <T>(value: T): T => {
      const error = answer?.();
      if (error !== undefined) throw error;
      return value;
    };
    host.expose(() => ({ id: host.id, keys: map.size }));
    host.on('get', ({ key }) => unlessThrown({ value: map.get(key) ?? null }));
    host.on('put', ({ key, value }) => void map.set(unlessThrown(key), value));
    return server?.(host);
  };
  return {
    name: 'store',
    about: 'A map in the memory of its first server.',
    promise: 'Nothing in particular.',
    options: {},
    roles: { node: { prefix: 'n', count: 2, program: () => program as AnyProgram } },
    clients: { kv: (host, servers) => clientOf(host as unknown as Host<Wire>, servers) },
  };
}

function clientOf(host: Host<Wire>, [first]: readonly HostId[]): KvClient {
  const within = { timeoutMs: 50 };
  return {
    get: async (key) => (await host.call(first!, 'get', { key }, within)).value,
    put: async (key, value) => void (await host.call(first!, 'put', { key, value }, within)),
    delete: () => Promise.reject(new Refused()),
    cas: () => Promise.reject(new TimedOut()),
  };
}

/** A check over the whole run. */
export const checkOf = (name: string, judge: (run: FinishedRun) => Verdict): Check => ({
  name,
  about: 'A check of a test.',
  kind: 'history',
  options: {},
  judge,
});

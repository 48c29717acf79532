/** A cluster under a nemesis, and what a run of it showed: the least that a test of a replicated map needs. */
import type { Host, HostId } from '../../../protocols/host.ts';
import { isRefused } from '../../../protocols/host.ts';
import { defaultsOf, type KvClient, type Protocol } from '../../../protocols/protocol.ts';
import { type RaftOptions, type RaftView, raft } from '../../../protocols/raft/index.ts';
import type { Operation } from '../../../sim/check/history.ts';
import { kv, linearizable } from '../../../sim/check/index.ts';
import { Choices } from '../../../sim/kernel/choices.ts';
import { limitsDefault } from '../../../sim/kernel/loop.ts';
import { makePump } from '../../../sim/platform/pump.ts';
import { Faults } from '../../../sim/world/faults/faults.ts';
import { Nemesis } from '../../../sim/world/faults/nemesis.ts';
import type { Machine } from '../../../sim/world/machine.ts';
import type { NemesisSpec, NetworkSpec } from '../../../sim/world/spec.ts';
import { World, type WorldSpec } from '../../../sim/world/world.ts';

export interface Setting {
  readonly protocol?: Protocol;
  readonly options?: Partial<RaftOptions>;
  readonly servers?: number;
  readonly clients?: number;
  readonly network?: Partial<NetworkSpec>;
  readonly disk?: Partial<WorldSpec['disk']>;
  readonly nemesis?: Partial<NemesisSpec>;
  /** How long things break, and how long the healed cluster has to get going again. */
  readonly safetyMs?: number;
  readonly recoveryMs?: number;
  /** A workload instead of random operations. */
  readonly workload?: (client: KvClient, host: Host, world: World) => Promise<void>;
  /** Called when the world is built, to script faults. */
  readonly script?: (world: World, faults: Faults) => void;
}

export interface Shown {
  /** What no run may show, each said once. */
  readonly violations: ReadonlySet<string>;
  readonly history: readonly Operation[];
  readonly linearizable: 'held' | 'broken' | 'unknown';
  readonly counts: { ok: number; fail: number; info: number };
  readonly elections: number;
  readonly stop: string;
  readonly events: number;
  readonly fingerprint: string;
  readonly log: readonly string[];
}

const calmDisk: WorldSpec['disk'] = {
  read: { dist: 'constant', valueUs: 50 },
  write: { dist: 'constant', valueUs: 50 },
  sync: { dist: 'uniform', minUs: 500, maxUs: 3000 },
};

const rough: NemesisSpec = {
  faults: [
    { kind: 'partition', weight: 3 },
    { kind: 'packet', weight: 2 },
    { kind: 'kill', weight: 3 },
    { kind: 'pause', weight: 1 },
    { kind: 'clock', weight: 1 },
  ],
  every: { dist: 'exponential', meanUs: 700_000 },
  lasts: { dist: 'exponential', meanUs: 900_000 },
  targets: ['one', 'leader', 'minority', 'majority'],
  down: 'none',
};

export const calm: NemesisSpec = { ...rough, every: { dist: 'constant', valueUs: 3_600_000_000 } };

export async function play(seed: string, setting: Setting = {}): Promise<Shown> {
  const protocol = setting.protocol ?? raft;
  const options = { ...defaultsOf(protocol.options), ...setting.options };
  const safetyUs = (setting.safetyMs ?? 8000) * 1000;
  const endUs = safetyUs + (setting.recoveryMs ?? 4000) * 1000;
  const ids = (prefix: string, count: number) =>
    Array.from({ length: count }, (_, at) => `${prefix}${at + 1}`);
  const servers = ids('n', setting.servers ?? 3);
  const clients = ids('c', setting.clients ?? 4);

  const violations = new Set<string>();
  const history: Operation[] = [];
  const counts = { ok: 0, fail: 0, info: 0 };
  const log: string[] = [];
  const claims = new Claims(violations);
  const lastOkUs = new Map<HostId, number>();
  let processes = 0;

  const workload = async (host: Host) => {
    const library: KvClient = protocol.clients.kv!(host as Host<never>, servers, options as never);
    await host.clock.sleep(50);
    if (setting.workload !== undefined) return setting.workload(recorded(host, library), host, world);
    const client = recorded(host, library);
    for (let turn = 0; ; turn++) {
      await deed(client, host, turn).catch(() => {});
      await host.clock.sleep(host.random.below(40, 'think'));
    }
  };

  /** The same client, with everything written down. */
  const recorded = (host: Host, client: KvClient): KvClient => {
    let process = processes++;
    const record = async <T>(f: string, key: string, value: unknown, act: () => Promise<T>): Promise<T> => {
      const base = { client: host.id, f, key, value, call: world.loop.event };
      const at = history.push({ ...base, process, type: 'info', return: null }) - 1;
      const settle = (type: 'ok' | 'fail' | 'info', output?: unknown) => {
        counts[type]++;
        const ended = type === 'info' ? null : world.loop.event;
        history[at] = { ...base, process, type, return: ended, output };
        if (type === 'info') process = processes++;
      };
      try {
        const output = await act();
        settle('ok', output);
        lastOkUs.set(host.id, world.nowUs);
        return output;
      } catch (error) {
        settle(isRefused(error) ? 'fail' : 'info');
        throw error;
      }
    };
    return {
      get: (key) => record('get', key, undefined, () => client.get(key)),
      put: (key, value) => record('put', key, value, () => client.put(key, value)),
      delete: (key) => record('delete', key, undefined, () => client.delete(key)),
      cas: (key, from, to) => record('cas', key, [from, to], () => client.cas(key, from, to)),
    };
  };

  const role = Object.values(protocol.roles)[0]!;
  const program = role.program(options as never);
  const world: World = World.build(
    {
      network: {
        latency: { dist: 'lognormal', medianUs: 2000, p99Us: 20_000, maxUs: 200_000 },
        loss: [1, 200],
        duplicate: [1, 100],
        reorder: { odds: [1, 100], by: { dist: 'exponential', meanUs: 20_000 } },
        links: [],
        ...setting.network,
      },
      clocks: { skewUs: 100_000 },
      disk: { ...calmDisk, ...setting.disk },
      ties: 'random',
      limits: { ...limitsDefault, virtualUs: endUs },
    },
    [
      ...servers.map((id) => ({ id, program, role: 'server' as const })),
      ...clients.map((id) => ({ id, program: workload, role: 'client' as const })),
    ],
    new Choices(seed),
    {
      turn: (machine) => claims.look(machine),
      uncaught: (machine, error) =>
        violations.add(`uncaught on ${machine.id}: ${(error as Error)?.stack ?? error}`),
      trace: (event) => {
        if (event.type === 'log')
          log.push(`${Math.round(event.atUs / 1000)} ${event.host} ${JSON.stringify(event.detail)}`);
        if (event.type === 'fault' || event.type === 'heal')
          log.push(`${Math.round(event.atUs / 1000)} ${event.type} ${event.detail?.text}`);
      },
    },
  );
  const faults = new Faults(world);
  if (setting.script === undefined)
    new Nemesis(world, faults, { ...rough, ...setting.nemesis }, safetyUs).start();
  else setting.script(world, faults);
  world.at(safetyUs, () => faults.endAll());

  const stop = await world.run(await makePump());
  if (setting.workload === undefined) {
    // A single client may lose a few packets in a row; not all of them together, nor one for ever.
    const last = clients.map((id) => lastOkUs.get(id) ?? 0);
    if (Math.min(...last) < safetyUs || Math.max(...last) < endUs - 1_000_000) {
      violations.add('no progress after the heal');
    }
  }
  const verdict = linearizable(history, kv);
  return {
    violations,
    history,
    linearizable: verdict.verdict,
    counts,
    elections: claims.elections,
    stop: stop.reason,
    events: world.loop.event,
    fingerprint: world.fingerprint.hex(),
    log,
  };
}

/** The five guarantees of figure 3 that can be seen from outside. */
class Claims {
  readonly #violations: Set<string>;
  readonly #leaders = new Map<number, HostId>();
  readonly #committed = new Map<number, number>();
  readonly #applied = new Map<number, number>();
  readonly #committedTo = new Map<Machine, number>();
  #committedMax = 0;

  constructor(violations: Set<string>) {
    this.#violations = violations;
  }

  get elections(): number {
    return this.#leaders.size;
  }

  look(machine: Machine): void {
    const view = machine.state() as RaftView | undefined;
    if (view?.log === undefined) {
      this.#committedTo.delete(machine);
      return;
    }
    const say = (violation: string) => this.#violations.add(violation);
    if (view.role === 'leader') {
      const other = this.#leaders.get(view.term);
      if (other !== undefined && other !== machine.id) say('two leaders in a term');
      if (other === undefined) {
        this.#leaders.set(view.term, machine.id);
        if (view.log.lastIndex < this.#committedMax) say('a leader lacks committed entries');
      }
    }
    if (view.log.termAt(view.log.lastIndex) > view.term) say('an entry is newer than the term');
    for (let index = (this.#committedTo.get(machine) ?? 0) + 1; index <= view.commitIndex; index++) {
      this.#same(this.#committed, index, view.log.prefixHashAt(index), 'committed entries differ');
    }
    this.#committedTo.set(machine, view.commitIndex);
    this.#committedMax = Math.max(this.#committedMax, view.commitIndex);
    this.#same(this.#applied, view.lastApplied, view.stateHash, 'states differ at equal applied index');
  }

  #same(known: Map<number, number>, index: number, hash: number, violation: string): void {
    const before = known.get(index);
    if (before === undefined) known.set(index, hash);
    else if (before !== hash) this.#violations.add(violation);
  }
}

/** One operation at random, on few keys. */
async function deed(client: KvClient, host: Host, turn: number): Promise<void> {
  const key = `k${host.random.below(3, 'key')}`;
  const value = Number(host.id.slice(1)) * 1_000_000 + turn;
  switch (host.random.below(5, 'deed')) {
    case 0:
    case 1:
      await client.get(key);
      return;
    case 2:
      await client.put(key, value);
      return;
    case 3:
      await client.cas(key, await client.get(key), value);
      return;
    default:
      if (host.random.chance([1, 3], 'delete')) await client.delete(key);
      else await client.put(key, value);
  }
}

/** One transaction in a world, recorded once, and then run again with a crash of one host at one of its events. */
import type { Host, HostId } from '../../../protocols/host.ts';
import type { Check } from '../../../sim/index.ts';
import type { Storage } from '../../../sim/world/spec.ts';
import { type LooseHost, ms, run, seconds, worldOf } from '../../world/fixture.ts';

type Program = (host: LooseHost) => void | Promise<void>;

export interface Transaction {
  readonly servers: Readonly<Record<HostId, Program>>;
  /** Begins at 100 ms; rejects if nothing of it is left, or nobody knows. */
  readonly ask: (host: Host<never>) => Promise<void>;
  readonly checks: readonly Check[];
}

export interface Crash {
  readonly event: number;
  readonly host: HostId;
  readonly storage: Storage;
}

export interface Ending {
  /** Whether the client was told anything. */
  readonly answered: boolean;
  /** What it was told: nothing, or the error. */
  readonly told: unknown;
  /** The events from the question to the answer, and of a while after it: others may hear of the end later. */
  readonly events: readonly number[];
  readonly crashed: boolean;
  readonly problems: readonly string[];
  /** What the hosts show in the end. */
  readonly states: Readonly<Record<HostId, unknown>>;
}

const askedAtUs = 100 * ms;
/** A killed host boots again after this. */
const downUs = 120 * ms;
const afterwardsUs = 50 * ms;

export async function endingOf({ servers, ask, checks }: Transaction, crash?: Crash): Promise<Ending> {
  let told: unknown;
  let answeredAtUs = Number.POSITIVE_INFINITY;
  const c1: Program = async (host) => {
    await host.clock.sleep(askedAtUs / ms);
    told = await ask(host as unknown as Host<never>).catch((error: unknown) => error);
    answeredAtUs = world.nowUs;
  };
  const problems: string[] = [];
  const always = checks.flatMap((check) =>
    check.kind === 'always' ? [check.claim({ within: 3000 }).start()] : [],
  );
  const end = checks.flatMap((check) => (check.kind === 'finally' ? [check.claim({}).start()] : []));
  const events = new Set<number>();
  let crashed = false;
  const world = worldOf({
    servers,
    clients: { c1 },
    network: { latency: { dist: 'constant', valueUs: 10 * ms } },
    limits: { virtualUs: 8 * seconds },
    witness: {
      trace({ event, atUs }) {
        if (atUs >= askedAtUs && atUs <= answeredAtUs + afterwardsUs) events.add(event);
        if (event !== crash?.event || crashed) return;
        crashed = true;
        const machine = world.machine(crash.host);
        world.at(atUs, () => machine.kill(crash.storage));
        // A client that comes back would ask once more.
        if (crash.host in servers) world.at(atUs + downUs, () => world.restart(machine));
      },
      turn(machine) {
        const { id: host, boots: incarnation, up } = machine;
        const state = machine.state();
        const observation = { seq: world.loop.event, atUs: world.nowUs, host, incarnation, up, state };
        for (const fold of always) {
          const violation = fold.observe(observation);
          if (violation !== undefined) problems.push(violation.message);
        }
        for (const fold of end) fold.observe(observation);
      },
      uncaught: (machine, error) => void problems.push(`${machine.id} did not catch ${error}`),
    },
  });
  await run(world);
  for (const fold of end) {
    const verdict = fold.judge();
    if (verdict.verdict === 'broken') problems.push(...verdict.violations.map(({ message }) => message));
  }
  const states = Object.fromEntries(Object.keys(servers).map((id) => [id, world.machine(id).state()]));
  const answered = answeredAtUs < Number.POSITIVE_INFINITY;
  return { answered, told, events: [...events], crashed, problems, states };
}

const storages: readonly Storage[] = ['lose-all', 'keep', 'lose-unsynced', 'torn'];

/**
 * Every event with every host. `all` has each fate of what the host had not synced with them; else it is one of them in turn, so
 * that each host meets each.
 */
export function crashesOf(events: readonly number[], hosts: readonly HostId[], all: boolean): Crash[] {
  return events.flatMap((event, eventAt) =>
    hosts.flatMap((host, hostAt) =>
      storages
        .filter((_, storageAt) => all || storageAt === (eventAt + hostAt) % storages.length)
        .map((storage): Crash => ({ event, host, storage })),
    ),
  );
}

/** Ways to make a scenario smaller, or plainer. Each gives values to try, the boldest first. */
import type { Distribution, Fault, FaultOf, TimedFault } from '../../world/spec.ts';
import type { Scenario } from '../scenario/index.ts';

export interface Reduction {
  readonly name: string;
  /** Smaller or plainer scenarios; whatever stays is as it was. */
  candidates(scenario: Scenario, violatedUs: number): Iterable<Scenario>;
}

const second = 1_000_000;

/** Ends soon after the violation was seen. */
export const endsEarlier: Reduction = {
  name: 'time',
  *candidates(scenario, violatedUs) {
    const { durationUs, recoveryUs } = scenario;
    if (violatedUs <= durationUs) {
      for (const marginUs of [second / 100, second / 2, 2 * second]) {
        const shorter = Math.ceil((violatedUs + marginUs) / (second / 100)) * (second / 100);
        if (shorter < durationUs) yield { ...within(scenario, shorter), recoveryUs: 0 };
      }
      if (recoveryUs > 0) yield { ...scenario, recoveryUs: 0 };
    }
    for (const part of [4, 2]) {
      const shorter = Math.ceil(durationUs / part / (second / 10)) * (second / 10);
      if (shorter < durationUs) yield within(scenario, shorter);
    }
  },
};

/** What comes after the end is left out: a fault there would be a mistake in a file. */
function within(scenario: Scenario, durationUs: number): Scenario {
  return {
    ...scenario,
    durationUs,
    faults: scenario.faults.filter(({ atUs = 0 }) => atUs < durationUs),
  };
}

/** Fewer servers: those with the highest numbers go, and with them what faults do to them. */
const nodes: Reduction = {
  name: 'nodes',
  *candidates(scenario) {
    for (const [role, count] of Object.entries(scenario.nodes)) {
      for (const fewer of [1, 2, 3, 4, 5, 7]) {
        if (fewer >= count) break;
        const isOnlyRole = Object.keys(scenario.nodes).length === 1;
        const isThere = (id: string) =>
          !isOnlyRole || id.startsWith('c') || Number(id.replace(/^\D+/, '')) <= fewer;
        const faults = scenario.faults.flatMap((line) => {
          const fault = amongThose(line.fault, isThere);
          return fault === undefined ? [] : [{ ...line, fault }];
        });
        yield { ...scenario, nodes: { ...scenario.nodes, [role]: fewer }, faults };
      }
    }
  },
};

/** The fault without hosts that are gone; undefined if nothing is left of it. */
function amongThose(fault: Fault, isThere: (id: string) => boolean): Fault | undefined {
  if ('targets' in fault && Array.isArray(fault.targets)) {
    const targets = fault.targets.filter(isThere);
    if (targets.length === 0) return undefined;
    const { afterEffects } = fault as FaultOf<'kill'>;
    if (afterEffects === undefined) return { ...fault, targets } as Fault;
    const kept = afterEffects.filter((_, index) => isThere(fault.targets[index] as string));
    return { ...fault, targets, afterEffects: kept } as Fault;
  }
  if (fault.kind === 'partition' && fault.shape === 'groups') {
    const groups = fault.groups.map((group) => group.filter(isThere)).filter((group) => group.length > 0);
    return groups.length < 2 ? undefined : { ...fault, groups };
  }
  if (fault.kind === 'partition' && fault.shape === 'one-way') {
    const [from, to] = [fault.from, fault.to].map((side) =>
      Array.isArray(side) ? side.filter(isThere) : side,
    );
    return from!.length === 0 || to!.length === 0 ? undefined : { ...fault, from: from!, to: to! };
  }
  return fault;
}

/** Fewer clients: those without operations go, if no other has a higher number. */
const clients: Reduction = {
  name: 'clients',
  *candidates(scenario) {
    const { workload } = scenario;
    const numbers = (workload.script ?? []).map(({ client }) => Number(client.slice(1)));
    const needed = Math.max(1, ...numbers);
    if (needed < workload.clients) yield { ...scenario, workload: { ...workload, clients: needed } };
  },
};

const never = [0, 1] as const;

/** A calm world around the faults. */
const calm: Reduction = {
  name: 'a calm world',
  *candidates(scenario) {
    const { network, clocks, disk, ties, buggify } = scenario;
    if (network.loss[0] > 0) yield { ...scenario, network: { ...network, loss: never } };
    if (network.duplicate[0] > 0) yield { ...scenario, network: { ...network, duplicate: never } };
    if (network.reorder.odds[0] > 0) {
      yield { ...scenario, network: { ...network, reorder: { ...network.reorder, odds: never } } };
    }
    if (clocks.skewUs > 0) yield { ...scenario, clocks: { ...clocks, skewUs: 0 } };
    if (clocks.driftPpm !== undefined) {
      const { driftPpm: _, ...others } = clocks;
      yield { ...scenario, clocks: others };
    }
    if (buggify !== undefined) {
      const { buggify: _, ...others } = scenario;
      yield others;
    }
    if (ties !== 'fifo') yield { ...scenario, ties: 'fifo' };
    const latency = steady(network.latency);
    if (latency !== undefined) yield { ...scenario, network: { ...network, latency } };
    for (const kind of ['read', 'write', 'sync'] as const) {
      const constant = steady(disk[kind]);
      if (constant !== undefined) yield { ...scenario, disk: { ...disk, [kind]: constant } };
    }
  },
};

/** A round duration in the middle of the distribution; undefined if it is constant already. */
function steady(distribution: Distribution): Distribution | undefined {
  switch (distribution.dist) {
    case 'constant':
      return undefined;
    case 'uniform':
      return { dist: 'constant', valueUs: rounded((distribution.minUs + distribution.maxUs) / 2) };
    case 'normal':
    case 'exponential':
      return { dist: 'constant', valueUs: rounded(distribution.meanUs) };
    case 'lognormal':
      return { dist: 'constant', valueUs: rounded(distribution.medianUs) };
    case 'pareto':
      return { dist: 'constant', valueUs: rounded(distribution.scaleUs) };
  }
}

/** Two significant digits. */
function rounded(us: number): number {
  let grain = 1;
  while (us / grain >= 100) grain *= 10;
  return Math.round(us / grain) * grain;
}

/** Shorter faults, of fewer hosts. */
const faults: Reduction = {
  name: 'milder faults',
  *candidates(scenario) {
    for (const [index, line] of scenario.faults.entries()) {
      for (const milder of milderOf(line)) yield replaced(scenario, index, milder);
    }
  },
};

function* milderOf(line: TimedFault): Iterable<TimedFault> {
  const { fault, forUs } = line;
  if (forUs !== undefined && forUs > 20_000) {
    for (const part of [10, 2]) yield { ...line, forUs: Math.max(10_000, rounded(forUs / part)) };
  }
  for (const fewer of onFewer(fault)) yield { ...line, fault: fewer };
  if (fault.kind === 'kill' && fault.afterEffects !== undefined) {
    // A kill at once is easier to follow than one between two effects.
    const { afterEffects: _, ...atOnce } = fault;
    yield { ...line, fault: atOnce };
    if (line.atUs !== undefined) {
      for (const laterUs of [20_000, 100_000]) yield { ...line, atUs: line.atUs + laterUs, fault: atOnce };
    }
  }
}

function* onFewer(fault: Fault): Iterable<Fault> {
  if ('targets' in fault && Array.isArray(fault.targets) && fault.targets.length > 1) {
    for (const out of fault.targets) yield amongThose(fault, (id) => id !== out)!;
  }
  if (fault.kind === 'partition' && fault.shape === 'groups') {
    for (const [number, group] of fault.groups.entries()) {
      for (const out of group) {
        if (group.length === 1) continue;
        const groups = fault.groups.map((own, at) => (at === number ? own.filter((id) => id !== out) : own));
        yield { ...fault, groups };
      }
    }
  }
}

/** Rounder times, the roundest first. */
const times: Reduction = {
  name: 'rounder times',
  *candidates(scenario) {
    for (const [index, line] of scenario.faults.entries()) {
      for (const grain of [second, second / 10, second / 100, second / 1000]) {
        const { atUs, forUs } = line;
        const at = atUs === undefined ? undefined : Math.round(atUs / grain) * grain;
        if (at !== undefined && at !== atUs && at < scenario.durationUs) {
          yield replaced(scenario, index, { ...line, atUs: at });
        }
        const lasts = forUs === undefined ? undefined : Math.max(1, Math.round(forUs / grain)) * grain;
        if (lasts !== undefined && lasts !== forUs)
          yield replaced(scenario, index, { ...line, forUs: lasts });
      }
    }
    const script = scenario.workload.script ?? [];
    for (const grain of [second / 10, second / 100, second / 1000]) {
      const round = script.map((operation) => ({
        ...operation,
        atUs: Math.max(grain, Math.round(operation.atUs / grain) * grain),
      }));
      if (round.some(({ atUs }, index) => atUs !== script[index]!.atUs)) {
        yield { ...scenario, workload: { ...scenario.workload, script: round } };
      }
    }
  },
};

function replaced(scenario: Scenario, index: number, line: TimedFault): Scenario {
  return { ...scenario, faults: scenario.faults.with(index, line) };
}

/** Begins later: whatever happened before some time is left out, and the rest happens that much sooner. */
const beginsLater: Reduction = {
  name: 'a later beginning',
  *candidates(scenario, violatedUs) {
    // A cluster needs some time to get going.
    const leadUs = second / 2;
    for (const windowUs of [second / 2, second, 2 * second, 4 * second]) {
      const shiftUs = violatedUs - windowUs - leadUs;
      if (shiftUs <= second / 10) continue;
      const sooner = <T extends { readonly atUs?: number }>(items: readonly T[]): T[] =>
        items.flatMap((item) => {
          const atUs = (item.atUs ?? 0) - shiftUs;
          return atUs < 0 ? [] : [{ ...item, atUs }];
        });
      const { workload } = scenario;
      yield {
        ...scenario,
        durationUs: Math.max(second / 10, scenario.durationUs - shiftUs),
        faults: sooner(scenario.faults),
        workload: { ...workload, ...(workload.script && { script: sooner(workload.script) }) },
      };
    }
  },
};

/** What may save most; tried first once other seeds are. */
export const bold: readonly Reduction[] = [endsEarlier, beginsLater, nodes, calm];

/** What makes the story plainer. */
export const plain: readonly Reduction[] = [clients, calm, faults, times];

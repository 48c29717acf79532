/** The way back: a scenario as a file would write it, for scenarios that were shrunk or drawn. */
import { stringify } from 'yaml';
import type { OptionTable } from '../../../protocols/protocol.ts';
import type { Distribution, Fault, LinkSpec, NemesisSpec, TimedFault } from '../../world/spec.ts';
import type { Catalogue } from '../catalogue.ts';
import { writeOptions } from './options.ts';
import type { CheckSpec, Scenario } from './scenario.ts';
import type { ScenarioFile } from './schema.ts';
import { formatDuration, formatOdds } from './units.ts';

type Written<K extends keyof ScenarioFile> = NonNullable<ScenarioFile[K]>;
type WrittenDistribution = NonNullable<Written<'disk'>['read']>;
type WrittenFault = Written<'faults'>[number];
type WrittenLink = Pick<Written<'network'>, 'latency' | 'loss' | 'duplicate' | 'reorder'>;

/** A scenario in the notation of files: `readScenario` gives the same scenario back. */
export function writeScenario(scenario: Scenario, catalogue: Catalogue): ScenarioFile {
  const { name, about, protocol, network, workload, nemesis, expect, limits, ties } = scenario;
  return {
    schema: scenario.schema,
    name,
    ...(about !== '' && { about }),
    protocol,
    nodes: { ...scenario.nodes },
    options: writeOptions(scenario.options, catalogue.protocols.get(protocol)?.options ?? {}),
    duration: formatDuration(scenario.durationUs),
    recovery: formatDuration(scenario.recoveryUs),
    network: {
      ...writeLink(network),
      links: network.links.map(({ from, to, ...link }) => ({ from, to, ...writeLink(link) })),
    },
    clocks: { skew: formatDuration(scenario.clocks.skewUs) },
    disk: {
      read: writeDistribution(scenario.disk.read),
      write: writeDistribution(scenario.disk.write),
      sync: writeDistribution(scenario.disk.sync),
    },
    workload: {
      type: workload.type,
      clients: workload.clients,
      rate: workload.rate,
      keys: workload.keys,
      ...writeOptions(workload.options, catalogue.workloads.get(workload.type)?.options ?? {}),
    },
    faults: scenario.faults.map(writeFault),
    ...(nemesis !== undefined && { nemesis: writeNemesis(nemesis) }),
    checks: scenario.checks.map((check) =>
      writeCheck(check, catalogue.checks.get(check.name)?.options ?? {}),
    ),
    seeds: [...scenario.seeds],
    expect,
    limits,
    ties,
    atLeast: { ...scenario.atLeast, overlapping: formatOdds(scenario.atLeast.overlapping) },
  };
}

/** A scenario as the text of a file: `parseScenario` gives the same scenario back. */
export const formatScenario = (scenario: Scenario, catalogue: Catalogue): string =>
  stringify(writeScenario(scenario, catalogue), {
    version: '1.2',
    aliasDuplicateObjects: false,
    lineWidth: 110,
  });

function writeLink({ latency, loss, duplicate, reorder }: Partial<LinkSpec>): WrittenLink {
  return {
    ...(latency && { latency: writeDistribution(latency) }),
    ...(loss && { loss: formatOdds(loss) }),
    ...(duplicate && { duplicate: formatOdds(duplicate) }),
    ...(reorder && { reorder: { odds: formatOdds(reorder.odds), by: writeDistribution(reorder.by) } }),
  };
}

function writeDistribution(spec: Distribution): WrittenDistribution {
  if (spec.dist === 'constant') return formatDuration(spec.valueUs);
  const min = spec.minUs === undefined ? {} : { min: formatDuration(spec.minUs) };
  const max = spec.maxUs === undefined ? {} : { max: formatDuration(spec.maxUs) };
  switch (spec.dist) {
    case 'uniform':
      return { dist: 'uniform', min: formatDuration(spec.minUs), max: formatDuration(spec.maxUs) };
    case 'normal': {
      const stddev = formatDuration(spec.stddevUs);
      return { dist: 'normal', mean: formatDuration(spec.meanUs), stddev, ...min, ...max };
    }
    case 'lognormal': {
      const p99 = formatDuration(spec.p99Us);
      return { dist: 'lognormal', median: formatDuration(spec.medianUs), p99, ...min, ...max };
    }
    case 'exponential':
      return { dist: 'exponential', mean: formatDuration(spec.meanUs), ...min, ...max };
    case 'pareto': {
      const [hits, outOf] = spec.shape;
      return { dist: 'pareto', scale: formatDuration(spec.scaleUs), shape: hits / outOf, ...min, ...max };
    }
  }
}

function writeFault({ atUs, forUs, fault }: TimedFault): WrittenFault {
  const when = { at: formatDuration(atUs), ...(forUs !== undefined && { for: formatDuration(forUs) }) };
  const restartAfterUs = fault.kind === 'kill' ? fault.restartAfterUs : undefined;
  const restart = restartAfterUs === undefined ? {} : { restartAfter: formatDuration(restartAfterUs) };
  return { ...when, ...writeKind(fault), ...restart };
}

function writeKind(fault: Fault): Omit<WrittenFault, 'at'> {
  switch (fault.kind) {
    case 'partition':
      return { partition: writePartition(fault) };
    case 'packet': {
      const { loss, duplicate, delay } = fault;
      const added = {
        loss: formatOdds(loss),
        duplicate: formatOdds(duplicate),
        delay: writeDistribution(delay),
      };
      return { packet: { targets: writeTargets(fault.targets), ...added } };
    }
    case 'kill':
      return { kill: { targets: writeTargets(fault.targets), storage: fault.storage } };
    case 'pause':
      return { pause: { targets: writeTargets(fault.targets) } };
    case 'clock':
      return { clock: { targets: writeTargets(fault.targets), offset: formatDuration(fault.offsetUs) } };
  }
}

function writePartition(fault: Fault & { kind: 'partition' }): NonNullable<WrittenFault['partition']> {
  switch (fault.shape) {
    case 'groups':
      return { groups: fault.groups.map((group) => [...group]) };
    case 'one-way':
      return { 'one-way': { from: writeTargets(fault.from), to: writeTargets(fault.to) } };
    case 'isolate':
      return { isolate: writeTargets(fault.targets) };
    case 'halves':
      return 'halves';
  }
}

type Targets = NemesisSpec['targets'][number];
type WrittenTargets = Exclude<Targets, readonly string[]> | string[];

const writeTargets = (targets: Targets): WrittenTargets =>
  typeof targets === 'string' ? targets : [...targets];

const writeNemesis = (nemesis: NemesisSpec): Written<'nemesis'> => ({
  faults: [...nemesis.faults],
  every: writeDistribution(nemesis.every),
  lasts: writeDistribution(nemesis.lasts),
  targets: nemesis.targets.map(writeTargets),
  budget: { down: nemesis.down },
});

function writeCheck({ name, options }: CheckSpec, table: OptionTable): Written<'checks'>[number] {
  const written = writeOptions(options, table);
  return Object.keys(written).length === 0 ? name : { [name]: written };
}

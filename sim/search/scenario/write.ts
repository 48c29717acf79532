/** The way back: a scenario as a file would write it, for scenarios that were shrunk or drawn. */
import { stringify } from 'yaml';
import type { z } from 'zod';
import type { OptionTable } from '../../../protocols/protocol.ts';
import type { ClockSpec, LinkSpec, NetworkSpec } from '../../world/spec.ts';
import type { Catalogue } from '../catalogue.ts';
import { writeNemesis } from './faults/nemesis.ts';
import { writeTimedFault } from './faults/timed-fault.ts';
import { writeOptions } from './options.ts';
import type { CheckSpec, Scenario, ScriptedOperation, WorkloadSpec } from './scenario.ts';
import type { ScenarioFile } from './schema.ts';
import { formatBytes, formatDuration, formatOdds, formatPpm } from './units.ts';
import { writeBandwidth, writeDistribution, writeReorder } from './write-values.ts';

type Written<K extends keyof ScenarioFile> = NonNullable<ScenarioFile[K]>;
type WrittenLink = Pick<
  Written<'network'>,
  'latency' | 'loss' | 'duplicate' | 'reorder' | 'corrupt' | 'bandwidth'
>;

/** A scenario in the notation of files: `readScenario` gives the same scenario back. */
export function writeScenario(scenario: Scenario, catalogue: Catalogue): ScenarioFile {
  const { name, about, protocol, network, workload, nemesis, buggify, expect, limits, ties } = scenario;
  return {
    schema: scenario.schema,
    name,
    ...(about !== '' && { about }),
    protocol,
    nodes: { ...scenario.nodes },
    ...(scenario.spares !== undefined && { spares: scenario.spares }),
    options: writeOptions(scenario.options, catalogue.protocols.get(protocol)?.options ?? {}),
    duration: formatDuration(scenario.durationUs),
    recovery: formatDuration(scenario.recoveryUs),
    core: typeof scenario.core === 'string' ? scenario.core : [...scenario.core],
    network: writeNetwork(network),
    clocks: writeClocks(scenario.clocks),
    disk: {
      read: writeDistribution(scenario.disk.read),
      write: writeDistribution(scenario.disk.write),
      sync: writeDistribution(scenario.disk.sync),
      ...(scenario.disk.capacityBytes !== undefined && {
        capacity: formatBytes(scenario.disk.capacityBytes),
      }),
      renames: scenario.disk.renames ?? 'atomic',
    },
    workload: writeWorkload(workload, catalogue),
    faults: scenario.faults.map(writeTimedFault),
    ...(nemesis !== undefined && { nemesis: writeNemesis(nemesis) }),
    ...(scenario.without && { without: [...scenario.without] }),
    ...(buggify && { buggify: { active: formatOdds(buggify.active), fires: formatOdds(buggify.fires) } }),
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

function writeWorkload(
  { type, clients, rate, keys, script, options }: WorkloadSpec,
  catalogue: Catalogue,
): Written<'workload'> {
  const own = writeOptions(options, catalogue.workloads.get(type)?.options ?? {});
  const written = { type, clients, rate, keys, ...own };
  // The type of a map with further keys has them all of one type.
  return script === undefined
    ? written
    : ({ ...written, script: script.map(writeOperation) } as Written<'workload'>);
}

function writeOperation({ atUs, value, ...operation }: ScriptedOperation) {
  return {
    ...operation,
    at: formatDuration(atUs),
    ...(value !== undefined && { value: value as z.core.util.JSONType }),
  };
}

function writeClocks({ skewUs, driftPpm, uncertaintyUs, service }: ClockSpec): Written<'clocks'> {
  return {
    skew: formatDuration(skewUs),
    ...(driftPpm !== undefined && { drift: formatPpm(driftPpm) }),
    ...(uncertaintyUs !== undefined && { uncertainty: formatDuration(uncertaintyUs) }),
    ...(service !== undefined && {
      service: {
        every: writeDistribution(service.every),
        error: formatDuration(service.errorUs),
        step: formatDuration(service.stepUs),
        slew: formatPpm(service.slewPpm),
      },
    }),
  };
}

function writeNetwork(network: NetworkSpec): Written<'network'> {
  const { links, regions, between, checksums, partitions, transport, reset } = network;
  return {
    ...writeLink(network),
    links: links.map(({ from, to, ...link }) => ({ from, to, ...writeLink(link) })),
    ...(regions && {
      regions: Object.fromEntries(Object.entries(regions).map(([name, hosts]) => [name, [...hosts]])),
    }),
    ...(between && {
      between: between.map(({ regions: [one, other], ...link }) => ({
        regions: [one, other],
        ...writeLink(link),
      })),
    }),
    ...(checksums !== undefined && { checksums }),
    ...(partitions && { partitions }),
    ...(transport && { transport }),
    ...(reset && { reset: formatOdds(reset) }),
  };
}

function writeLink({
  latency,
  loss,
  duplicate,
  reorder,
  corrupt,
  bandwidth,
}: Partial<LinkSpec>): WrittenLink {
  return {
    ...(latency && { latency: writeDistribution(latency) }),
    ...(loss && { loss: formatOdds(loss) }),
    ...(duplicate && { duplicate: formatOdds(duplicate) }),
    ...(reorder && { reorder: writeReorder(reorder) }),
    ...(corrupt && { corrupt: formatOdds(corrupt) }),
    ...(bandwidth && { bandwidth: writeBandwidth(bandwidth) }),
  };
}

function writeCheck({ name, options }: CheckSpec, table: OptionTable): Written<'checks'>[number] {
  const written = writeOptions(options, table);
  return Object.keys(written).length === 0 ? name : { [name]: written };
}

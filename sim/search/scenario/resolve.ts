/**
 * From checked sections to a scenario: names find their entries in the catalogue, hosts exist, and what one section
 * says fits what another says.
 */
import type { Protocol } from '../../../protocols/protocol.ts';
import { type Catalogue, isModulePath, lookUp, type WorkloadInfo } from '../catalogue.ts';
import { unknownName } from './findings.ts';
import { Hosts } from './hosts.ts';
import { listed } from './nearest.ts';
import { readOptions } from './options.ts';
import type { Finding, Path } from './problem.ts';
import type { CheckSpec, OptionValues, Scenario, WorkloadSpec } from './scenario.ts';
import { type Sections, WORKLOAD_KEYS } from './schema.ts';
import type { DataMap } from './source.ts';
import { formatDuration } from './units.ts';

/**
 * `written` is the file as data, to tell notations of the same meaning apart. The scenario is undefined if a section
 * it needs is, or if there are findings.
 */
export function resolve(
  sections: Sections,
  written: DataMap,
  catalogue: Catalogue,
): { scenario: Scenario | undefined; findings: Finding[] } {
  const resolver = new Resolver(sections, catalogue);
  const scenario = resolver.resolve(written);
  return { scenario: resolver.findings.length > 0 ? undefined : scenario, findings: resolver.findings };
}

class Resolver {
  readonly findings: Finding[] = [];
  readonly #sections: Sections;
  readonly #catalogue: Catalogue;

  constructor(sections: Sections, catalogue: Catalogue) {
    this.#sections = sections;
    this.#catalogue = catalogue;
  }

  resolve(written: DataMap): Scenario | undefined {
    const protocol = this.#protocol();
    const nodes = protocol && this.#nodes(protocol);
    const options = protocol && this.#options(this.#sections.options, protocol.options, ['options']);
    const workload = this.#workload(protocol);
    const checks = this.#checks(workload);
    this.#checkExpectation(checks, 'checks' in written);
    this.#checkTimes();
    this.#checkMembers(protocol);
    this.#checkSeeds();
    if (protocol !== undefined && nodes !== undefined && workload !== undefined) {
      const { spares = 0 } = this.#sections;
      const hosts = Hosts.of(protocol, nodes, spares, workload.spec.clients);
      this.findings.push(...hosts.check(this.#sections, written));
    }
    return this.#scenario({ nodes, options, workload: workload?.spec, checks });
  }

  /** Everything together, if everything is there. */
  #scenario(resolved: {
    readonly nodes: Scenario['nodes'] | undefined;
    readonly options: OptionValues | undefined;
    readonly workload: WorkloadSpec | undefined;
    readonly checks: readonly CheckSpec[] | undefined;
  }): Scenario | undefined {
    const { nodes, options, workload, checks } = resolved;
    const { schema, name, about, protocol, duration, recovery, network, clocks, disk } = this.#sections;
    const { faults, nemesis, seeds, expect, limits, ties, atLeast, core, buggify, without, spares } =
      this.#sections;
    if (schema === undefined || name === undefined || about === undefined || protocol === undefined)
      return undefined;
    if (nodes === undefined || options === undefined || workload === undefined || checks === undefined)
      return undefined;
    if (duration === undefined || recovery === undefined || faults === undefined || seeds === undefined)
      return undefined;
    if (network === undefined || clocks === undefined || disk === undefined || expect === undefined)
      return undefined;
    if (limits === undefined || ties === undefined || atLeast === undefined || core === undefined)
      return undefined;
    const further = spares === undefined || spares === 0 ? {} : { spares };
    const identity = { schema, name, about, protocol, nodes, ...further, options };
    const world = {
      durationUs: duration,
      recoveryUs: recovery,
      core,
      network,
      clocks,
      disk,
      workload,
      faults,
    };
    const chance = { ...(nemesis && { nemesis }), ...(buggify && { buggify }), ...(without && { without }) };
    return { ...identity, ...world, ...chance, checks, seeds, expect, limits, ties, atLeast };
  }

  #protocol(): Protocol | undefined {
    const name = this.#sections.protocol;
    if (name === undefined) return undefined;
    const { found } = lookUp(this.#catalogue.protocols, name);
    if (found !== undefined) return found;
    if (isModulePath(name)) {
      const hint = 'load it and add it to the catalogue first';
      return this.#refuse(['protocol'], `the module ${name} is not loaded`, hint);
    }
    this.findings.push(unknownName('protocol', name, [...this.#catalogue.protocols.keys()], ['protocol']));
    return undefined;
  }

  #nodes(protocol: Protocol): Scenario['nodes'] | undefined {
    const written = this.#sections.nodes;
    const roles = Object.keys(protocol.roles);
    if (typeof written === 'number') {
      if (roles.length === 1) {
        this.#checkCount(protocol, roles[0]!, written, ['nodes']);
        return { [roles[0]!]: written };
      }
      const hint = `write nodes: { ${roles.map((role) => `${role}: ${protocol.roles[role]!.count}`).join(', ')} }`;
      return this.#refuse(['nodes'], `"${protocol.name}" has ${roles.length} roles`, hint);
    }
    const nodes: Record<string, number> = {};
    for (const role of roles) nodes[role] = protocol.roles[role]!.count;
    for (const [role, count] of Object.entries(written ?? {})) {
      if (roles.includes(role)) {
        nodes[role] = count;
        this.#checkCount(protocol, role, count, ['nodes', role]);
      } else this.findings.push({ ...unknownName('role', role, roles, ['nodes', role]), at: 'key' });
    }
    return nodes;
  }

  #checkCount(protocol: Protocol, role: string, count: number, path: Path): void {
    const { countMin = 1, countMax = Number.POSITIVE_INFINITY, count: usual } = protocol.roles[role]!;
    const hosts = (many: number) => `${many} ${many === 1 ? 'host' : 'hosts'} of the role ${role}`;
    if (count < countMin) {
      const message = `"${protocol.name}" needs at least ${hosts(countMin)}, not ${count}`;
      this.#refuse(path, message, `write ${countMin} or more; ${usual} is usual`);
    } else if (count > countMax) {
      const message = `"${protocol.name}" takes at most ${hosts(countMax)}, not ${count}`;
      this.#refuse(path, message, `write ${countMax} or fewer`);
    }
  }

  #workload(protocol: Protocol | undefined): { spec: WorkloadSpec; info: WorkloadInfo } | undefined {
    const written = this.#sections.workload;
    if (written === undefined) return undefined;
    const info = this.#workloadInfo(written.type, protocol);
    if (info === undefined) return undefined;
    const { clients, rate, keys, script } = written;
    const options = this.#options(written, info.options, ['workload'], WORKLOAD_KEYS);
    return {
      info,
      spec: { type: info.name, clients, rate, keys, options: options ?? {}, ...(script && { script }) },
    };
  }

  #workloadInfo(type: string | undefined, protocol: Protocol | undefined): WorkloadInfo | undefined {
    const { workloads } = this.#catalogue;
    const serves = (info: WorkloadInfo): boolean => protocol?.clients[info.needs] !== undefined;
    const served = [...workloads.values()].filter(serves);
    if (type === undefined) {
      if (protocol === undefined || served[0] !== undefined) return served[0];
      return this.#refuse(['protocol'], `"${protocol.name}" offers no client that a workload could use`);
    }
    const path = ['workload', 'type'];
    const { found } = lookUp(workloads, type);
    if (found === undefined) {
      const names = protocol === undefined ? [...workloads.keys()] : served.map(({ name }) => name);
      this.findings.push(unknownName('workload', type, names, path));
      return undefined;
    }
    if (protocol === undefined || serves(found)) return found;
    const can = served.length === 0 ? undefined : `it can serve ${listed(served.map(({ name }) => name))}`;
    return this.#refuse(
      path,
      `"${type}" needs a ${found.needs} client, and "${protocol.name}" offers none`,
      can,
    );
  }

  #checks(workload: { readonly info: WorkloadInfo } | undefined): CheckSpec[] | undefined {
    const written = this.#sections.checks;
    if (written === undefined)
      return workload?.info.checks.flatMap((name) => this.#check({ name, options: {} }, 0));
    for (const [index, { name }] of written.entries()) {
      if (written.findIndex((check) => check.name === name) === index) continue;
      this.#refuse(['checks', index], `check "${name}" is named twice`);
    }
    return written.flatMap((check, index) => this.#check(check, index));
  }

  #check(
    check: { readonly name: string; readonly options: Record<string, unknown> },
    index: number,
  ): CheckSpec[] {
    const { checks } = this.#catalogue;
    const { found } = lookUp(checks, check.name);
    if (found === undefined) {
      const path = ['checks', index, check.name];
      this.findings.push({ ...unknownName('check', check.name, [...checks.keys()], path), at: 'key' });
      return [];
    }
    const options = this.#options(check.options, found.options, ['checks', index, check.name]);
    return [{ name: check.name, options: options ?? {} }];
  }

  #checkExpectation(checks: readonly CheckSpec[] | undefined, named: boolean): void {
    const { expect, seeds } = this.#sections;
    if (expect?.verdict !== 'broken') return;
    if (seeds?.length === 0) {
      const hint = 'find one with a sweep and write it as seeds: [17]';
      this.#refuse(
        ['expect', 'verdict'],
        'a scenario that expects to be broken pins a seed that breaks it',
        hint,
      );
    }
    if (expect.by === undefined || checks === undefined) return;
    const everywhere = [...this.#catalogue.checks.values()].filter((check) => check.everywhere);
    const judged = [...checks, ...everywhere].map(({ name }) => name);
    if (judged.includes(expect.by)) return;
    if (!this.#catalogue.checks.has(expect.by)) {
      this.findings.push(
        unknownName('check', expect.by, [...this.#catalogue.checks.keys()], ['expect', 'by']),
      );
      return;
    }
    const hint = named
      ? 'add it to checks'
      : `write checks: [${[...judged.slice(0, checks.length), expect.by].join(', ')}]`;
    this.#refuse(['expect', 'by'], `check "${expect.by}" is not judged here`, hint);
  }

  #checkTimes(): void {
    const { duration, faults = [] } = this.#sections;
    for (const [index, { atUs = 0 }] of faults.entries()) {
      if (duration === undefined || atUs < duration) continue;
      const end = `the safety phase ends at ${formatDuration(duration)}`;
      this.#refuse(['faults', index, 'at'], `a fault at ${formatDuration(atUs)} comes too late`, end);
    }
  }

  /** Members change where a protocol knows how, and servers are added where there are some. */
  #checkMembers(protocol: Protocol | undefined): void {
    const { faults = [], nemesis, spares = 0 } = this.#sections;
    if (protocol === undefined) return;
    const places: { readonly path: Path; readonly adds: boolean }[] = [
      ...faults.flatMap(({ fault }, index) =>
        fault.kind === 'members'
          ? [{ path: ['faults', index, 'members'], adds: fault.change !== 'remove' }]
          : [],
      ),
      ...(nemesis?.faults ?? []).flatMap(({ kind }, index) =>
        kind === 'members' ? [{ path: ['nemesis', 'faults', index], adds: true }] : [],
      ),
    ];
    for (const { path, adds } of places) {
      if (protocol.clients.members === undefined) {
        this.#refuse(path, `"${protocol.name}" cannot change its members while it runs`);
      } else if (adds && spares === 0) {
        this.#refuse(path, 'there is no server that could be added', 'write spares: 2');
      }
    }
  }

  #checkSeeds(): void {
    const { seeds = [] } = this.#sections;
    for (const [index, seed] of seeds.entries()) {
      if (seeds.indexOf(seed) < index) this.#refuse(['seeds', index], `seed ${seed} is pinned twice`);
    }
  }

  #options(
    written: Readonly<Record<string, unknown>> | undefined,
    table: Protocol['options'],
    path: Path,
    besides?: readonly string[],
  ): OptionValues | undefined {
    if (written === undefined) return undefined;
    const { values, findings } = readOptions(written, table, path, besides);
    this.findings.push(...findings);
    return values;
  }

  #refuse(path: Path, message: string, hint?: string): undefined {
    this.findings.push({ path, message, ...(hint !== undefined && { hint }) });
    return undefined;
  }
}

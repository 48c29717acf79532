/** The hosts of a scenario, and whether every host that its faults and links name is one of them. */
import type { HostId } from '../../../protocols/host.ts';
import type { Protocol } from '../../../protocols/protocol.ts';
import { notationOf } from './faults/kinds.ts';
import { among, type Mention, mentionsOf } from './faults/notation.ts';
import { unknownName } from './findings.ts';
import { listed } from './nearest.ts';
import type { Finding } from './problem.ts';
import type { Scenario } from './scenario.ts';
import type { Sections } from './schema.ts';
import { type DataMap, isMap } from './source.ts';

/** The servers of a run in their fixed order: roles as the protocol lists them, numbered from 1. */
export function serverIds(protocol: Protocol, nodes: Readonly<Record<string, number>>): HostId[] {
  return Object.entries(protocol.roles).flatMap(([name, role]) =>
    numbered(role.prefix, nodes[name] ?? role.count),
  );
}

/** The clients of a run: c1, c2 … */
export const clientIds = (clients: number): HostId[] => numbered('c', clients);

/** Servers that may join later: numbered on after those of the first role. */
export function spareIds(
  protocol: Protocol,
  nodes: Readonly<Record<string, number>>,
  spares: number,
): HostId[] {
  const [first] = Object.entries(protocol.roles);
  if (first === undefined) return [];
  const [name, role] = first;
  return numbered(role.prefix, spares, nodes[name] ?? role.count);
}

/** Adds and removes servers, in scenarios in which somebody does. */
export const operatorId: HostId = 'o1';

/** Whether any fault of the scenario adds or removes servers. */
export const changesMembers = ({ faults, nemesis }: Pick<Scenario, 'faults' | 'nemesis'>): boolean =>
  faults.some(({ fault }) => fault.kind === 'members') ||
  (nemesis?.faults ?? []).some(({ kind }) => kind === 'members');

const numbered = (prefix: string, count: number, after = 0): HostId[] =>
  Array.from({ length: count }, (_, index) => `${prefix}${after + index + 1}`);

export class Hosts {
  readonly #known: ReadonlySet<HostId>;
  /** `there are n1 to n5 and c1 to c3`. */
  readonly #hint: string;

  private constructor(known: ReadonlySet<HostId>, hint: string) {
    this.#known = known;
    this.#hint = hint;
  }

  static of(
    protocol: Protocol,
    nodes: Readonly<Record<string, number>>,
    spares: number,
    clients: number,
  ): Hosts {
    const ranges = Object.entries(protocol.roles).map(([name, role], index) =>
      range(role.prefix, (nodes[name] ?? role.count) + (index === 0 ? spares : 0)),
    );
    const servers = [...serverIds(protocol, nodes), ...spareIds(protocol, nodes, spares)];
    const known = new Set([...servers, ...clientIds(clients)]);
    return new Hosts(known, `there are ${listed([...ranges, range('c', clients)])}`);
  }

  check(sections: Sections, written: DataMap): Finding[] {
    const mentions = [
      ...(sections.network?.links ?? []).flatMap(({ from, to }, index): Mention[] => [
        { host: from, path: ['network', 'links', index, 'from'] },
        { host: to, path: ['network', 'links', index, 'to'] },
      ]),
      ...Object.entries(sections.network?.regions ?? {}).flatMap(([name, hosts]) =>
        among(hosts, ['network', 'regions', name]),
      ),
      ...(sections.faults ?? []).flatMap(({ fault }, index) => {
        const line = Array.isArray(written.faults) ? written.faults[index] : undefined;
        const { kind } = fault;
        const path = ['faults', index, kind];
        return mentionsOf(notationOf(kind), fault, path, isMap(line) ? line[kind] : undefined);
      }),
      ...(Array.isArray(sections.core) ? among(sections.core, ['core']) : []),
      ...(sections.faults ?? []).flatMap(({ when }, index): Mention[] =>
        when?.host === undefined ? [] : [{ host: when.host, path: ['faults', index, 'when', 'host'] }],
      ),
      ...(sections.workload?.script ?? []).map(({ client }, index) => ({
        host: client,
        path: ['workload', 'script', index, 'client'],
      })),
      ...(sections.nemesis?.targets ?? []).flatMap((targets, index) =>
        among(targets, ['nemesis', 'targets', index]),
      ),
    ];
    const strangers = mentions
      .filter(({ host }) => !this.#known.has(host))
      .map(({ host, path }) => ({ path, message: `there is no host "${host}"`, hint: this.#hint }));
    return [...strangers, ...linkFindings(sections), ...regionFindings(sections)];
  }
}

function linkFindings({ network }: Sections): Finding[] {
  const findings: Finding[] = [];
  const seen = new Set<string>();
  for (const [index, { from, to }] of (network?.links ?? []).entries()) {
    const name = `${from} to ${to}`;
    const path = ['network', 'links', index];
    if (from === to)
      findings.push({ path: [...path, 'to'], message: `a link from ${name} is not part of the network` });
    else if (seen.has(name)) findings.push({ path, message: `the link from ${name} stands here twice` });
    seen.add(name);
  }
  return findings;
}

function regionFindings({ network }: Sections): Finding[] {
  const findings: Finding[] = [];
  const regions = network?.regions ?? {};
  const regionOf = new Map<HostId, string>();
  for (const [name, hosts] of Object.entries(regions)) {
    for (const [index, host] of hosts.entries()) {
      const path = ['network', 'regions', name, index];
      const before = regionOf.get(host) ?? name;
      if (before !== name)
        findings.push({ path, message: `host "${host}" is in the region ${before} already` });
      regionOf.set(host, before);
    }
  }
  const seen = new Set<string>();
  for (const [index, { regions: pair }] of (network?.between ?? []).entries()) {
    const path = ['network', 'between', index, 'regions'];
    for (const [place, name] of pair.entries()) {
      if (!Object.hasOwn(regions, name)) {
        findings.push(unknownName('region', name, Object.keys(regions), [...path, place]));
      }
    }
    const key = [...pair].sort().join(' and ');
    if (seen.has(key)) findings.push({ path, message: `the links between ${key} stand here twice` });
    seen.add(key);
  }
  return findings;
}

const range = (prefix: string, count: number): string =>
  count === 1 ? `${prefix}1` : `${prefix}1 to ${prefix}${count}`;

/** The hosts of a scenario, and whether every host that its faults and links name is one of them. */
import type { HostId } from '../../../protocols/host.ts';
import type { Protocol } from '../../../protocols/protocol.ts';
import { notationOf } from './faults/kinds.ts';
import { among, type Mention, mentionsOf } from './faults/notation.ts';
import { listed } from './nearest.ts';
import type { Finding } from './problem.ts';
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

const numbered = (prefix: string, count: number): HostId[] =>
  Array.from({ length: count }, (_, index) => `${prefix}${index + 1}`);

export class Hosts {
  readonly #known: ReadonlySet<HostId>;
  /** `there are n1 to n5 and c1 to c3`. */
  readonly #hint: string;

  private constructor(known: ReadonlySet<HostId>, hint: string) {
    this.#known = known;
    this.#hint = hint;
  }

  static of(protocol: Protocol, nodes: Readonly<Record<string, number>>, clients: number): Hosts {
    const ranges = Object.entries(protocol.roles).map(([name, role]) =>
      range(role.prefix, nodes[name] ?? role.count),
    );
    const known = new Set([...serverIds(protocol, nodes), ...clientIds(clients)]);
    return new Hosts(known, `there are ${listed([...ranges, range('c', clients)])}`);
  }

  check(sections: Sections, written: DataMap): Finding[] {
    const mentions = [
      ...(sections.network?.links ?? []).flatMap(({ from, to }, index): Mention[] => [
        { host: from, path: ['network', 'links', index, 'from'] },
        { host: to, path: ['network', 'links', index, 'to'] },
      ]),
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
    return [...strangers, ...linkFindings(sections)];
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

const range = (prefix: string, count: number): string =>
  count === 1 ? `${prefix}1` : `${prefix}1 to ${prefix}${count}`;

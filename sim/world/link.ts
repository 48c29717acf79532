/** What each link does to packets: the ordinary ones, those between regions, and single exceptions. */
import type { HostId, Ratio } from '../../protocols/host.ts';
import { type Sampler, samplerOf } from './distribution.ts';
import type { Bandwidth, LinkSpec, NetworkSpec } from './spec.ts';

const never: Ratio = [0, 1];

/** One direction of a link, ready for use. */
export interface Link {
  readonly latency: Sampler;
  readonly loss: Ratio;
  readonly duplicate: Ratio;
  readonly reorder: Ratio;
  readonly reorderBy: Sampler;
  readonly corrupt: Ratio;
  readonly bandwidth: Bandwidth | undefined;
}

/** Looks links up, and makes one when its first packet comes. */
export class Links {
  /** Whether any link has a bandwidth. */
  readonly areLimited: boolean;
  /** The link between all hosts, if there are no others. */
  readonly everywhere: Link | undefined;

  readonly #ordinary: Made;
  readonly #hosts: number;
  /** By pair of hosts. */
  readonly #exceptions = new Map<number, Partial<LinkSpec>>();
  readonly #made = new Map<number, Link>();
  /** By host: the number of its region, -1 for none. */
  readonly #regionOf: Int16Array;
  /** By region, then region. */
  readonly #between: (Made | undefined)[][];

  /** @throws Error if the specification names a host or a region that there is not, or a host in two regions */
  constructor(spec: NetworkSpec, names: readonly HostId[]) {
    const { links, regions = {}, between = [] } = spec;
    const indices = new Map(names.map((name, index) => [name, index]));
    this.#ordinary = made(spec);
    this.#hosts = names.length;
    for (const exception of links) {
      const [from, to] = [indices.get(exception.from), indices.get(exception.to)];
      if (from === undefined || to === undefined)
        throw new Error(`a link from ${exception.from} to ${exception.to} joins no two hosts`);
      this.#exceptions.set(this.pair(from, to), exception);
    }
    this.#regionOf = new Int16Array(names.length).fill(-1);
    const regionNames = Object.keys(regions);
    for (const [region, name] of regionNames.entries()) {
      for (const id of regions[name]!) {
        const index = indices.get(id);
        if (index === undefined) throw new Error(`there is no host "${id}" for the region ${name}`);
        if (this.#regionOf[index] !== -1) throw new Error(`${id} is in two regions`);
        this.#regionOf[index] = region;
      }
    }
    this.#between = regionNames.map(() => []);
    for (const exception of between) {
      const [one, other] = exception.regions.map((name) => regionNames.indexOf(name)) as [number, number];
      if (one < 0 || other < 0) throw new Error(`there are no two regions ${exception.regions.join(', ')}`);
      const link = made({ ...spec, ...exception }, this.#ordinary);
      this.#between[one]![other] = link;
      this.#between[other]![one] = link;
    }
    this.areLimited = [spec, ...links, ...between].some(({ bandwidth }) => bandwidth !== undefined);
    this.everywhere = links.length === 0 && between.length === 0 ? this.#ordinary.link : undefined;
  }

  /** Names one direction between two hosts. */
  pair(from: number, to: number): number {
    return from * this.#hosts + to;
  }

  of(from: number, to: number): Link {
    if (this.everywhere !== undefined) return this.everywhere;
    const usual = this.#between[this.#regionOf[from]!]?.[this.#regionOf[to]!] ?? this.#ordinary;
    if (this.#exceptions.size === 0) return usual.link;
    const pair = this.pair(from, to);
    const exception = this.#exceptions.get(pair);
    if (exception === undefined) return usual.link;
    let link = this.#made.get(pair);
    if (link === undefined) {
      link = made({ ...usual.spec, ...exception }, usual).link;
      this.#made.set(pair, link);
    }
    return link;
  }
}

/** A link, and what it was made from. */
interface Made {
  readonly spec: LinkSpec;
  readonly link: Link;
}

/** Tables of what is as on the link `like` are shared with it: each is some thousand numbers. */
function made(spec: LinkSpec, like?: Made): Made {
  const { latency, loss, duplicate, reorder, corrupt = never, bandwidth } = spec;
  const { odds, by } = reorder;
  const link = {
    latency: latency === like?.spec.latency ? like.link.latency : samplerOf(latency),
    loss,
    duplicate,
    reorder: odds,
    reorderBy: by === like?.spec.reorder.by ? like.link.reorderBy : samplerOf(by),
    corrupt,
    bandwidth,
  };
  return { spec, link };
}

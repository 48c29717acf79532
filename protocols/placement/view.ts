/** Who shares the keys, and since when: views follow each other by number, and everybody's keys follow from the view. */
import type { HostId } from '../host.ts';

/** A type rather than an interface: messages are plain records. */
export type Member = {
  readonly id: HostId;
  /** Its share of the keys, relative to that of others: a whole number from 1 to 1,000. */
  readonly weight: number;
};

export type View = {
  /** 1, 2, 3 … without a gap. */
  readonly version: number;
  /** By id, in the order of code units. */
  readonly members: readonly Member[];
};

/** Where keys belong among some members. */
export interface Placement {
  /**
   * The first `n` owners of a key, all different; fewer if there are fewer members. The first one is the one that
   * counts where a key has one owner.
   */
  owners(key: string, n: number): readonly HostId[];
}

/** Makes the placement of some members; it depends on nothing else, not even on their order. */
export type Place = (members: readonly Member[]) => Placement;

export type Change = {
  readonly change: 'add' | 'remove';
  readonly server: HostId;
  /** Of a server that is added. */
  readonly weight: number;
};

/** How large the share of a server is to be: a whole number from 1 to 1,000. */
export type WeightOf = (server: HostId) => number;

/** Every server has as many keys as any other. */
export const equalShares: WeightOf = () => 1;

const weightMax = 1000;

/** By its number: n2 has twice as many keys as n1, n3 three times as many. */
export const numberedShares: WeightOf = (server) =>
  Math.min(weightMax, Math.max(1, Number(/\d+$/.exec(server)?.[0] ?? 1)));

export function firstView(servers: readonly HostId[], weightOf: WeightOf = equalShares): View {
  return { version: 1, members: sorted(servers.map((id) => ({ id, weight: weightOf(id) }))) };
}

/** The view after a change; the same one if there is nothing to change, null if nobody would be left. */
export function changed(view: View, { change, server, weight }: Change): View | null {
  const isMember = view.members.some(({ id }) => id === server);
  if (isMember === (change === 'add')) return view;
  const members =
    change === 'add'
      ? sorted([...view.members, { id: server, weight }])
      : view.members.filter(({ id }) => id !== server);
  return members.length === 0 ? null : { version: view.version + 1, members };
}

const sorted = (members: readonly Member[]): Member[] =>
  [...members].sort((left, right) => (left.id < right.id ? -1 : 1));

/** A stretch of views in which one server owns a key without a break. */
export interface Tenure {
  /** The version of the first of them. */
  readonly since: number;
  /** Who owned the key before; null if nobody did. */
  readonly before: HostId | null;
}

/**
 * How many placements are kept at hand. A key that is asked for the first time is looked for in all views: with more of them
 * than this each has to be made anew for each such key.
 */
const placementsMax = 256;

/** Who has owned a key, from the first view up to view `known`. */
interface Ownership {
  known: number;
  /** Each owner with the first view of its tenure, in the order of the views. */
  readonly tenures: { readonly since: number; readonly owner: HostId | undefined }[];
}

/** All views that a host knows, from the first one on without a gap, and the owners that follow from them. */
export class Views {
  readonly #place: Place;
  readonly #views: View[] = [];
  /** Of the views that were asked about last, by version. */
  readonly #placements = new Map<number, Placement>();
  /**
   * Of the keys whose tenures were asked for. A view changes nothing about those before it, so that each view is looked
   * at once for each key.
   */
  readonly #ownerships = new Map<string, Ownership>();

  constructor(place: Place) {
    this.#place = place;
  }

  /** 0 before the first view is known. */
  get version(): number {
    return this.#views.length;
  }

  get latest(): View | undefined {
    return this.#views.at(-1);
  }

  /** Takes in what is new, and follows without a gap; true if anything was. */
  adopt(views: readonly View[]): boolean {
    const before = this.version;
    for (const view of views) {
      if (view.version !== this.version + 1) continue;
      this.#views.push(view);
    }
    return this.version > before;
  }

  after(version: number): readonly View[] {
    return this.#views.slice(version);
  }

  /** Whose a key is in a view, by default in the latest one; undefined if that one is not known. */
  owner(key: string, version = this.version): HostId | undefined {
    return this.owners(key, 1, version)[0];
  }

  /** The first `n` owners of a key in a view; none if that one is not known. */
  owners(key: string, n: number, version = this.version): readonly HostId[] {
    return this.#placement(version)?.owners(key, n) ?? [];
  }

  /** Since when the owner of a key in a view that is known has owned it. */
  tenure(key: string, version: number): Tenure {
    const { tenures } = this.#ownership(key, version);
    // Most questions are about the last one.
    let at = tenures.length - 1;
    while (at > 0 && tenures[at]!.since > version) at -= 1;
    return { since: tenures[at]?.since ?? 1, before: tenures[at - 1]?.owner ?? null };
  }

  #ownership(key: string, version: number): Ownership {
    let ownership = this.#ownerships.get(key);
    if (ownership === undefined) {
      ownership = { known: 0, tenures: [] };
      this.#ownerships.set(key, ownership);
    }
    while (ownership.known < Math.min(version, this.version)) {
      ownership.known += 1;
      const owner = this.owner(key, ownership.known);
      if (ownership.tenures.at(-1)?.owner !== owner)
        ownership.tenures.push({ since: ownership.known, owner });
    }
    return ownership;
  }

  #placement(version: number): Placement | undefined {
    const view = this.#views[version - 1];
    if (view === undefined) return undefined;
    const known = this.#placements.get(version);
    if (known !== undefined) return known;
    const placement = this.#place(view.members);
    this.#placements.set(version, placement);
    const [oldest] = this.#placements.keys();
    if (this.#placements.size > placementsMax) this.#placements.delete(oldest!);
    return placement;
  }
}

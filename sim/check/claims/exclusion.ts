/** What one at a time may have or do: locks and leases, and loads of a key. */
import { show, showUs } from '../plain.ts';
import { type AlwaysClaim, always } from './claim.ts';

/** Something that a host believes to hold. */
export interface Holding {
  readonly resource: string;
  /** Until when, in virtual microseconds of real time; until it lets go or dies if nothing is said. */
  readonly untilUs?: number;
  /** Holders that share it do not exclude each other. */
  readonly isShared?: boolean;
}

interface Since extends Holding {
  readonly host: string;
  readonly sinceUs: number;
}

/**
 * Mutual exclusion over time: no two hosts hold a resource at one time. A host holds it from the turn in which it first
 * shows it until it shows it no more, is down, or the time that it showed last is over. Leases never overlap if this
 * holds with the ends of the leases.
 */
export function mutualExclusion(
  name: string,
  about: string,
  holdings: (state: unknown) => Iterable<Holding> | undefined,
): AlwaysClaim {
  return always(name, about, () => {
    const holders = new Map<string, Map<string, Since>>();
    const heldBy = new Map<string, Set<string>>();
    return ({ host, up, state, atUs }) => {
      const now = up && state !== undefined ? [...(holdings(state) ?? [])] : [];
      for (const resource of heldBy.get(host) ?? []) {
        if (!now.some((one) => one.resource === resource)) holders.get(resource)?.delete(host);
      }
      if (now.length === 0 && !heldBy.has(host)) return undefined;
      heldBy.set(host, new Set(now.map(({ resource }) => resource)));
      for (const holding of now) {
        const { resource } = holding;
        const others = holders.get(resource) ?? new Map<string, Since>();
        holders.set(resource, others);
        const before = others.get(host);
        const wasOver = before !== undefined && isOver(before, atUs);
        const sinceUs = before === undefined || wasOver ? atUs : before.sinceUs;
        const own: Since = { ...holding, host, sinceUs };
        others.set(host, own);
        if (isOver(own, atUs)) continue;
        for (const other of others.values()) {
          if (other.host === host || isOver(other, atUs)) continue;
          if (other.isShared === true && own.isShared === true) continue;
          const message =
            `${other.host} and ${host} both hold ${show(resource)} at ${showUs(atUs)}: ` +
            `${other.host} ${lasting(other)}, ${host} ${lasting(own)}`;
          return { message, evidence: { resource, first: other, second: own } };
        }
      }
      return undefined;
    };
  });
}

const isOver = ({ untilUs }: Holding, atUs: number): boolean => untilUs !== undefined && untilUs <= atUs;

const lasting = ({ sinceUs, untilUs }: Since): string =>
  `since ${showUs(sinceUs)}${untilUs === undefined ? '' : ` until ${showUs(untilUs)}`}`;

/** At most one load of a key is in flight, over all hosts. `loads` names a key as often as it is being loaded. */
export function atMostOneInFlight(
  name: string,
  about: string,
  loads: (state: unknown) => Iterable<string> | undefined,
): AlwaysClaim {
  return always(name, about, () => {
    const keysOf = new Map<string, readonly string[]>();
    return ({ host, up, state, atUs }) => {
      const keys = up && state !== undefined ? [...(loads(state) ?? [])] : [];
      const before = keysOf.get(host) ?? [];
      if (keys.length === 0 && before.length === 0) return undefined;
      keysOf.set(host, keys);
      for (const key of keys) {
        const hosts = [...keysOf].flatMap(([one, others]) =>
          others.filter((other) => other === key).map(() => one),
        );
        if (hosts.length < 2) continue;
        const message = `${hosts.length} loads of ${show(key)} are in flight at ${showUs(atUs)}: at ${hosts.join(', ')}`;
        return { message, evidence: { key, hosts } };
      }
      return undefined;
    };
  });
}

/** The servers of a cluster of real processes: their roles by their names, and the order that all of them agree on. */
import type { HostId } from '../../protocols/host.ts';
import type { Protocol, Role } from '../index.ts';

export interface NamedRole {
  readonly name: string;
  readonly role: Role;
}

/** The role whose hosts are called so (`n3`: prefix and number), the first of several; undefined if there is none. */
export function roleOf(protocol: Protocol, id: HostId): NamedRole | undefined {
  const entry = Object.entries(protocol.roles).find(([, { prefix }]) => numberOf(id, prefix) !== undefined);
  return entry && { name: entry[0], role: entry[1] };
}

/** `nodes n1, n2 …`, for messages about names that do not fit. */
export const namesOfRoles = ({ roles }: Protocol): string =>
  Object.entries(roles)
    .map(([name, { prefix }]) => `${prefix}1, ${prefix}2 … (${name})`)
    .join(', ');

/** As in a simulation: roles as the protocol lists them, each by number. Protocols rely on one order everywhere. */
export function inOrder(protocol: Protocol, ids: Iterable<HostId>): HostId[] {
  const roles = Object.keys(protocol.roles);
  const place = (id: HostId): readonly [number, number] => {
    const named = roleOf(protocol, id);
    if (named === undefined) return [roles.length, 0];
    return [roles.indexOf(named.name), numberOf(id, named.role.prefix)!];
  };
  return [...ids].sort((a, b) => {
    const [one, other] = [place(a), place(b)];
    return one[0] - other[0] || one[1] - other[1] || (a < b ? -1 : 1);
  });
}

function numberOf(id: HostId, prefix: string): number | undefined {
  const rest = id.startsWith(prefix) ? id.slice(prefix.length) : '';
  return /^[1-9]\d{0,8}$/.test(rest) ? Number(rest) : undefined;
}

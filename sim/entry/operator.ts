/** What an operator may ask of a server that `serve` runs, beside its protocol: who it is, and what it shows. */
import { type CallOptions, type Host, type HostId, isRefused } from '../../protocols/host.ts';
import type { OptionValues } from '../index.ts';

/** Who a server says it is. */
export interface ServerAbout {
  readonly protocol: string;
  readonly role: string;
  readonly options: OptionValues;
  /** All servers that it knows, itself included. */
  readonly peers: readonly HostId[];
}

type OperatorWire = {
  about(ask: null): ServerAbout;
  /** The exposed state, as JSON. */
  state(ask: null): { readonly json: string };
};

/** No protocol's own messages begin so. */
const prefix = 'skerry';

/** Answers operators on a server's host. */
export function answerOperators(
  host: Host<never>,
  about: Omit<ServerAbout, 'peers'>,
  view: () => object,
): void {
  const own = host.mount<OperatorWire>(prefix);
  own.on('about', () => ({ ...about, peers: host.peers }));
  own.on('state', () => ({ json: stateText(view()) }));
}

/** Why a server did not say who it is: nothing came from it, or it is a host that `serve` does not run. */
export type Silence = 'no answer' | 'not served';

export async function askAbout(
  host: Host<never>,
  server: HostId,
  options: CallOptions,
): Promise<ServerAbout | Silence> {
  try {
    return await host.mount<OperatorWire>(prefix).call(server, 'about', null, options);
  } catch (error) {
    return isUnknownThere(error, server) ? 'not served' : 'no answer';
  }
}

/** The exposed state of a server as JSON. */
export async function askState(
  host: Host<never>,
  server: HostId,
  options: CallOptions,
): Promise<{ readonly json: string } | Silence> {
  try {
    return await host.mount<OperatorWire>(prefix).call(server, 'state', null, options);
  } catch (error) {
    return isUnknownThere(error, server) ? 'not served' : 'no answer';
  }
}

/** A host refuses a kind that it has no handler for, by its name. */
const isUnknownThere = (error: unknown, server: HostId): boolean =>
  isRefused(error) && error.message.startsWith(`${server} does not know `);

/** State as JSON: maps as objects, sets as lists, bytes as hexadecimal; functions are left out. */
export function stateText(view: unknown): string {
  return JSON.stringify(view, (_, value: unknown) => {
    if (value instanceof Map) return Object.fromEntries(value);
    if (value instanceof Set) return [...value];
    if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
    return typeof value === 'bigint' ? String(value) : value;
  });
}

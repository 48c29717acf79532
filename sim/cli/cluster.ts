/** From words to real servers: addresses, names of hosts, a protocol and its options. */
import {
  type Chosen,
  chooseProtocol,
  namesOfRoles,
  type OptionTable,
  type OptionValues,
  optionValues,
  type Protocol,
  roleOf,
} from '../entry/main.ts';
import { ModuleError } from '../platform/modules.ts';
import { quoted, sentence } from './arguments.ts';
import { badScenarios, Mistake } from './mistake.ts';

export interface Address {
  readonly host: string;
  readonly port: number;
}

/**
 * @param what the words that it was given by: `--listen 7001`
 * @throws Mistake if it is no address
 */
export function addressOf(text: string, what: string): Address {
  const parts = /^(?:\[([\da-fA-F:.]+)\]|([^:\s[\]]+)):(\d{1,5})$/.exec(text);
  const port = Number(parts?.[3]);
  if (parts !== null && port <= 65_535) return { host: parts[1] ?? parts[2]!, port };
  const reason = parts === null ? 'is no address' : 'has a port above 65535';
  const example = /^\d{1,5}$/.test(text) && Number(text) <= 65_535 ? `127.0.0.1:${text}` : '127.0.0.1:7001';
  throw new Mistake(`${what}: ${quoted(text)} ${reason}`, `Write host:port, such as ${example}`);
}

/** As it is written again. */
export const addressText = ({ host, port }: Address): string =>
  `${host.includes(':') ? `[${host}]` : host}:${port}`;

/**
 * `n1=127.0.0.1:7001,n2=…`, in several words if they like, as addresses by name.
 * @throws Mistake if a part is something else, or a name or an address is there twice
 */
export function addressesOf(words: readonly string[], option: string): Record<string, string> {
  const addresses: Record<string, string> = {};
  const owners = new Map<string, string>();
  for (const part of words.flatMap((word) => word.split(','))) {
    if (part.trim() === '') continue;
    const [, id, text] = /^\s*([\w.-]+)=(\S+)\s*$/.exec(part) ?? [];
    if (id === undefined || text === undefined) {
      throw new Mistake(
        `${option}: ${quoted(part)} is not a name and an address`,
        `Write name=host:port, separated by commas: ${option} n1=127.0.0.1:7001,n2=127.0.0.1:7002`,
      );
    }
    const address = addressText(addressOf(text, `${option} ${id}`));
    if (Object.hasOwn(addresses, id)) {
      throw new Mistake(`${option}: ${id} is there twice, at ${addresses[id]} and ${address}`);
    }
    const owner = owners.get(address);
    if (owner !== undefined) throw new Mistake(`${option}: ${owner} and ${id} are both at ${address}`);
    owners.set(address, id);
    addresses[id] = address;
  }
  return addresses;
}

/** @throws Mistake if one of them has a name that no role of the protocol has */
export function checkNames(protocol: Protocol, ids: readonly string[], option: string): void {
  const stranger = ids.find((id) => roleOf(protocol, id) === undefined);
  if (stranger === undefined) return;
  throw new Mistake(
    `${option}: no role of ${protocol.name} has a host called ${quoted(stranger)}`,
    `Its hosts are called ${namesOfRoles(protocol)}.`,
  );
}

/** @throws Mistake if there is no such protocol, or its module cannot be loaded */
export async function protocolNamed(name: string | undefined, usage: string): Promise<Chosen> {
  if (name === undefined) {
    throw new Mistake(
      'no protocol was named',
      `For example: ${usage}`,
      'skerry list shows the built-in ones.',
    );
  }
  const choice = await chooseProtocol(name).catch((error: unknown) => {
    throw error instanceof ModuleError ? badScenarios(error.problems) : error;
  });
  if (choice.ok) return choice.chosen;
  throw new Mistake(
    choice.message,
    choice.hint && sentence(choice.hint),
    'skerry list shows the built-in ones.',
  );
}

/** @throws Mistake if there is no such option, or it cannot have that value */
export function valuesOf(
  words: readonly string[],
  table: OptionTable,
  option: string,
  about: string,
  defaults: OptionValues = {},
): OptionValues {
  const read = optionValues(words, table, defaults);
  if (read.ok) return read.values;
  throw new Mistake(
    `${option}: ${read.message}`,
    read.hint && sentence(read.hint),
    `${about} explains them.`,
  );
}

/** A protocol that somebody names on a command line, with its options as words. */
import { catalogue } from '../../scenarios/catalogue.ts';
import type { OptionValues } from '../index.ts';
import {
  type Content,
  hintFor,
  isModulePath,
  type OptionTable,
  type Protocol,
  withModule,
} from '../index.ts';
import { loadModule } from '../platform/modules.ts';
import { readOptions } from '../search/scenario/options.ts';

/** A protocol, and the catalogue with what its module brings along. */
export interface Chosen {
  /** As it was asked for. */
  readonly name: string;
  readonly protocol: Protocol;
  readonly content: Content;
}

/** What is wrong with words, and what to write instead. */
export interface Wrong {
  readonly ok: false;
  readonly message: string;
  readonly hint?: string;
}

/**
 * A built-in protocol by its name, or one in a module by its path from the working directory.
 * @throws ModuleError if there is no such module, or it cannot be loaded
 */
export async function chooseProtocol(
  name: string,
): Promise<{ readonly ok: true; readonly chosen: Chosen } | Wrong> {
  let content: Content = catalogue;
  if (isModulePath(name)) {
    const module = await loadModule(name);
    const added = withModule(catalogue, name, module.exports);
    if (!added.ok) return added;
    content = added.catalogue;
  }
  const protocol = content.protocols.get(name);
  if (protocol !== undefined) return { ok: true, chosen: { name, protocol, content } };
  const hint = hintFor(name, [...content.protocols.keys()]);
  return { ok: false, message: `there is no protocol "${name}"`, ...(hint !== undefined && { hint }) };
}

/**
 * Values of an option table from words such as `electionTimeout=200ms`; the last of several for one option counts.
 * @param defaults instead of those of the table
 */
export function optionValues(
  words: readonly string[],
  table: OptionTable,
  defaults: OptionValues = {},
): { readonly ok: true; readonly values: OptionValues } | Wrong {
  const written: Record<string, unknown> = {};
  for (const word of words) {
    const [, name = '', text = ''] = /^([^=]+)=(.*)$/s.exec(word) ?? [];
    if (name === '') {
      return { ok: false, message: `"${word}" is not an option and a value`, hint: 'write name=value' };
    }
    const option = Object.hasOwn(table, name) ? table[name] : undefined;
    if (option === undefined) {
      const known = Object.keys(table);
      const hint = hintFor(name, known) ?? 'there are no options here';
      return { ok: false, message: `there is no option "${name}"`, hint };
    }
    written[name] = option.type === 'duration' || option.type === 'choice' ? text : parsed(text);
  }
  const { values, findings } = readOptions(written, table, []);
  const [finding] = findings;
  if (finding !== undefined) {
    const { message, hint, path } = finding;
    const place = String(path.at(-1) ?? '');
    const told = message.startsWith(place) ? message : `${place}: ${message}`;
    return { ok: false, message: told, ...(hint !== undefined && { hint }) };
  }
  const known = Object.entries(defaults).filter(([name]) => name in table && !(name in written));
  return { ok: true, values: { ...values, ...Object.fromEntries(known) } };
}

/** Numbers and truth as a file would have them; other words stay what they are, and are refused where they do not fit. */
function parsed(text: string): unknown {
  if (/^-?\d{1,15}$/.test(text)) return Number(text);
  return text === 'true' ? true : text === 'false' ? false : text;
}

/** `skerry list`: all that can be named, with one line each. */
import { wrapped } from '../../reports/index.ts';
import { catalogue, faultPages, judges, nearest } from '../entry/main.ts';
import { shellWord } from './arguments.ts';
import type { Command, Given, Session } from './command.ts';
import { type ExitCode, exitCodes } from './exit.ts';
import { Mistake } from './mistake.ts';
import { builtInScenarios, titleOf } from './targets.ts';

export const list: Command = {
  name: 'list',
  takes: '[protocols|scenarios|…]',
  about: 'List protocols with what they promise, scenarios, workloads, checks, models and fault kinds',
  options: {},
  examples: [['skerry list protocols', 'what they promise, and the source of each']],
  details: `Parts: scenarios, protocols, specimens, workloads, checks, models, faults. skerry show <name> says more about one
of them.`,
  run: listCommand,
};

interface Row {
  readonly name: string;
  readonly about: string;
  /** What it promises, and where that comes from. */
  readonly promise?: string;
}

interface Section {
  readonly title: string;
  rows(): Promise<readonly Row[]> | readonly Row[];
}

const { protocols, workloads, checks } = catalogue;
/** Protocols with a planted mistake, and those that were never meant to be right. */
const isFlawed = ({ name }: Row): boolean => /^(zoo|naive)\//.test(name);

const sections: Readonly<Record<string, Section>> = {
  scenarios: {
    title: 'Scenarios',
    rows: async () =>
      Promise.all(
        (await builtInScenarios()).map(async ({ name, file }) => ({ name, about: await titleOf(file) })),
      ),
  },
  protocols: {
    title: 'Protocols, and what they promise',
    rows: () => [...protocols.values()].filter((protocol) => !isFlawed(protocol)),
  },
  specimens: {
    title: 'Specimens: protocols with a known mistake, for the checks to find',
    rows: () => rowsOf(protocols).filter(isFlawed),
  },
  workloads: { title: 'Workloads', rows: () => rowsOf(workloads) },
  checks: { title: 'Checks', rows: () => rowsOf(checks) },
  models: { title: 'Models, and other judges of histories', rows: () => rowsOf(judges) },
  faults: { title: 'Faults', rows: () => rowsOf(faultPages) },
};

async function listCommand(given: Given, { terminal }: Session): Promise<ExitCode> {
  given.atMost(1);
  const wanted = await Promise.all(
    wantedOf(given).map(async ({ title, rows }) => ({ title, rows: await rows() })),
  );
  const width = Math.max(...wanted.flatMap(({ rows }) => rows.map(({ name }) => name.length)));
  const { palette, print, columns } = terminal;
  const indent = width + 4;
  for (const [index, { title, rows }] of wanted.entries()) {
    print(`${index === 0 ? '' : '\n'}${palette.strong(title)}`);
    for (const { name, about, promise } of rows) {
      print(`  ${name.padEnd(width)}  ${wrapped(about, indent, indent, columns)}`);
      if (promise === undefined) continue;
      print(`${' '.repeat(indent)}${palette.faint(wrapped(promise, indent, indent, columns))}`);
    }
  }
  print(`\nMore about one of them: ${palette.command('skerry show <name>')}`);
  return exitCodes.ok;
}

function wantedOf({ positional: [part] }: Given): readonly Section[] {
  if (part === undefined) return Object.values(sections);
  const names = Object.keys(sections);
  const section = Object.hasOwn(sections, part) ? sections[part] : undefined;
  if (section !== undefined) return [section];
  const near = nearest(part, names);
  throw new Mistake(
    `there is no list of "${part}"`,
    near === undefined ? undefined : `Did you mean "${near}"?`,
    `There are ${names.join(', ')}. For one thing: skerry show ${shellWord(part)}`,
  );
}

const rowsOf = (entries: ReadonlyMap<string, { readonly about: string }>): Row[] =>
  [...entries].map(([name, { about }]) => ({ name, about }));

/** `skerry list`: all that can be named, with one line each. */
import { wrapped } from '../../reports/index.ts';
import { catalogue, faultPages, judges } from '../entry/main.ts';
import type { Command, Given, Session } from './command.ts';
import { type ExitCode, exitCodes } from './exit.ts';
import { builtInScenarios, titleOf } from './targets.ts';

export const list: Command = {
  name: 'list',
  takes: '',
  about: 'List protocols, scenarios, workloads, checks, models and fault kinds',
  options: {},
  examples: [],
  details: 'skerry show <name> says more about one of them.',
  run: listCommand,
};

type Rows = readonly (readonly [name: string, about: string])[];

async function listCommand(given: Given, { terminal }: Session): Promise<ExitCode> {
  given.atMost(0);
  const scenarios = await builtInScenarios();
  const titles = await Promise.all(
    scenarios.map(async ({ name, file }) => [name, await titleOf(file)] as const),
  );
  const { protocols, workloads, checks } = catalogue;
  const sections: readonly (readonly [title: string, rows: Rows])[] = [
    ['Scenarios', titles],
    ['Protocols', rowsOf(protocols)],
    ['Workloads', rowsOf(workloads)],
    ['Checks', rowsOf(checks)],
    ['Models, and other judges of histories', rowsOf(judges)],
    ['Faults', rowsOf(faultPages)],
  ];
  const width = Math.max(...sections.flatMap(([, rows]) => rows.map(([name]) => name.length)));
  const { palette, print, columns } = terminal;
  const indent = width + 4;
  const shown = sections.filter(([, rows]) => rows.length > 0);
  for (const [index, [title, rows]] of shown.entries()) {
    print(`${index === 0 ? '' : '\n'}${palette.strong(title)}`);
    for (const [name, about] of rows) {
      print(`  ${name.padEnd(width)}  ${palette.faint(wrapped(about, indent, indent, columns))}`);
    }
  }
  print(`\nMore about one of them: ${palette.command('skerry show <name>')}`);
  return exitCodes.ok;
}

const rowsOf = (entries: ReadonlyMap<string, { readonly about: string }>): Rows =>
  [...entries].map(([name, { about }]) => [name, about]);

/** `skerry show`: one page about a protocol, scenario, workload, check, model or fault kind. */
import { readFile } from 'node:fs/promises';
import { type Style, settingText, wrapped } from '../../reports/index.ts';
import {
  type CheckInfo,
  catalogue,
  type FaultPage,
  faultPages,
  formatDuration,
  judges,
  listed,
  type Protocol,
  targetsAbout,
} from '../entry/main.ts';
import { near, quoted } from './arguments.ts';
import { dashed } from './check-options.ts';
import type { Command, Given, Session } from './command.ts';
import { type ExitCode, exitCodes } from './exit.ts';
import { Mistake } from './mistake.ts';
import { builtInScenarios } from './targets.ts';

export const show: Command = {
  name: 'show',
  takes: '<protocol|scenario|check|fault>',
  about: 'Explain one protocol, scenario, workload, check, model or fault kind',
  options: {},
  examples: [
    ['skerry show raft', 'what Raft promises, and its options'],
    ['skerry show kill', 'how a host is killed, and how a scenario file says so'],
  ],
  run: showCommand,
};

/** So many names are said of which something is a part. */
const partsMax = 6;

type Page = (style: Layout) => string[] | Promise<string[]>;
type Layout = Pick<Style, 'palette' | 'columns'>;

async function showCommand(given: Given, { terminal }: Session): Promise<ExitCode> {
  given.atMost(1);
  const [name] = given.positional;
  if (name === undefined) throw new Mistake('nothing was named to show', 'skerry list shows all there is.');
  const pages = (await allPages()).filter(([known]) => known === name);
  if (pages.length === 0) throw await unknownName(name);
  const layout: Layout = {
    palette: terminal.palette,
    ...(terminal.columns !== undefined && { columns: terminal.columns }),
  };
  for (const [index, [, page]] of pages.entries()) {
    if (index > 0) terminal.print('');
    for (const line of await page(layout)) terminal.print(line);
  }
  return exitCodes.ok;
}

async function unknownName(name: string): Promise<Mistake> {
  const names = [...new Set((await allPages()).map(([known]) => known))];
  return new Mistake(
    `there is nothing called ${quoted(name)}`,
    inFull(name, names) ?? near(name, names),
    'skerry list shows all there is.',
  );
}

/** The names of which this is a part, as `saga` is of `transactions/saga`; undefined if there are none. */
function inFull(part: string, names: readonly string[]): string | undefined {
  const known = names.filter(
    (name) =>
      !name.startsWith('zoo/') && name.split('/').some((own) => own === part || own.startsWith(`${part}-`)),
  );
  if (known.length === 0) return undefined;
  const shown = known.length > partsMax ? [...known.slice(0, partsMax), 'more'] : known;
  return `There ${known.length === 1 ? 'is' : 'are'} ${listed(shown)}.`;
}

/** By name; several things may share one. */
async function allPages(): Promise<(readonly [name: string, page: Page])[]> {
  const { protocols, workloads, checks } = catalogue;
  const pages: [string, Page][] = [];
  for (const [name, protocol] of protocols) {
    pages.push([
      name,
      (layout) => [
        title(`protocol ${name}`, protocol.about, layout),
        ...paragraph(`Promises: ${protocol.promise}`, layout),
        ...section('Roles', rolesOf(protocol.roles), layout),
        ...section('Options', optionRows(protocol.options), layout),
        ...paragraph(`Clients: ${Object.keys(protocol.clients).join(', ')}`, layout),
      ],
    ]);
  }
  for (const { name, file } of await builtInScenarios()) {
    pages.push([
      name,
      async ({ palette }) => [
        palette.strong(file),
        '',
        (await readFile(file, 'utf8')).trimEnd(),
        '',
        `Run it: ${palette.command(`skerry run ${name}`)}`,
      ],
    ]);
  }
  for (const [name, workload] of workloads) {
    pages.push([
      name,
      (layout) => [
        title(`workload ${name}`, workload.about, layout),
        ...paragraph(`Works through the protocol's ${workload.needs} client.`, layout),
        ...(workload.model === undefined ? [] : paragraph(`Judged by the model ${workload.model}.`, layout)),
        ...paragraph(`Checks unless a scenario names its own: ${workload.checks.join(', ')}`, layout),
        ...section('Options', optionRows(workload.options), layout),
      ],
    ]);
  }
  for (const [name, check] of checks) {
    pages.push([
      name,
      (layout) => [
        title(`check ${name}`, check.about, layout),
        ...paragraph(whenJudged(check), layout),
        ...section('Options', optionRows(check.options), layout),
      ],
    ]);
  }
  for (const [name, judge] of judges) {
    const usage = `Judges a recorded history: skerry check history.jsonl --model ${name}`;
    const settings = Object.entries(judge.settings).map(([setting, spec]): [string, string] => [
      `--${dashed(setting)}`,
      settingText(spec),
    ]);
    pages.push([
      name,
      (layout) => [
        title(`${judge.kind === 'model' ? 'model' : 'judge'} ${name}`, judge.about, layout),
        ...paragraph(usage, layout),
        ...section('Functions', Object.entries(judge.vocabulary), layout),
        ...section('Options', settings, layout),
      ],
    ]);
  }
  for (const [kind, page] of faultPages) pages.push([kind, (layout) => faultPage(kind, page, layout)]);
  return pages;
}

function faultPage(kind: string, { about, text, examples }: FaultPage, layout: Layout): string[] {
  const { palette } = layout;
  return [
    title(`fault ${kind}`, about, layout),
    ...paragraph(text, layout),
    ...paragraph(targetsAbout, layout),
    '',
    palette.strong('In a scenario file'),
    '  faults:',
    ...examples.map((example) => `    - ${example}`),
    '  nemesis:',
    `    faults: [${kind}]`,
    '    every: { dist: exponential, mean: 2s }',
  ];
}

function whenJudged({ kind, everywhere }: CheckInfo): string {
  const always = everywhere ? ' It belongs to every run, named or not.' : '';
  switch (kind) {
    case 'always':
      return `Judged after every step of a host: one violation ends the run.${always}`;
    case 'sometimes':
      return `Must come true in at least one seed of a sweep; otherwise the sweep proved nothing.${always}`;
    case 'eventually':
      return `Judged over the recovery phase, when the faults are over.${always}`;
    case 'finally':
      return `Judged at the end of the recovery phase, over what the hosts then show.${always}`;
    case 'history':
      return `Judged over the finished run.${always}`;
  }
}

type OptionTable = CheckInfo['options'];

function optionRows(table: OptionTable): [string, string][] {
  return Object.entries(table).map(([name, option]) => [
    name,
    `${option.about} Default: ${defaultOf(option)}`,
  ]);
}

function defaultOf(option: OptionTable[string]): string {
  switch (option.type) {
    case 'duration':
      return formatDuration(option.default * 1000);
    case 'choice':
      return `${option.default}, of ${option.of.join(', ')}`;
    case 'integer':
    case 'flag':
      return String(option.default);
  }
}

const rolesOf = (roles: Protocol['roles']): [string, string][] =>
  Object.entries(roles).map(([name, { prefix, count, countMin = 1, countMax }]) => {
    if (countMax === 1) return [name, `${prefix}1; there is one`];
    const atLeast = countMin > 1 ? `, ${countMin} at least` : '';
    const atMost = countMax === undefined ? '' : `, ${countMax} at most`;
    return [name, `${prefix}1, ${prefix}2 …; ${count} unless the scenario says otherwise${atLeast}${atMost}`];
  });

const title = (what: string, about: string, { palette, columns }: Layout): string =>
  `${palette.strong(what)}  ${wrapped(about, 2, what.length + 2, columns)}`;

const paragraph = (text: string, { columns }: Layout): string[] => ['', wrapped(text, 0, 0, columns)];

function section(heading: string, rows: readonly (readonly [string, string])[], layout: Layout): string[] {
  if (rows.length === 0) return [];
  const width = Math.max(...rows.map(([name]) => name.length));
  const indent = width + 4;
  return [
    '',
    layout.palette.strong(heading),
    ...rows.map(
      ([name, text]) => `  ${name.padEnd(width)}  ${wrapped(text, indent, indent, layout.columns)}`,
    ),
  ];
}

/** Help pages. */
import { wrapped } from '../../reports/index.ts';
import type { Command, OptionSpec } from './command.ts';
import { exitCodesHelp } from './exit.ts';
import type { Terminal } from './terminal.ts';

type Layout = Pick<Terminal, 'palette' | 'columns'>;
type Row = readonly [left: string, right: string];

const columnsDefault = 100;
/** A left column wider than this is not waited for. */
const leftMax = 34;

export function mainHelp(commands: readonly Command[], layout: Layout): string {
  const { palette } = layout;
  return [
    `${palette.strong('skerry')} <command>`,
    '',
    'Runs distributed protocols in a simulated world, where one seed decides everything.',
    ...section(
      'Commands',
      commands.map(({ name, about }) => [name, about]),
      layout,
    ),
    ...section(
      'To begin with',
      [
        ['skerry list', 'what comes with it'],
        ['skerry run raft/partition', 'Raft under partitions'],
        ['skerry init', 'a protocol and a scenario of your own'],
      ],
      layout,
    ),
    '',
    exitCodesHelp,
    '',
    `More about a command: ${palette.command('skerry <command> --help')}`,
  ].join('\n');
}

export function commandHelp(command: Command, layout: Layout): string {
  const { name, takes, about, options, examples, details } = command;
  const { palette } = layout;
  const shown = Object.entries(options).filter(([, { hidden }]) => !hidden);
  const rows: Row[] = shown.map(([option, spec]) => [optionText(option, spec), spec.about]);
  return [
    `${palette.strong(`skerry ${name}`)}${takes === '' ? '' : ` ${takes}`}${shown.length === 0 ? '' : ' [options]'}`,
    '',
    `${about}.`,
    ...section('Options', [...rows, ['-h, --help', 'Show this help']], layout),
    ...section('Examples', examples, layout),
    ...(details === undefined ? [] : ['', details]),
  ].join('\n');
}

function optionText(name: string, { short, value }: OptionSpec): string {
  const text = short === undefined ? `    --${name}` : `-${short}, --${name}`;
  return value === undefined ? text : `${text} ${value}`;
}

function section(
  heading: string,
  rows: readonly Row[],
  { palette, columns = columnsDefault }: Layout,
): string[] {
  if (rows.length === 0) return [];
  const width = Math.max(...rows.map(([left]) => left.length).filter((length) => length <= leftMax), 0);
  const indent = width + 4;
  const lines = rows.map(([left, right]) => {
    const text = palette.faint(wrapped(right, indent, indent, columns));
    // Too long for its column: the explanation goes below.
    return left.length > width
      ? `  ${left}\n${' '.repeat(indent)}${text}`
      : `  ${left.padEnd(width)}  ${text}`;
  });
  return ['', palette.strong(heading), ...lines];
}

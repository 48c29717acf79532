/** The report for people who doubt: the default one, and below each scenario what its figures are made of. */
import type { Outcome } from '../sim/index.ts';
import { compact, counted, duration, grouped, percent, virtual } from './numbers.ts';
import type { Result } from './result.ts';
import { type Reporter, type Style, wrapped } from './style.ts';
import { resultText, textReporter } from './text.ts';

/** Seeds of which the fingerprint is printed one by one. */
const FINGERPRINTS_MAX = 3;
const LABEL_WIDTH = 13;

export const verboseReporter: Reporter = {
  name: 'verbose',
  about: 'the default one with medians, sometimes-claims, message counts and fingerprints',
  result: (result, style) => [resultText(result, style), ...details(result, style)].join('\n'),
  end: textReporter.end,
};

function details(result: Result, style: Style): string[] {
  const { outcomes } = result.sweep;
  if (outcomes.length === 0) return [];
  const rows: (readonly [label: string, text: string])[] = [
    ['scenario', about(result)],
    ['checks', checks(result)],
    ['median', medians(result)],
    ['operations', operations(outcomes)],
    ['messages', messages(outcomes)],
    ...sometimes(result),
    ...unknowns(result),
    ...disks(outcomes),
    ...drawn(outcomes),
    ...slowest(outcomes),
    ...fingerprints(outcomes),
  ];
  const { palette, columns } = style;
  return rows.map(([label, text]) => {
    const indent = LABEL_WIDTH + 4;
    return `    ${palette.faint(label.padEnd(LABEL_WIDTH))}${wrapped(text, indent, indent, columns)}`;
  });
}

function about({ scenario, sweep }: Result): string {
  const nodes = Object.values(scenario.nodes).reduce((sum, count) => sum + count, 0);
  const { workload } = scenario;
  const clients = `${counted(workload.clients, 'client')} of ${workload.type} at ${workload.rate}/s`;
  return `${sweep.file}: ${scenario.protocol} on ${counted(nodes, 'node')}, ${clients}, ${expectation(scenario.expect)}`;
}

function expectation(expect: Result['scenario']['expect']): string {
  if (expect.verdict === 'held') return 'expected to hold';
  return expect.by === undefined ? 'expected to break' : `expected to break by ${expect.by}`;
}

const checks = ({ scenario }: Result): string => scenario.checks.map(({ name }) => name).join(', ');

function medians({ sweep: { medians } }: Result): string {
  return [
    `${counted(medians.operations, 'operation')} succeeded`,
    `${percent(medians.overlapping)} overlapping`,
    counted(medians.faults, 'fault'),
    `${compact(medians.events)} events`,
    `virtual ${virtual(medians.virtualUs)}`,
  ].join(', ');
}

function operations(outcomes: readonly Outcome[]): string {
  const total = (key: keyof Outcome['operations']): string =>
    grouped(outcomes.reduce((sum, outcome) => sum + outcome.operations[key], 0));
  return `${total('invoked')} invoked: ${total('ok')} ok, ${total('fail')} failed, ${total('info')} open-ended`;
}

function messages(outcomes: readonly Outcome[]): string {
  const total = (key: keyof Outcome['messages']): string =>
    compact(outcomes.reduce((sum, outcome) => sum + outcome.messages[key], 0));
  return `${total('sent')} sent, ${total('delivered')} delivered, ${total('lost')} lost, ${total('duplicated')} duplicated`;
}

function sometimes({ sweep }: Result): [string, string][] {
  return Object.entries(sweep.sometimes).map(([name, count]) => [
    'sometimes',
    `${name} in ${grouped(count)} of ${counted(sweep.outcomes.length, 'seed')}`,
  ]);
}

/** Unknown seeds that are too few to make the sweep unknown. */
function unknowns({ sweep }: Result): [string, string][] {
  const unknown = sweep.outcomes.filter(({ verdict }) => verdict === 'unknown');
  const [first] = unknown;
  if (first === undefined) return [];
  const seeds = unknown.slice(0, 8).map(({ seed }) => seed);
  const list = `${seeds.join(', ')}${unknown.length > seeds.length ? ' …' : ''}`;
  return [
    [
      'unknown',
      `${counted(unknown.length, 'seed')} (${list}); seed ${first.seed}: ${first.reasons.join('; ')}`,
    ],
  ];
}

/** What the disks of all runs went through. */
function disks(outcomes: readonly Outcome[]): [string, string][] {
  const total = (of: (outcome: Outcome) => number | undefined): number =>
    outcomes.reduce((sum, outcome) => sum + (of(outcome) ?? 0), 0);
  const parts = (
    [
      [total(({ damage }) => damage?.unsyncedChangesLost), 'unsynced changes lost'],
      [total(({ damage }) => damage?.syncedBytesLost), 'synced bytes lost'],
      [total(({ damage }) => damage?.bytesRotted), 'bytes rotted'],
      [total(({ damage }) => damage?.bytesMisdirected), 'bytes misdirected'],
      [total(({ halts }) => halts), 'programs ended by their disk'],
    ] as const
  ).filter(([count]) => count > 0);
  if (parts.length === 0) return [];
  return [['disks', parts.map(([count, what]) => `${grouped(count)} ${what}`).join(', ')]];
}

/** What the run drew for itself as a whole: of the first seed that broke, or the first of all. */
function drawn(outcomes: readonly Outcome[]): [string, string][] {
  const shown = outcomes.find(({ verdict }) => verdict === 'broken') ?? outcomes[0];
  const entries = Object.entries(shown?.drawn ?? {});
  if (shown === undefined || entries.length === 0) return [];
  const text = entries.map(([name, value]) => `${name} ${value}`).join('; ');
  return [['drawn', `${text} (seed ${shown.seed})`]];
}

function slowest(outcomes: readonly Outcome[]): [string, string][] {
  if (outcomes.length < 2) return [];
  const slow = outcomes.reduce((worst, outcome) => (outcome.wallMs > worst.wallMs ? outcome : worst));
  return [['slowest', `seed ${slow.seed} with ${duration(slow.wallMs)} for ${compact(slow.events)} events`]];
}

function fingerprints(outcomes: readonly Outcome[]): [string, string][] {
  const rows = outcomes
    .slice(0, FINGERPRINTS_MAX)
    .map(({ seed, fingerprint }): [string, string] => ['fingerprint', `${fingerprint} of seed ${seed}`]);
  const rest = outcomes.length - rows.length;
  return rest === 0 ? rows : [...rows, ['', `and ${grouped(rest)} more: --reporter json has them all`]];
}

/** The report for people: one line a scenario, and for whatever is not as it should be the reason and a next step. */
import type { Outcome } from '../sim/index.ts';
import { adviceFor } from './advice.ts';
import { compact, counted, duration, grouped, moment, virtual } from './numbers.ts';
import {
  type Finding,
  isGood,
  type Nondeterminism,
  type Report,
  type Result,
  statusOf,
  totalsOf,
} from './result.ts';
import { necessityLines, shrunkLine } from './shrunk.ts';
import { storyLines, violationText } from './story.ts';
import { type Reporter, type Style, spoken, wrapped } from './style.ts';

export const textReporter: Reporter = {
  name: 'default',
  about: 'one line a scenario, failures with their story',
  result: resultText,
  end: endText,
};

export function resultText(result: Result, style: Style): string {
  switch (statusOf(result)) {
    case 'passed':
      return passed(result, style);
    case 'found':
      return found(result, style);
    case 'failed':
      return failed(result, style);
    case 'unknown':
      return unknown(result, style);
    case 'nondeterministic':
      return nondeterministic(result, style);
  }
}

/** `✓ raft/partition   500 seeds   1.2M events   9.8s (virtual 2h46m)   partition×1204`. */
function passed(result: Result, style: Style): string {
  return lines(`${style.palette.good('✓')} ${summary(result, style)}`, cutShort(result, style));
}

/** An expected failure is a result, not an alarm: what was found, and how. */
function found(result: Result, style: Style): string {
  const { palette } = style;
  const [first] = result.findings;
  const sign = palette.good('✓');
  if (first === undefined) return `${sign} ${summary(result, style)}`;
  const violation = first.outcome.violations[0];
  const head = `${name(result, style)}  found in ${palette.strong(`seed ${first.outcome.seed}`)}: `;
  const used = style.nameWidth + `found in seed ${first.outcome.seed}: `.length + 4;
  const text = violation === undefined ? 'it broke' : violationText(violation);
  return lines(
    `${sign} ${head}${wrapped(text, 2, used, style.columns)}`,
    ...story(first, style),
    ...next('replay', first.replay, style),
  );
}

function failed(result: Result, style: Style): string {
  const { sweep, findings } = result;
  const { palette } = style;
  const sign = palette.bad('✗');
  if (sweep.verdict !== 'broken') {
    const reasons = sweep.reasons.map((reason) => indented(reason, palette.bad, style));
    return lines(`${sign} ${summary(result, style)}`, ...reasons, ...advice(result, style));
  }
  const blocks = findings.map((finding, index) => {
    const seed = `${palette.strong(`seed ${finding.outcome.seed}`)} of ${grouped(result.seedsAsked)}`;
    return lines(
      index === 0 ? `${sign} ${name(result, style)}  ${seed}` : `  also in ${seed}`,
      ...finding.outcome.violations.map((violation) =>
        indented(violationText(violation), palette.bad, style),
      ),
      ...story(finding, style),
      ...next('replay', finding.replay, style),
    );
  });
  return lines(...blocks, ...others(result, style), ...reasonsOf(result, style), cutShort(result, style));
}

function unknown(result: Result, style: Style): string {
  const { doubt } = style.palette;
  return lines(
    `${doubt('?')} ${summary(result, style)}`,
    ...result.sweep.reasons.map((reason) => indented(`unknown: ${reason}`, doubt, style)),
    cutShort(result, style),
    ...advice(result, style),
  );
}

function nondeterministic(result: Result, style: Style): string {
  const { palette } = style;
  const escaped = result.sweep.outcomes.filter((outcome) => outcome.escape !== undefined);
  const seeds = new Set([...escaped, ...result.nondeterministic].map(({ seed }) => seed));
  const of = `${grouped(seeds.size)} of ${counted(result.seedsAsked, 'seed')}`;
  const why = 'A run must depend on its scenario and its seed alone, or it cannot be replayed.';
  return lines(
    `${palette.bad('!')} ${name(result, style)}  not deterministic in ${of}`,
    ...result.nondeterministic.flatMap((difference) => parting(difference, style)),
    ...escapes(escaped, style),
    indented(why, palette.faint, style),
  );
}

/** What differed, and what the program was at when its second run left the first. */
function parting({ seed, message, event, atUs, host, stack }: Nondeterminism, style: Style): string[] {
  const { bad, faint } = style.palette;
  const told = [indented(`seed ${seed}: ${message}`, bad, style)];
  if (event === undefined || atUs === undefined) return told;
  const who = host === undefined ? 'the second run left the first' : `${host} did something else than before`;
  const where = stack === undefined ? ', not in a line of its program' : ':';
  const text = `${who} at event ${grouped(event)}, ${moment(atUs)}${where}`;
  return [...told, indented(text, same, style), ...(stack ?? []).map((frame) => faint(`    ${frame}`))];
}

/** One sentence for each culprit, however many seeds run into it. */
function escapes(outcomes: readonly Outcome[], style: Style): string[] {
  const told = new Map<string, string>();
  for (const outcome of outcomes) {
    if (outcome.escape === undefined) continue;
    const { what, instead, host, atUs, where } = outcome.escape;
    const culprit = `${what} ${where}`;
    if (told.has(culprit)) continue;
    const place = where === undefined ? '' : `, in ${where}`;
    const text = `seed ${outcome.seed}: ${host} reached for ${what} at ${moment(atUs)}${place}`;
    told.set(culprit, lines(indented(text, style.palette.bad, style), indented(instead, same, style)));
  }
  return [...told.values()];
}

/** The line of figures. */
function summary(result: Result, style: Style): string {
  const { seeds, events, virtualUs, faults } = totalsOf(result.sweep.outcomes);
  const time = `${duration(result.wallMs)} (virtual ${virtual(virtualUs)})`;
  const cells = [
    counted(seeds, 'seed').padStart(9),
    `${compact(events)} events`.padStart(11),
    faults.length === 0 ? time : time.padEnd(20),
    faults.map(([kind, count]) => `${kind}×${count}`).join(' '),
  ];
  return `${name(result, style)}  ${cells.filter((cell) => cell !== '').join('   ')}`;
}

const same = (text: string): string => text;

const name = ({ sweep }: Result, style: Style): string =>
  style.palette.strong(sweep.scenario.padEnd(style.nameWidth));

const indented = (text: string, paint: (text: string) => string, style: Style): string =>
  `  ${paint(wrapped(text, 2, 2, style.columns))}`;

/** Of the smallest failure if there is one: it shows the same with less. */
function story({ outcome, story, shrunk }: Finding, style: Style): string[] {
  const [violation] = outcome.violations;
  if (shrunk !== undefined) {
    return [
      shrunkLine(shrunk),
      ...storyLines(shrunk.story, violation, style),
      ...necessityLines(shrunk, style),
    ];
  }
  return story === undefined ? [] : storyLines(story, violation, style);
}

const next = (label: string, command: string, { palette }: Style): string[] => [
  `  ${palette.faint(`${label}:`)} ${palette.command(command)}`,
];

/** Sentences about the sweep beyond what its findings say. */
const reasonsOf = ({ sweep, scenario }: Result, style: Style): string[] =>
  scenario.expect.verdict === 'held' ? [] : sweep.reasons.map((reason) => indented(reason, same, style));

const advice = (result: Result, style: Style): string[] =>
  adviceFor(result).map((sentence) => indented(sentence, style.palette.faint, style));

/** How many seeds broke, and by what, when the ones told are not all. */
function others({ sweep, findings }: Result, style: Style): string[] {
  const broken = sweep.outcomes.filter(({ verdict }) => verdict === 'broken');
  if (broken.length <= findings.length) return [];
  const counts = new Map<string, number>();
  for (const { violations } of broken) {
    const check = spoken(violations[0]?.check ?? 'unnamed');
    counts.set(check, (counts.get(check) ?? 0) + 1);
  }
  const parts = [...counts].map(([check, count]) => `${check}×${count}`).join(', ');
  const seeds = broken.slice(0, 8).map(({ seed }) => seed);
  const more = broken.length > seeds.length ? ' …' : '';
  const text = `${counted(broken.length, 'seed')} broke (${parts}): ${seeds.join(', ')}${more}`;
  return [indented(text, style.palette.faint, style)];
}

function cutShort({ stopped, sweep, seedsAsked }: Result, style: Style): string {
  if (stopped === undefined || sweep.outcomes.length >= seedsAsked) return '';
  const why = {
    bail: 'stopped at the first failure',
    budget: 'the time budget ran out',
    interrupt: 'interrupted',
  }[stopped];
  const text = `${why} after ${grouped(sweep.outcomes.length)} of ${counted(seedsAsked, 'seed')}`;
  return indented(text, style.palette.doubt, style);
}

function endText({ results, wallMs }: Report, style: Style): string {
  const { palette } = style;
  if (results.length === 0) return '';
  const { seeds, events } = totalsOf(results.flatMap(({ sweep }) => sweep.outcomes));
  const counts = new Map<string, number>();
  for (const result of results) {
    const status = statusOf(result);
    const word = isGood(status)
      ? 'as expected'
      : status === 'nondeterministic'
        ? 'not deterministic'
        : status;
    counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  const paint = new Map([
    ['as expected', palette.good],
    ['unknown', palette.doubt],
  ]);
  const parts = [...counts].map(([word, count]) => (paint.get(word) ?? palette.bad)(`${count} ${word}`));
  const rate = wallMs >= 1 ? `, ${compact((events * 1000) / wallMs)} events/s` : '';
  const figures = `${counted(seeds, 'seed')}, ${compact(events)} events in ${duration(wallMs)}${rate}`;
  return `\n${counted(results.length, 'scenario')}: ${parts.join(', ')}   ${palette.faint(figures)}`;
}

const lines = (...parts: readonly string[]): string => parts.filter((part) => part !== '').join('\n');

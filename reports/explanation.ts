/** What `skerry explain` prints: what was promised, what was seen, how it came about, what it takes. */
import type { Outcome, Smallest, Story } from '../sim/index.ts';
import { necessityLines, sizes } from './shrunk.ts';
import { storyLines, violationText } from './story.ts';
import { type Style, spoken, wrapped } from './style.ts';

/** A failure with its story, and the smallest one that was found for it. */
export interface Explained {
  /** `locks/redlock`. */
  readonly scenario: string;
  readonly seed: string;
  readonly violations: Outcome['violations'];
  readonly story: Story;
  readonly shrunk?: Smallest;
  /** The command that shows it again. */
  readonly replay: string;
}

export function explanationText(explained: Explained, style: Style): string {
  const { scenario, seed, violations, story, shrunk, replay } = explained;
  const { strong, bad, faint, command } = style.palette;
  const [violation] = violations;
  const check = violation?.check ?? 'a check';
  const promise = shrunk?.story.promise ?? story.promise;
  const promised = promise === undefined ? spoken(check) : `${spoken(check)}. ${promise}`;
  const row = (label: string, text: string) =>
    `  ${faint(`${label}:`.padEnd(9))} ${wrapped(text, 12, 12, style.columns)}`;
  return [
    `${bad('✗')} ${strong(scenario)}  seed ${seed}`,
    row('promised', promised),
    ...(violation === undefined ? [] : [row('seen', violationText(violation))]),
    '',
    ...(shrunk === undefined ? ['  How it came about:'] : smallRun(shrunk, style)),
    ...storyLines(shrunk?.story ?? story, undefined, style).map((line) => `  ${line}`),
    ...(shrunk === undefined ? [] : taking(shrunk, style)),
    '',
    `  ${faint('replay:')} ${command(replay)}`,
  ].join('\n');
}

function smallRun({ before, after, seed }: Smallest, style: Style): string[] {
  const text = `How it comes about in the smallest run that was found (${sizes(before, after)}; seed ${seed}):`;
  return [`  ${wrapped(text, 2, 2, style.columns)}`];
}

/** Necessity, and all that was decided otherwise than a calm world would. */
function taking(shrunk: Smallest, style: Style): string[] {
  const necessity = necessityLines(shrunk, style);
  const decisions = shrunk.decisions.map((text) => `    ${wrapped(text, 6, 4, style.columns)}`);
  return [
    ...(necessity.length === 0 ? [] : ['', ...necessity]),
    ...(decisions.length === 0 ? [] : ['', '  All that was decided:', ...decisions]),
  ];
}

/** The same for machines. */
export function explanationJson({ scenario, seed, violations, story, shrunk, replay }: Explained): string {
  const small = shrunk && {
    ...{ seed: shrunk.seed, fingerprint: shrunk.fingerprint, before: shrunk.before, after: shrunk.after },
    ...{ necessity: shrunk.necessity, decisions: shrunk.decisions, story: shrunk.story },
  };
  const told = violations.map(({ check, message, atUs }) => ({
    ...{ check, message },
    ...(atUs !== undefined && { atUs }),
  }));
  const whole = {
    tool: 'skerry',
    ...{ scenario, seed, violations: told, story },
    ...(small && { shrunk: small }),
    replay,
  };
  return JSON.stringify(whole, undefined, 2);
}

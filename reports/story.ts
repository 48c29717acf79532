/** A violation and how it came about, in lines. */
import type { Outcome, Story, Violation } from '../sim/index.ts';
import { moment } from './numbers.ts';
import { type Style, spoken, wrapped } from './style.ts';

/** `mutual exclusion: c2 and c5 both held "orders"`; a message that names its check already is left alone. */
export function violationText({ check, message }: Violation): string {
  const name = spoken(check);
  return message.toLowerCase().startsWith(name) ? message : `${name}: ${message}`;
}

/**
 * The sentences of a story, one a line, each after its moment. The last one is left out if it only repeats the
 * violation that stands above.
 */
export function storyLines(story: Story, violation: Violation | undefined, style: Style): string[] {
  const { sentences } = story;
  const told = sentences.at(-1)?.text === violation?.message ? sentences.slice(0, -1) : sentences;
  const width = Math.max(0, ...told.map(({ atUs }) => moment(atUs).length));
  return told.map(({ atUs, text }) => {
    const at = style.palette.faint(moment(atUs).padStart(width));
    return `  ${at}  ${wrapped(text, width + 4, width + 4, style.columns)}`;
  });
}

/** Everything there is to say about one broken seed, for `replay`: each violation, then the story. */
export function tellBroken(outcome: Outcome, story: Story | undefined, style: Style): string {
  const lines = outcome.violations.map(
    (violation) => `  ${style.palette.bad(wrapped(violationText(violation), 2, 2, style.columns))}`,
  );
  if (story !== undefined) lines.push(...storyLines(story, outcome.violations[0], style));
  return lines.join('\n');
}

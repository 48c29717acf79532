/**
 * Transcripts: what is done and what comes of it, side by side in one text file. A step is some lines of script, a
 * line `----`, and the text that is expected, up to a line `====`. `UPDATE_TRANSCRIPTS=1` writes what comes of it
 * into the file, to be read in review.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const update = process.env.UPDATE_TRANSCRIPTS === '1';

/** One test for each step of `test/transcripts/<name>.txt`; its first line, a comment, is the title. */
export function transcript(
  name: string,
  execute: (script: readonly string[]) => string | Promise<string>,
): void {
  const file = fileURLToPath(new URL(`./${name}.txt`, import.meta.url));
  const text = readFileSync(file, 'utf8');
  const written: string[] = [];
  const steps = text.split(/^====\n/m).filter((step) => step.trim() !== '');
  for (const step of steps) {
    const [script = '', expected = ''] = step.split(/^----\n/m);
    const lines = script.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    const title = /^# (.+)$/m.exec(script)?.[1] ?? lines.join('; ');
    test(title, async () => {
      const actual = `${await execute(lines)}\n`;
      written.push(`${script}----\n${actual}====\n`);
      if (!update) return expect(actual).toBe(expected);
      if (written.length === steps.length) writeFileSync(file, written.join(''));
    });
  }
}

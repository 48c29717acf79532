/** How far shrinking is, on standard error: one rewritten line for a person, a line every ten seconds otherwise. */
import type { ShrinkProgress } from '../entry/main.ts';
import type { Terminal } from './terminal.ts';

const lineMs = 10_000;

export function shrinkingLine(terminal: Terminal, scenario: string, seed: string) {
  let saidMs = performance.now();
  return {
    show: ({ runs, faults, operations, nodes }: ShrinkProgress): void => {
      const size = `${faults} faults   ${operations} operations   ${nodes} nodes`;
      const text = `shrinking ${scenario} seed ${seed}   ${runs} runs   ${size}`;
      if (terminal.isLive)
        terminal.rewrite(terminal.sayPalette.faint(text.slice(0, terminal.sayColumns - 1)));
      else if (performance.now() - saidMs >= lineMs) {
        saidMs = performance.now();
        terminal.say(text);
      }
    },
    stop: (): void => terminal.rewrite(''),
  };
}

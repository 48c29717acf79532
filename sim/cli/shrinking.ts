/**
 * What shrinking may cost, and how far it is, on standard error: one rewritten line for a person, a line every ten seconds
 * otherwise.
 */
import { counted } from '../../reports/index.ts';
import type { ShrinkBudget, ShrinkProgress } from '../entry/main.ts';
import { milliseconds, quoted } from './arguments.ts';
import { Mistake } from './mistake.ts';
import type { Terminal } from './terminal.ts';

const lineMs = 10_000;

export type ShrinkCost = Pick<ShrinkBudget, 'events' | 'wallMs'>;

/** Real time that must not be needed: it stops what work alone should have stopped. */
const wallMsDefault = 120_000;

/**
 * A budget of events makes the result the same on every machine; a time takes as much work as fits into it.
 * @param text of the option: `30s`, or a number of events
 */
export function shrinkBudget(option: string, text: string | undefined, events: number): ShrinkCost {
  if (text === undefined) return { events, wallMs: wallMsDefault };
  if (!/^\d+$/.test(text))
    return { events: Number.POSITIVE_INFINITY, wallMs: milliseconds(option, text) as number };
  if (/^0+$/.test(text)) throw new Mistake(`--${option} ${quoted(text)} leaves no work to be done`);
  return { events: Number(text), wallMs: Number.POSITIVE_INFINITY };
}

export function shrinkingLine(terminal: Terminal, scenario: string, seed: string) {
  let saidMs = performance.now();
  return {
    show: ({ runs, faults, operations, nodes }: ShrinkProgress): void => {
      const size = [counted(faults, 'fault'), counted(operations, 'operation'), counted(nodes, 'node')];
      const text = [`shrinking ${scenario} seed ${seed}`, counted(runs, 'run'), ...size].join('   ');
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

/** The least that any simulator of events has to do: take the next one, draw a delay, and put one back. */
import { Agenda } from '../../sim/kernel/agenda.ts';
import type { Subject } from './measure.ts';

const pending = 200;
/** Events between two looks at the clock. */
const batch = 20_000;

export const yardstick: Subject = {
  section: 'yardstick',
  name: `bare agenda, ${pending} pending`,
  unit: 'events',
  async round(ms) {
    const agenda = new Agenda();
    const draw = xorshift(1);
    for (let i = 0; i < pending; i += 1) agenda.push(draw() % 10_000, 0, 1, i, 0, undefined);
    const startMs = performance.now();
    let count = 0;
    while (performance.now() - startMs < ms) {
      for (let i = 0; i < batch; i += 1) {
        agenda.pop();
        agenda.push(agenda.timeUs + 1 + (draw() % 10_000), 0, 1, agenda.subject, i, undefined);
      }
      count += batch;
    }
    return { count, ms: performance.now() - startMs };
  },
};

/** Marsaglia's xorshift of 32 bits. */
export function xorshift(seed: number): () => number {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
}

/**
 * `npm run bench -- gossip`: after how many rounds a write is everywhere, and how many messages that took, medians over
 * `SEEDS` seeds (9), beside log₂ n + ln n: what rumours that are pushed take in synchronous rounds (Pittel, *On Spreading a
 * Rumor*, SIAM Journal on Applied Mathematics 1987). Hosts here turn to others once a round, but not at the same time.
 */
import { spreadOf } from '../protocols/gossip/epidemic.ts';

const ways = [
  ['push', { mode: 'push' }],
  ['pull', { mode: 'pull' }],
  ['push-pull', { mode: 'push-pull' }],
  ['push-pull, fanout 3', { mode: 'push-pull', fanout: 3 }],
  ['rumours, anti-entropy in every 5th round', { mode: 'push-pull', rumours: 2, antiEntropy: 5 }],
] as const;

/** Prints a table. */
export async function spreading(seeds: number): Promise<void> {
  for (const hosts of [10, 100, 1000]) {
    const expected = Math.log2(hosts) + Math.log(hosts);
    console.log(`${hosts} hosts; log2 n + ln n = ${expected.toFixed(1)}`);
    for (const [name, options] of ways) {
      const all = [];
      for (let seed = 1; seed <= seeds; seed++) all.push(await spreadOf(hosts, options, `bench ${seed}`));
      const rounds = median(all.map((one) => one.rounds));
      const messages = median(all.map((one) => one.messages)) / hosts;
      const ratio = (rounds / expected).toFixed(2);
      console.log(
        `  ${name.padEnd(42)}${rounds.toFixed(1).padStart(5)} rounds (${ratio} of it)` +
          `${messages.toFixed(1).padStart(7)} messages a host`,
      );
    }
  }
}

function median(values: number[]): number {
  const sorted = values.sort((a, b) => a - b);
  return sorted[sorted.length >> 1]!;
}

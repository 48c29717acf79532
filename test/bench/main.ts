/**
 * `npm run bench`: what a second of real time buys, side by side with the bare agenda and with what others offer.
 * `npm run bench -- messages "call 5"` measures what contains one of the words. `ROUNDS` and
 * `ROUND_MS` in the environment make it longer: Raft takes seconds to warm up. Nothing here passes or fails.
 * `npm run bench -- check` is apart: it judges histories of `OPERATIONS_MIN` to `OPERATIONS_MAX` operations, once each.
 * `npm run bench -- gossip` is apart too: it counts rounds and messages, and no time.
 */
import { judging } from './check.ts';
import { spreading } from './gossip.ts';
import { measure } from './measure.ts';
import { messages } from './messages.ts';
import { peers } from './peers.ts';
import { placement } from './placement.ts';
import { raft } from './raft.ts';
import { flatness, table } from './table.ts';
import { timers } from './timers.ts';
import { transactionJudging } from './transactions.ts';
import { yardstick } from './yardstick.ts';

const words = process.argv.slice(2);
if (words.includes('check')) {
  judging(Number(process.env.OPERATIONS_MIN ?? 0), Number(process.env.OPERATIONS_MAX ?? 1_000_000));
} else if (words.includes('gossip')) await spreading(Number(process.env.SEEDS ?? 9));
else await others();

async function others(): Promise<void> {
  const subjects = [...timers, ...messages, ...raft, ...peers, ...placement, ...transactionJudging].filter(
    ({ section, name }) => words.length === 0 || words.some((word) => `${section} ${name}`.includes(word)),
  );
  const results = await measure([yardstick, ...subjects], {
    rounds: Number(process.env.ROUNDS ?? 7),
    roundMs: Number(process.env.ROUND_MS ?? 1000),
  });
  console.log(table(results));
  for (const line of flatness(results)) console.log(line);
}

/**
 * Shrinks the pinned seed of every scenario that expects to break, and prints how small it became and its story. From a
 * build: `node tools/shrink-zoo.mjs [--budget 10000000] [--from 0] [--count 100] [--table file.md] [text in the name]`.
 * Several pieces may add to one file of lines (`--lines figures.jsonl`); `--table` makes a table of all lines in it.
 */
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { loadScenario, promiseOf, shrinkSeed, smallestOf } from '../dist/sim/entry/main.js';
import { findScenarios } from '../dist/sim/platform/files.js';

const text = { type: 'string' };
const { values, positionals } = parseArgs({
  options: { budget: text, from: text, count: text, lines: text, table: text },
  allowPositionals: true,
});
const { budget = '10000000', from = '0', count = '1000', lines, table } = values;

const { files } = await findScenarios(['scenarios']);
const wanted = [];
for (const file of files) {
  const loading = await loadScenario(file);
  if (!loading.ok) continue;
  const { loaded } = loading;
  if (loaded.regression !== undefined) continue;
  const isNamed = positionals.length === 0 || positionals.some((part) => loaded.name.includes(part));
  if (isNamed && loaded.scenario.expect.verdict === 'broken' && loaded.scenario.seeds[0] !== undefined) {
    wanted.push(loaded);
  }
}

const chosen = table === undefined ? wanted.slice(Number(from), Number(from) + Number(count)) : [];
for (const loaded of chosen) {
  const figures = await shrunken(loaded);
  if (lines !== undefined) appendFileSync(lines, `${JSON.stringify(figures)}\n`);
  tell(figures);
}
if (table !== undefined) writeFileSync(table, `${tableOf(known())}\n`);

async function shrunken(loaded) {
  const [seed] = loaded.scenario.seeds;
  const { outcome, shrunk } = await shrinkSeed(loaded, seed, {
    budget: { events: Number(budget), wallMs: 600_000 },
  });
  const { name } = loaded;
  if (shrunk === undefined) return { name, seed, verdict: outcome.verdict };
  const { before, after, runs, wallMs, isCutShort, check, necessity } = shrunk;
  const { story, decisions } = smallestOf(shrunk, promiseOf(check));
  return {
    ...{ name, seed, check, before, after, runs, wallMs: Math.round(wallMs), isCutShort },
    found: shrunk.seed,
    needless: necessity.filter(({ isNeeded }) => !isNeeded).length,
    decisions,
    promise: story.promise,
    story: story.sentences.map(({ atUs, text }) => `${(atUs / 1e6).toFixed(3)} ${text}`),
  };
}

function tell({
  name,
  seed,
  before,
  after,
  story = [],
  runs,
  wallMs,
  isCutShort,
  needless,
  promise,
  decisions,
}) {
  if (before === undefined) {
    console.log(`${name} ${seed}: not shrunk`);
    return;
  }
  const sizes = ['faults', 'operations', 'nodes', 'clients'].map(
    (what) => `${before[what]} → ${after[what]} ${what}`,
  );
  const doubt = needless > 0 ? `, ${needless} not shown necessary` : '';
  console.log(
    `${name} ${seed}: ${sizes.join(', ')}; ${runs} runs, ${wallMs} ms${isCutShort ? ', cut short' : ''}${doubt}`,
  );
  console.log(`    promised: ${promise}`);
  for (const line of decisions.slice(0, 12)) console.log(`      ${line}`);
  for (const line of story) console.log(`    ${line}`);
}

/** The last line of each name counts. */
function known() {
  if (lines === undefined || !existsSync(lines))
    throw new Error('--table goes with --lines, a file that exists');
  const all = readFileSync(lines, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  return [...new Map(all.map((figures) => [figures.name, figures])).values()].sort((a, b) =>
    a.name < b.name ? -1 : 1,
  );
}

function tableOf(all) {
  const rows = all.map(({ name, check, before, after, runs, wallMs, isCutShort }) =>
    before === undefined
      ? `| ${name} | not shrunk | | | | |`
      : `| ${name} | ${check} | ${before.faults} → ${after.faults} | ${before.operations} → ${after.operations} | ${before.nodes} → ${after.nodes} | ${(wallMs / 1000).toFixed(1)} s${isCutShort ? ' (budget)' : ''}, ${runs} runs |`,
  );
  return [
    '| scenario | check | faults | operations | servers | took |',
    '|---|---|---|---|---|---|',
    ...rows,
  ].join('\n');
}

/**
 * `node tools/zoo.mjs`: measures how many seeds it takes to catch each specimen of the zoo, and how often its correct twin
 * is accused; then how often other correct protocols are; and writes docs/zoo.md. Needs `npm run build`.
 *
 *   --seeds 2000   how many seeds of a specimen are run at most, and of every correct protocol
 *   --finds 15     a specimen is left alone once it was caught so often
 *   --keep         go on from what .skerry/zoo.json knows, although the program has changed since
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Crew, catalogue, loadScenario, sweep, version } from '../dist/sim/entry/main.js';

process.chdir(fileURLToPath(new URL('..', import.meta.url)));
const { values: given } = parseArgs({
  options: {
    seeds: { type: 'string', default: '2000' },
    finds: { type: 'string', default: '15' },
    keep: { type: 'boolean', default: false },
  },
});
const [seedsMax, findsMax] = [Number(given.seeds), Number(given.finds)];
/** Few enough for the twin to be compared soon, enough to keep every processor busy. */
const blockSeeds = 50;
const memory = '.skerry/zoo.json';

const known = remembered();
const crew = new Crew();
const scenarios = (await Promise.all(files().map(load))).map((loaded) => ({
  loaded,
  setting: setting(loaded),
}));
const specimens = scenarios.filter(({ loaded }) => loaded.file.startsWith('scenarios/zoo/'));
const twins = scenarios.filter(({ loaded }) => !loaded.file.startsWith('scenarios/zoo/'));
const rows = [];
for (const specimen of specimens) {
  const twin = twins.find(({ setting }) => setting === specimen.setting);
  if (twin === undefined) throw new Error(`${specimen.loaded.name} has no twin`);
  const caught = await measured(specimen.loaded, findsMax);
  const silent = await measured(twin.loaded, Number.POSITIVE_INFINITY);
  rows.push({ specimen: specimen.loaded, twin: twin.loaded, caught, silent });
}
writeFileSync('docs/zoo.md', page(rows, []));
const isTwin = new Set(rows.map(({ twin }) => twin.name));
const others = [];
for (const { loaded } of twins) {
  if (isTwin.has(loaded.name) || loaded.scenario.expect.verdict !== 'held') continue;
  others.push({ other: loaded, silent: await measured(loaded, Number.POSITIVE_INFINITY) });
}
await crew.close();
writeFileSync('docs/zoo.md', page(rows, others));

function files() {
  return readdirSync('scenarios', { withFileTypes: true })
    .filter(
      (entry) => entry.isDirectory() && !['demo', 'faults', 'lessons', 'regressions'].includes(entry.name),
    )
    .flatMap(({ name }) => readdirSync(`scenarios/${name}`).map((file) => `scenarios/${name}/${file}`))
    .filter((file) => file.endsWith('.yaml'))
    .sort();
}

async function load(file) {
  const loading = await loadScenario(file);
  if (!loading.ok) throw new Error(`${file}: ${loading.problems[0].message}`);
  return loading.loaded;
}

/** What a specimen and its twin have in common. */
function setting({ scenario: { protocol: _, seeds: __, expect: ___, ...rest } }) {
  return JSON.stringify(rest);
}

/** Runs seed after seed until enough were broken or all were run, from where it was left. */
async function measured(loaded, enough) {
  const { name, hash, programHash } = loaded;
  const before = known[name];
  const isTrue = before?.hash === hash && (given.keep || before.programHash === programHash);
  const found = isTrue ? before : { hash, programHash, seeds: 0, broken: [], unknown: 0, wallMs: 0 };
  while (found.seeds < seedsMax && found.broken.length < enough) {
    const count = Math.min(blockSeeds, seedsMax - found.seeds);
    const block = Array.from({ length: count }, (_, index) => String(found.seeds + index + 1));
    const { outcomes } = await sweep(loaded, { crew, seeds: block, jobs: availableParallelism() });
    const by = loaded.scenario.expect.by;
    for (const { seed, verdict, violations, wallMs } of outcomes) {
      found.wallMs += wallMs;
      if (verdict === 'unknown') found.unknown += 1;
      if (verdict !== 'broken') continue;
      if (by === undefined || violations[0].check === by) found.broken.push(Number(seed));
      else process.stderr.write(`${name} seed ${seed}: ${violations[0].message}\n`);
    }
    found.seeds += count;
    known[name] = found;
    mkdirSync('.skerry', { recursive: true });
    writeFileSync(memory, `${JSON.stringify(known)}\n`);
  }
  process.stderr.write(
    `${name}: ${found.broken.length} of ${found.seeds} broken, ${found.unknown} unknown\n`,
  );
  return found;
}

function remembered() {
  try {
    return JSON.parse(readFileSync(memory, 'utf8'));
  } catch {
    return {};
  }
}

/** Seeds from one catch to the next: each catch is where a new search could have begun. */
function medianOfWaits(broken) {
  const waits = broken.map((seed, index) => seed - (broken[index - 1] ?? 0)).sort((a, b) => a - b);
  return waits.length === 0 ? undefined : waits[Math.floor((waits.length - 1) / 2)];
}

function page(rows, others) {
  const lines = rows.map(({ specimen, twin, caught, silent }) => {
    const median = medianOfWaits(caught.broken);
    const cells = [
      `\`${specimen.name}\``,
      catalogue.protocols.get(specimen.scenario.protocol).about,
      specimen.scenario.expect.by,
      median === undefined ? `none in ${caught.seeds}` : String(median),
      `${caught.broken.length} of ${caught.seeds}`,
      seconds(((median ?? caught.seeds) * caught.wallMs) / caught.seeds),
      `\`${twin.name}\``,
      `${silent.broken.length} of ${silent.seeds}`,
    ];
    return `| ${cells.join(' | ')} |`;
  });
  const silent = [...new Map(rows.map(({ twin, silent }) => [twin.name, silent])).values()];
  const total = silent.reduce((sum, { seeds }) => sum + seeds, 0);
  const alarms = silent.reduce((sum, { broken }) => sum + broken.length, 0);
  return `# How fast the zoo is caught

Made by \`node tools/zoo.mjs\` with skerry ${version()}. Every specimen is a correct protocol with one rule replaced; its scenario is its
twin's, to the word, but for \`protocol\`, \`seeds\` and \`expect\`. *Median* is the number of seeds from one catch to the next;
*time* is that many runs on one core of the machine that made this page. *Alarms* are seeds of the twin, the same scenario
with the correct protocol, in which anything at all was reported broken.

${rows.length} specimens; ${silent.length} twins over ${total.toLocaleString('en')} seeds, ${alarms} false alarms.

| specimen | its mistake | caught by | median | caught | time | twin | alarms |
|---|---|---|---|---|---|---|---|
${lines.join('\n')}
${others.length === 0 ? '' : othersPart(others)}`;
}

function othersPart(others) {
  const total = others.reduce((sum, { silent }) => sum + silent.seeds, 0);
  const alarms = others.reduce((sum, { silent }) => sum + silent.broken.length, 0);
  const lines = others.map(
    ({ other: { name, scenario }, silent }) =>
      `| \`${name}\` | ${scenario.about.trim().split(/(?<=[.]) /)[0]} | ${silent.broken.length} of ${silent.seeds} |`,
  );
  return `
## Correct protocols in other scenarios

${others.length} scenarios over ${total.toLocaleString('en')} seeds, ${alarms} false alarms.

| scenario | what happens | alarms |
|---|---|---|
${lines.join('\n')}
`;
}

function seconds(ms) {
  return ms < 950 ? `${Math.max(1, Math.round(ms))} ms` : `${(ms / 1000).toFixed(1)} s`;
}

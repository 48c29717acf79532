/** Each known mistake is caught, by the check that is meant for it; the same scenario without it stays silent. */
import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { runFully, tellStory } from '../../sim/entry/main.ts';
import { canaries, isLong, seedsOf, seedsTo, setting, sweepOver, twins } from './zoo.ts';

const canarySeeds = seedsOf(500, 60);
const twinSeeds = seedsOf(2000, 30);
/** Claims that say that something changed hands. */
const turnovers = ['leader-replaced', 'lock-passed-on'];

test('there are canaries', () => {
  expect(canaries.length).toBeGreaterThanOrEqual(4);
});

describe.each(canaries.map((canary) => [canary.name, canary] as const))('%s', (_, canary) => {
  const { seeds: pinned, protocol } = canary.scenario;

  test('differs from its twin in protocol, seeds and expect only', async () => {
    const twin = twins.find((twin) => JSON.stringify(setting(twin)) === JSON.stringify(setting(canary)));
    expect(twin, 'a scenario outside the zoo that is the same but for these').toBeDefined();
    const [ours, theirs] = [await otherLines(canary.file), await otherLines(twin!.file)];
    expect(ours, 'not even a word of them differs').toEqual(theirs);
    expect(protocol).toBe(canary.name);
    expect(twin!.scenario.protocol).not.toMatch(/^zoo/);
    expect(twin!.scenario.expect.verdict).toBe('held');
  });

  test('is caught at its pinned seeds', async () => {
    expect(pinned.length).toBeGreaterThan(0);
    const { outcomes } = await sweepOver(canary, pinned);
    const missed = outcomes.filter(({ verdict }) => verdict !== 'broken').map(({ seed }) => seed);
    if (missed.length === 0) return;
    const others = (await sweepOver(canary, seedsTo(100))).outcomes.filter(
      ({ verdict }) => verdict === 'broken',
    );
    expect.fail(`it holds at ${missed.join(', ')}; pin one of ${others.map(({ seed }) => seed).join(', ')}`);
  });

  test(`is caught within ${canarySeeds} seeds, and never by another check than the named one first`, async () => {
    const { expected, reasons, verdict } = await sweepOver(canary, [
      // A sample may be too small for the rarest of them.
      ...(isLong ? [] : pinned),
      ...seedsTo(canarySeeds),
    ]);
    expect({ verdict, expected, reasons }).toEqual({ verdict: 'broken', expected: true, reasons: [] });
  });

  test('is told in at most twelve sentences, in order of time', async () => {
    const outcome = await runFully(canary, pinned[0]!);
    const { headline, sentences } = tellStory(outcome)!;
    expect(headline).not.toBe('');
    expect(sentences.length).toBeGreaterThan(1);
    expect(sentences.length).toBeLessThanOrEqual(12);
    const times = sentences.map(({ atUs }) => atUs);
    expect(times).toEqual([...times].sort((left, right) => left - right));
    for (const { text } of sentences) expect(text).toMatch(/^\S.{9,}/);
  });
});

const withCanary = twins.filter((twin) =>
  canaries.some((canary) => JSON.stringify(setting(canary)) === JSON.stringify(setting(twin))),
);

test.each(withCanary.map((twin) => [twin.name, twin] as const))(
  `%s stays silent over ${twinSeeds} seeds of the protocol without a mistake`,
  async (_, twin) => {
    const { outcomes, verdict, reasons } = await sweepOver(twin, seedsTo(twinSeeds));
    const alarms = outcomes.filter((outcome) => outcome.verdict === 'broken');
    expect(alarms.map(({ seed, violations }) => `seed ${seed}: ${violations[0]?.message}`)).toEqual([]);
    expect({ verdict, reasons }).toEqual({ verdict: 'held', reasons: [] });
  },
);

describe.each(twins.map((twin) => [twin.name, twin] as const))('%s', (_, twin) => {
  test('does enough at the median to prove something', async () => {
    const { medians, sometimes, outcomes } = await sweepOver(twin, seedsTo(isLong ? 200 : 30));
    expect(medians.operations).toBeGreaterThanOrEqual(100);
    expect(medians.overlapping).toBeGreaterThanOrEqual(0.3);
    expect(medians.faults).toBeGreaterThanOrEqual(3);
    const turnover = twin.scenario.checks.find(({ name }) => turnovers.includes(name))?.name;
    if (turnover === undefined) return;
    expect(sometimes[turnover], 'most seeds see one holder followed by another').toBeGreaterThan(
      outcomes.length / 2,
    );
  });
});

/** The lines of a scenario file that a canary shares with its twin. */
async function otherLines(file: string): Promise<string[]> {
  const lines = (await readFile(file, 'utf8')).trimEnd().split('\n');
  return lines.filter((line) => !/^(protocol|seeds|expect):/.test(line));
}

/** Each known mistake is caught, by the check that is meant for it. */
import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { type Outcome, tellStory } from '../../sim/entry/main.ts';
import { recorded } from '../determinism/runs.ts';
import { canaries, isLong, seedsOf, seedsTo, setting, sweepOver, twins } from './zoo.ts';

const canarySeeds = seedsOf(500, 8);

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

  // A sample may be too small for the rarest of them.
  const ordered = isLong ? seedsTo(canarySeeds) : [...new Set([...pinned, ...seedsTo(canarySeeds)])];
  const sampled = once(() => sweepOver(canary, ordered));

  test('is caught at its pinned seeds', async () => {
    expect(pinned.length).toBeGreaterThan(0);
    const { outcomes } = await (isLong ? sweepOver(canary, pinned) : sampled());
    const isMissed = ({ seed, verdict }: Outcome) => pinned.includes(seed) && verdict !== 'broken';
    const missed = outcomes.filter(isMissed).map(({ seed }) => seed);
    if (missed.length === 0) return;
    const others = (await sweepOver(canary, seedsTo(100))).outcomes.filter(
      ({ verdict }) => verdict === 'broken',
    );
    expect.fail(`it holds at ${missed.join(', ')}; pin one of ${others.map(({ seed }) => seed).join(', ')}`);
  });

  test(`is caught within ${canarySeeds} seeds, and never by another check than the named one first`, async () => {
    const { expected, reasons, verdict } = await sampled();
    expect({ verdict, expected, reasons }).toEqual({ verdict: 'broken', expected: true, reasons: [] });
  });

  test('is told in at most twelve sentences, in order of time', async () => {
    const outcome = await recorded(canary, pinned[0]!);
    const { headline, sentences } = tellStory(outcome)!;
    expect(headline).not.toBe('');
    expect(sentences.length).toBeGreaterThan(1);
    expect(sentences.length).toBeLessThanOrEqual(12);
    const times = sentences.map(({ atUs }) => atUs);
    expect(times).toEqual([...times].sort((left, right) => left - right));
    for (const { text } of sentences) expect(text).toMatch(/^\S.{9,}/);
  });
});

/** The lines of a scenario file that a canary shares with its twin. */
async function otherLines(file: string): Promise<string[]> {
  const lines = (await readFile(file, 'utf8')).trimEnd().split('\n');
  return lines.filter((line) => !/^(protocol|seeds|expect):/.test(line));
}

/** What the first call makes, for all of them. */
function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

/** The scenarios of protocols without a mistake, the canaries' twins among them: they stay silent, and do enough for it to count. */
import { describe, expect, test } from 'vitest';
import { seedsOf, seedsTo, sweepOver, twins } from './zoo.ts';

const seeds = seedsOf(2000, 12);
/** Claims that say that something changed hands. */
const turnovers = ['leader-replaced', 'lock-passed-on', 'primary-replaced'];

describe.each(twins.map((twin) => [twin.name, twin] as const))('%s', (_, twin) => {
  test(`stays silent over ${seeds} seeds, and does enough at the median to prove something`, async () => {
    const { medians, sometimes, outcomes, verdict, reasons } = await sweepOver(twin, seedsTo(seeds));
    const alarms = outcomes.filter((outcome) => outcome.verdict === 'broken');
    expect(alarms.map(({ seed, violations }) => `seed ${seed}: ${violations[0]?.message}`)).toEqual([]);
    expect({ verdict, reasons }).toEqual({ verdict: 'held', reasons: [] });
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

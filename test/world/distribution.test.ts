import fc from 'fast-check';
import { expect, test } from 'vitest';
import { normalQuantile, Sampler } from '../../sim/world/distribution.ts';
import type { Distribution } from '../../sim/world/spec.ts';

/** `raw` at the share `p` of its range. */
const at = (p: number): number => Math.min(2 ** 32 - 1, Math.floor(p * 2 ** 32));

/** Quantiles of the standard normal distribution, from tables. */
const normal: readonly (readonly [p: number, z: number])[] = [
  [0.01, -2.326347874],
  [0.1, -1.281551566],
  [0.5, 0],
  [0.9, 1.281551566],
  [0.99, 2.326347874],
  [0.999, 3.090232306],
  [0.9999, 3.719016485],
];
const sigma = Math.log(10) / 2.326347874;

const analytic: readonly (readonly [Distribution, readonly (readonly [p: number, us: number])[]])[] = [
  [
    { dist: 'uniform', minUs: 1_000, maxUs: 11_000 },
    [0.001, 0.25, 0.5, 0.999].map((p) => [p, 1_000 + 10_000 * p] as const),
  ],
  [
    { dist: 'normal', meanUs: 50_000, stddevUs: 5_000 },
    normal.map(([p, z]) => [p, 50_000 + 5_000 * z] as const),
  ],
  [
    { dist: 'lognormal', medianUs: 10_000, p99Us: 100_000 },
    normal.map(([p, z]) => [p, 10_000 * Math.exp(sigma * z)] as const),
  ],
  [
    { dist: 'exponential', meanUs: 20_000 },
    [0.1, 0.5, 0.9, 0.99, 0.999, 0.9999].map((p) => [p, -20_000 * Math.log(1 - p)] as const),
  ],
  [
    { dist: 'pareto', scaleUs: 1_000, shape: [3, 2] },
    [0.1, 0.5, 0.9, 0.99, 0.999, 0.9999].map((p) => [p, 1_000 * (1 - p) ** (-2 / 3)] as const),
  ],
];

test.each(analytic)(
  'quantiles of %j are those of the formula, up to the far tail',
  (distribution, quantiles) => {
    const sampler = new Sampler(distribution);
    for (const [p, us] of quantiles) {
      expect(Math.abs(sampler.sample(at(p)) / us - 1), `at ${p}`).toBeLessThan(0.01);
    }
  },
);

test.each(analytic)(
  'sampled evenly over the range of raw values, %j gives those quantiles',
  (distribution, quantiles) => {
    const sampler = new Sampler(distribution);
    const size = 200_000;
    const samples = Float64Array.from({ length: size }, (_, i) =>
      sampler.sample(at((i + 0.5) / size)),
    ).sort();
    for (const [p, us] of quantiles) {
      expect(Math.abs(samples[Math.floor(p * size)]! / us - 1), `at ${p}`).toBeLessThan(0.02);
    }
  },
);

test('a constant is constant', () => {
  const sampler = new Sampler({ dist: 'constant', valueUs: 77 });
  for (const p of [0, 0.3, 1]) expect(sampler.sample(at(p))).toBe(77);
});

const bounds = fc
  .tuple(fc.nat(5_000), fc.nat(5_000))
  .map(([minUs, more]) => ({ minUs, maxUs: minUs + more }));
const bounded: fc.Arbitrary<Distribution & { minUs: number; maxUs: number }> = fc.oneof(
  bounds.map((own) => ({ dist: 'uniform' as const, ...own })),
  fc.tuple(bounds, fc.nat(9_000), fc.nat(4_000)).map(([own, meanUs, stddevUs]) => ({
    dist: 'normal' as const,
    meanUs,
    stddevUs,
    ...own,
  })),
  fc
    .tuple(bounds, fc.integer({ min: 1, max: 5_000 }), fc.integer({ min: 1, max: 100 }))
    .map(([own, medianUs, by]) => ({
      dist: 'lognormal' as const,
      medianUs,
      p99Us: medianUs * by,
      ...own,
    })),
  fc.tuple(bounds, fc.nat(9_000)).map(([own, meanUs]) => ({ dist: 'exponential' as const, meanUs, ...own })),
  fc.tuple(bounds, fc.integer({ min: 1, max: 5_000 })).map(([own, scaleUs]) => ({
    dist: 'pareto' as const,
    scaleUs,
    shape: [3, 2] as const,
    ...own,
  })),
);

test('samples are whole, within the bounds, and grow with the raw value; raw 0 is the shortest', () => {
  const raws = fc.array(fc.integer({ min: 0, max: 2 ** 32 - 1 }), { minLength: 1, maxLength: 40 });
  fc.assert(
    fc.property(bounded, raws, (distribution, drawn) => {
      const sampler = new Sampler(distribution);
      let lastUs = sampler.sample(0);
      for (const raw of [...drawn.sort((left, right) => left - right), 2 ** 32 - 1]) {
        const us = sampler.sample(raw);
        expect(Number.isInteger(us)).toBe(true);
        expect(us).toBeGreaterThanOrEqual(Math.max(distribution.minUs, lastUs));
        expect(us).toBeLessThanOrEqual(distribution.maxUs);
        lastUs = us;
      }
    }),
    { seed: 3 },
  );
});

test('raw 0 gives the minimum', () => {
  const shortest = (distribution: Distribution) => new Sampler(distribution).sample(0);
  expect(shortest({ dist: 'uniform', minUs: 300, maxUs: 900 })).toBe(300);
  expect(shortest({ dist: 'exponential', meanUs: 1_000 })).toBe(0);
  expect(shortest({ dist: 'exponential', meanUs: 1_000, minUs: 50 })).toBe(50);
  expect(shortest({ dist: 'pareto', scaleUs: 400, shape: [2, 1] })).toBe(400);
  expect(shortest({ dist: 'normal', meanUs: 1_000, stddevUs: 900 })).toBe(0);
});

test('unless told otherwise nothing is negative or longer than ten seconds', () => {
  const wide = new Sampler({ dist: 'normal', meanUs: 0, stddevUs: 100_000_000 });
  expect(wide.sample(0)).toBe(0);
  expect(wide.sample(2 ** 32 - 1)).toBe(10_000_000);
});

test('the inverse of the normal distribution function agrees with tables', () => {
  for (const [p, z] of normal) expect(Math.abs(normalQuantile(p) - z)).toBeLessThan(1e-8);
});

/** Distributions of durations, compiled once into whole-number quantile tables: no float decides anything in a run. */
import type { Distribution } from './spec.ts';

const buckets = 1024;
const maxUsDefault = 10_000_000;

const noTable = new Float64Array();

/** Tables are a pure function of their distribution, and take as long to make as a hundred events of a run. */
const known = new WeakMap<Distribution, Sampler>();

/** The sampler of a distribution, which does not change. */
export function samplerOf(distribution: Distribution): Sampler {
  let sampler = known.get(distribution);
  if (sampler === undefined) {
    sampler = new Sampler(distribution);
    known.set(distribution, sampler);
  }
  return sampler;
}

/** Turns 32 random bits into a duration; 0 gives the shortest. */
export class Sampler {
  /** Quantiles at i/1024; the last bucket is divided once more, for the tail. */
  readonly #edges: Float64Array;
  readonly #tail: Float64Array;
  readonly #constant: number;

  constructor(distribution: Distribution) {
    const isConstant = distribution.dist === 'constant';
    this.#constant = isConstant ? distribution.valueUs : -1;
    this.#edges = noTable;
    this.#tail = noTable;
    if (isConstant) return;
    const quantile = boundedQuantile(distribution);
    this.#edges = Float64Array.from({ length: buckets + 1 }, (_, i) => quantile(i / buckets));
    const from = (buckets - 1) / buckets;
    this.#tail = Float64Array.from({ length: buckets + 1 }, (_, i) => quantile(from + i / buckets / buckets));
  }

  get medianUs(): number {
    return this.#constant >= 0 ? this.#constant : this.#edges[buckets / 2]!;
  }

  /** Whole microseconds. */
  sample(raw: number): number {
    if (this.#constant >= 0) return this.#constant;
    const bucket = raw >>> 22;
    const rest = raw & 0x3fffff;
    if (bucket < buckets - 1) return between(this.#edges, bucket, rest / 0x400000);
    return between(this.#tail, rest >>> 12, (rest & 0xfff) / 0x1000);
  }
}

function between(edges: Float64Array, index: number, fraction: number): number {
  const low = edges[index]!;
  return low + Math.floor((edges[index + 1]! - low) * fraction);
}

function boundedQuantile(distribution: Distribution): (p: number) => number {
  const quantile = quantileOf(distribution);
  const [minUs, maxUs] = boundsOf(distribution);
  return (p) => {
    const inside = p <= 0 ? 1 / 4194304 : p >= 1 ? 1 - 1 / 4194304 : p;
    return Math.round(Math.min(maxUs, Math.max(minUs, quantile(inside))));
  };
}

function boundsOf(distribution: Distribution): [minUs: number, maxUs: number] {
  switch (distribution.dist) {
    case 'constant':
      return [distribution.valueUs, distribution.valueUs];
    case 'uniform':
      return [distribution.minUs, distribution.maxUs];
    default:
      return [distribution.minUs ?? 0, distribution.maxUs ?? Math.max(maxUsDefault, distribution.minUs ?? 0)];
  }
}

function quantileOf(distribution: Distribution): (p: number) => number {
  switch (distribution.dist) {
    case 'constant':
      return () => distribution.valueUs;
    case 'uniform':
      return (p) => {
        const range = distribution.maxUs - distribution.minUs;
        return p < 1e-6
          ? distribution.minUs
          : p > 1 - 1e-6
            ? distribution.maxUs
            : distribution.minUs + range * p;
      };
    case 'normal':
      return (p) => distribution.meanUs + distribution.stddevUs * normalQuantile(p);
    case 'lognormal': {
      const sigma = Math.log(distribution.p99Us / distribution.medianUs) / normalQuantile(0.99);
      return (p) => distribution.medianUs * Math.exp(sigma * normalQuantile(p));
    }
    case 'exponential':
      return (p) => -distribution.meanUs * Math.log(1 - p);
    case 'pareto': {
      const [over, under] = distribution.shape;
      return (p) => distribution.scaleUs * Math.exp((-Math.log(1 - p) * under) / over);
    }
  }
}

/** The inverse of the standard normal distribution function, after Acklam's rational approximation (error < 1.2e-9). */
export function normalQuantile(p: number): number {
  if (p > 0.5) return -normalQuantile(1 - p);
  if (p < 0.02425) {
    const q = Math.sqrt(-2 * Math.log(p));
    const over =
      ((((-7.784894002430293e-3 * q - 0.3223964580411365) * q - 2.400758277161838) * q - 2.549732539343734) *
        q +
        4.374664141464968) *
        q +
      2.938163982698783;
    const under =
      (((7.784695709041462e-3 * q + 0.3224671290700398) * q + 2.445134137142996) * q + 3.754408661907416) *
        q +
      1;
    return over / under;
  }
  const q = p - 0.5;
  const r = q * q;
  const over =
    (((((-39.69683028665376 * r + 220.9460984245205) * r - 275.9285104469687) * r + 138.357751867269) * r -
      30.66479806614716) *
      r +
      2.506628277459239) *
    q;
  const under =
    ((((-54.47609879822406 * r + 161.5858368580409) * r - 155.6989798598866) * r + 66.80131188771972) * r -
      13.28068155288572) *
      r +
    1;
  return over / under;
}

/** Single values as a scenario file writes them: the way back from `notation.ts`. */
import type { z } from 'zod';
import type { Bandwidth, Distribution, LinkSpec } from '../../world/spec.ts';
import type { distribution } from './notation.ts';
import { formatBytes, formatDuration, formatOdds, formatRate } from './units.ts';

type WrittenDistribution = z.input<typeof distribution>;

export function writeDistribution(spec: Distribution): WrittenDistribution {
  if (spec.dist === 'constant') return formatDuration(spec.valueUs);
  const min = spec.minUs === undefined ? {} : { min: formatDuration(spec.minUs) };
  const max = spec.maxUs === undefined ? {} : { max: formatDuration(spec.maxUs) };
  switch (spec.dist) {
    case 'uniform':
      return { dist: 'uniform', min: formatDuration(spec.minUs), max: formatDuration(spec.maxUs) };
    case 'normal': {
      const stddev = formatDuration(spec.stddevUs);
      return { dist: 'normal', mean: formatDuration(spec.meanUs), stddev, ...min, ...max };
    }
    case 'lognormal': {
      const p99 = formatDuration(spec.p99Us);
      return { dist: 'lognormal', median: formatDuration(spec.medianUs), p99, ...min, ...max };
    }
    case 'exponential':
      return { dist: 'exponential', mean: formatDuration(spec.meanUs), ...min, ...max };
    case 'pareto': {
      const [hits, outOf] = spec.shape;
      return { dist: 'pareto', scale: formatDuration(spec.scaleUs), shape: hits / outOf, ...min, ...max };
    }
  }
}

export const writeReorder = ({ odds, by }: LinkSpec['reorder']) => ({
  odds: formatOdds(odds),
  by: writeDistribution(by),
});

export const writeBandwidth = ({ bytesPerSecond, queueBytes }: Bandwidth) => ({
  rate: formatRate(bytesPerSecond),
  queue: formatBytes(queueBytes),
});

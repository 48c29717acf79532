/**
 * How single values are written in a scenario file: durations, odds, distributions, names. Each type describes its
 * notation (for editors), checks it, and turns it into what `sim/world/spec.ts` wants.
 */
import { z } from 'zod';
import type { Ratio } from '../../../protocols/host.ts';
import type { Bandwidth, Bounds, Distribution, LinkSpec, Storage, Targets } from '../../world/spec.ts';
import {
  BYTES_PATTERN,
  DURATION_PATTERN,
  formatDuration,
  notADuration,
  notBytes,
  ODDS_PATTERN,
  parseBytes,
  parseDuration,
  parseOdds,
  parsePpm,
  parseRate,
  parseRatio,
  RATE_PATTERN,
  type Reading,
  SIGNED_DURATION_PATTERN,
} from './units.ts';

/** What zod hands to a transformation. */
type Context = z.core.$RefinementCtx;

/** Refuses a value, or the part of it at `path`. It returns: the result only stands in for the value there is not. */
export function refuse(
  context: Context,
  message: string,
  at: { readonly path?: (string | number)[]; readonly hint?: string | undefined } = {},
): never {
  const { path = [], hint } = at;
  context.issues.push({ code: 'custom', message, path, params: { hint }, input: context.value });
  return z.NEVER;
}

/**
 * A transformation of what has no problems so far. Left to itself zod also transforms maps with unknown keys, and
 * what is around them: half of their values would be missing.
 */
export const settled =
  <I, O>(transform: (value: I, context: Context) => O) =>
  (value: I, context: Context): O =>
    context.issues.length > 0 ? z.NEVER : transform(value, context);

function accept<T>(reading: Reading<T>, context: Context): T {
  return reading.ok ? reading.value : refuse(context, reading.message, { hint: reading.hint });
}

/**
 * A map of exactly these keys. What zod calls the message of an unrecognized key is the list of those there are:
 * `findings.ts` makes a sentence of it.
 */
export const map = <S extends z.ZodRawShape>(shape: S) =>
  z.strictObject(shape, {
    error: (issue) => (issue.code === 'unrecognized_keys' ? Object.keys(shape).join(' ') : undefined),
  });

/**
 * One of several names; `noun` says of what. What zod calls the message is the noun, and the names that stand for
 * the same as keys of a map: `findings.ts` makes a sentence of them.
 */
export const nameOf = <const T extends readonly string[]>(
  noun: string,
  names: T,
  keys: readonly string[] = [],
) => z.enum(names, { error: () => [noun, ...keys].join('|') });

export const whole = (min: number, max: number) => z.int().min(min).max(max);

export const text = (longest: number) => z.string().trim().min(1).max(longest);

const notText = (issue: { readonly input?: unknown }): string => notADuration(issue.input).message;

export const duration = z
  .string({ error: notText })
  .meta({ pattern: DURATION_PATTERN })
  .transform(settled((value, context) => accept(parseDuration(value), context)))
  .meta({
    id: 'Duration',
    description: 'A number and a unit, us, ms, s, m or h: 150ms.',
    examples: ['150ms', '5s'],
  });

export const positiveDuration = duration.transform(
  settled((us, context) =>
    us > 0 ? us : refuse(context, 'no time at all is too short here', { hint: 'write more than 0s' }),
  ),
);

export const signedDuration = z
  .string({ error: notText })
  .meta({ pattern: SIGNED_DURATION_PATTERN })
  .transform(settled((value, context) => accept(parseDuration(value, true), context)))
  .meta({
    id: 'SignedDuration',
    description: 'A duration that may be negative: -30s.',
    examples: ['-30s', '2s'],
  });

export const bytes = z
  .string({ error: ({ input }) => notBytes(input, false) })
  .meta({ pattern: BYTES_PATTERN })
  .transform(settled((value, context) => accept(parseBytes(value), context)))
  .meta({
    id: 'Bytes',
    description: 'A number and a unit, B, KB, MB, GB (thousands), KiB, MiB or GiB (1024): 64KB.',
    examples: ['64KB', '1.5MB'],
  });

const bytesPerSecond = z
  .string({ error: ({ input }) => notBytes(input, true) })
  .meta({ pattern: RATE_PATTERN })
  .transform(
    settled((value, context) => {
      const rate = accept(parseRate(value), context);
      if (rate !== 0) return rate;
      return refuse(context, 'a link of no bytes a second is a cut', { hint: 'use a partition for that' });
    }),
  )
  .meta({ id: 'BytesPerSecond', description: 'Bytes a second: 1MB/s.', examples: ['1MB/s', '200KB/s'] });

export const odds = z
  .union([z.string().meta({ pattern: ODDS_PATTERN }), z.number().meta({ minimum: 0, maximum: 1 })])
  .transform(settled((value, context): Ratio => accept(parseOdds(value), context)))
  .meta({ id: 'Odds', description: 'A percentage (0.5%), a number from 0 to 1, or a fraction (1/3).' });

/** A rate of a clock: parts in a million, `100ppm`. */
export const ppm = z
  .string()
  .meta({ pattern: '^-?\\d{1,6}ppm$' })
  .transform(settled((value, context) => accept(parsePpm(value), context)))
  .meta({
    id: 'Rate',
    description: 'Parts in a million: at 100ppm a clock gains 8.64 s a day.',
    examples: ['100ppm', '-5000ppm'],
  });

const shape = z
  .number()
  .meta({ exclusiveMinimum: 0 })
  .transform(
    settled((value, context): Ratio => {
      const ratio = accept(parseRatio(value), context);
      return ratio?.[0] === 0 ? refuse(context, 'the shape of a pareto distribution is more than 0') : ratio;
    }),
  )
  .describe('A smaller shape has a heavier tail: 1.5.');

/** The largest sample of a distribution that names no `max`. */
const SAMPLE_US_MAX = 10_000_000;

const bounds = {
  min: duration.optional().describe('A smaller sample is moved here; 0s unless given.'),
  max: duration.optional().describe('A larger sample is moved here; 10s unless given.'),
};
const distributionMap = z.discriminatedUnion('dist', [
  map({ dist: z.literal('constant'), value: duration }),
  map({ dist: z.literal('uniform'), min: duration, max: duration }),
  map({ dist: z.literal('normal'), mean: duration, stddev: duration, ...bounds }),
  map({ dist: z.literal('lognormal'), median: positiveDuration, p99: positiveDuration, ...bounds }),
  map({ dist: z.literal('exponential'), mean: positiveDuration, ...bounds }),
  map({ dist: z.literal('pareto'), scale: positiveDuration, shape, ...bounds }),
]);

export const distribution = z
  .union([duration, distributionMap], { error: notText })
  .transform(
    settled((written, context): Distribution => {
      if (typeof written === 'number') return { dist: 'constant', valueUs: written };
      const { min, max } = { min: undefined, max: undefined, ...written };
      if (min !== undefined && max !== undefined && min > max) {
        return refuse(context, `min ${formatDuration(min)} is above max ${formatDuration(max)}`, {
          path: ['min'],
        });
      }
      const limits: Bounds = {
        ...(min !== undefined && { minUs: min }),
        ...(max !== undefined && { maxUs: max }),
      };
      const largest = max ?? SAMPLE_US_MAX;
      const within = (key: string, us: number, result: Distribution): Distribution => {
        if (us <= largest) return result;
        const known =
          max === undefined ? `${formatDuration(largest)}, unless max is given` : formatDuration(largest);
        return refuse(context, `${key} ${formatDuration(us)} is above the largest sample`, {
          path: [key],
          hint: known,
        });
      };
      switch (written.dist) {
        case 'constant':
          return { dist: 'constant', valueUs: written.value };
        case 'uniform':
          return { dist: 'uniform', minUs: written.min, maxUs: written.max };
        case 'normal':
          return within('mean', written.mean, {
            dist: 'normal',
            meanUs: written.mean,
            stddevUs: written.stddev,
            ...limits,
          });
        case 'lognormal': {
          const { median, p99 } = written;
          if (p99 >= median) {
            return within('median', median, { dist: 'lognormal', medianUs: median, p99Us: p99, ...limits });
          }
          const message = `p99 ${formatDuration(p99)} is below the median ${formatDuration(median)}`;
          return refuse(context, message, { path: ['p99'] });
        }
        case 'exponential':
          return within('mean', written.mean, { dist: 'exponential', meanUs: written.mean, ...limits });
        case 'pareto':
          return within('scale', written.scale, {
            dist: 'pareto',
            scaleUs: written.scale,
            shape: written.shape,
            ...limits,
          });
      }
    }),
  )
  .meta({ id: 'Distribution', description: 'A distribution of durations; a single duration is constant.' });

const REORDER_BY = { dist: 'uniform', min: '1ms', max: '10ms' } as const;

export const reorder = z
  .union([odds, map({ odds, by: distribution.prefault(REORDER_BY) })])
  .transform(
    settled((value): LinkSpec['reorder'] =>
      'odds' in value ? value : { odds: value, by: { dist: 'uniform', minUs: 1_000, maxUs: 10_000 } },
    ),
  )
  .describe('Odds that a packet waits another `by` (1ms to 10ms), so that later ones overtake it.');

/** What a narrow link carries: keys for a map. */
export const bandwidthKeys = {
  rate: bytesPerSecond.describe('What one direction of a link carries.'),
  queue: bytes
    .prefault('64KB')
    .describe('What may wait to go onto it; a packet that finds no room is dropped.'),
};

export const bandwidthOf = ({ rate, queue }: { rate: number; queue: number }): Bandwidth => ({
  bytesPerSecond: rate,
  queueBytes: queue,
});

export const hostId = text(64).describe('A host: n1, n2 … are servers, c1, c2 … clients.');

/** A list of hosts, each once. */
export const hostList = z
  .array(hostId)
  .min(1)
  .superRefine((hosts, context) => {
    for (const [index, host] of hosts.entries()) {
      if (hosts.indexOf(host) < index) refuse(context, `host "${host}" is named twice`, { path: [index] });
    }
  });

/** What is said about targets wherever they are explained. */
export const targetsAbout =
  'Targets: one, minority, majority, all, leader (one that leads, or one at random), primaries (all that lead), ring (the next server each time), one-client, or a list of hosts ([n1, n3]).';

const TARGETS = ['one', 'minority', 'majority', 'all', 'leader', 'primaries', 'ring', 'one-client'] as const;

export const targets = z
  .union([nameOf('target', TARGETS), hostList])
  .transform(settled((value): Targets => value))
  .meta({
    id: 'Targets',
    description: 'Which hosts, chosen when the fault starts: a name or a list of hosts.',
  });

/** The value of an option of a protocol, workload or check; its table says which type it must have. */
export const optionValue = z.union([z.string(), z.number(), z.boolean()]);

/** What a kill does to the disk. */
export const storage = nameOf('storage', [
  'keep',
  'lose-unsynced',
  'lose-all',
  'torn',
  'wipe',
] as const satisfies readonly Storage[]);

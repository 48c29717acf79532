/**
 * The form of a scenario file, defined once: it checks files, gives `ScenarioFile` its type, and becomes the JSON
 * Schema for editors. What depends on names in a catalogue, or on two sections at once, is in `resolve.ts`.
 */
import { z } from 'zod';
import type { BuggifySpec, ClockSpec, DiskSpec, TimeServiceSpec } from '../../world/spec.ts';
import { faultKinds } from './faults/kinds.ts';
import { nemesis } from './faults/nemesis.ts';
import { timedFault } from './faults/timed-fault.ts';
import { network } from './network.ts';
import {
  bytes,
  distribution,
  duration,
  hostId,
  hostList,
  map,
  nameOf,
  odds,
  optionValue,
  positiveDuration,
  ppm,
  refuse,
  settled,
  text,
  whole,
} from './notation.ts';
import type { Expectation, ScriptedOperation } from './scenario.ts';

const timeService = map({
  every: distribution.prefault('8s').describe('Time between two looks at the clock.'),
  error: duration.prefault('1ms').describe('Each look is wrong by a drawn amount up to this.'),
  step: duration.prefault('128ms').describe('A clock that is off by more jumps.'),
  slew: ppm.prefault('500ppm').describe('A clock that is off by less runs faster or slower by up to this.'),
})
  .transform(
    settled((value, context): TimeServiceSpec => {
      if (value.slew < 0) return refuse(context, 'a slew is a rate of 0 or more', { path: ['slew'] });
      return { every: value.every, errorUs: value.error, stepUs: value.step, slewPpm: value.slew };
    }),
  )
  .describe('An NTP daemon on every host: without it nothing puts a wrong clock right.');

const clocks = map({
  skew: duration
    .prefault('0s')
    .describe('Each wall clock is off by a drawn amount between minus and plus this.'),
  drift: ppm
    .optional()
    .describe('Each clock, the monotonic one too, runs fast or slow by a drawn rate up to this: 100ppm.'),
  uncertainty: duration
    .optional()
    .describe('Half the width of the interval clock (7ms); it is wider where the clock is further off.'),
  service: timeService.optional(),
}).transform(
  settled(({ skew, drift, uncertainty, service }, context): ClockSpec => {
    if (drift !== undefined && drift < 0)
      return refuse(context, 'a drift is drawn between minus and plus this', { path: ['drift'] });
    return {
      skewUs: skew,
      ...(drift !== undefined && { driftPpm: drift }),
      ...(uncertainty !== undefined && { uncertaintyUs: uncertainty }),
      ...(service !== undefined && { service }),
    };
  }),
);

const odds1in4 = '25%';
const buggify = z
  .union([
    z.literal(true),
    map({
      active: odds.prefault(odds1in4).describe('Odds that a site is active in a run.'),
      fires: odds.prefault(odds1in4).describe('Odds that an active site says yes.'),
    }),
  ])
  .transform(settled((value): BuggifySpec => (value === true ? { active: [1, 4], fires: [1, 4] } : value)))
  .describe('Lets programs take the rare paths that they mark with `host.buggify`.');

const disk = map({
  read: distribution.prefault({ dist: 'lognormal', median: '100us', p99: '1ms' }),
  write: distribution.prefault({ dist: 'lognormal', median: '20us', p99: '200us' }),
  sync: distribution.prefault({ dist: 'lognormal', median: '1ms', p99: '10ms' }),
  capacity: bytes.optional().describe('Of all files of a host together: 10MB. Without end unless given.'),
  renames: nameOf('promise', ['atomic', 'torn'])
    .prefault('atomic')
    .describe(
      '`torn`: a rename that was not synced may leave both names, or an empty or no target, when the power goes.',
    ),
})
  .transform(
    settled(
      ({ capacity, renames, ...value }): DiskSpec => ({
        ...value,
        ...(capacity !== undefined && { capacityBytes: capacity }),
        ...(renames !== 'atomic' && { renames }),
      }),
    ),
  )
  .describe('How long file operations take; a solid-state disk unless said otherwise.');

const scriptedOperation = map({
  client: hostId,
  at: duration.describe('It begins then, or when its client is done with the one before.'),
  f: text(100).describe('The function: get, put …'),
  key: text(1_000).optional(),
  value: z.json().optional().describe('What is asked: the value to write, `[from, to]` of a cas.'),
}).transform(settled(({ at, ...value }): ScriptedOperation => ({ ...value, atUs: at })));

const workload = z
  .object({
    type: text(100).optional().describe('Its name; the first one that the protocol can serve unless given.'),
    clients: whole(1, 1_000).prefault(5).describe('How many hosts c1, c2 … run it.'),
    rate: whole(1, 1_000_000).prefault(50).describe('Operations a second, of all clients together.'),
    keys: whole(1, 1_000_000).prefault(5).describe('How many different keys they use.'),
    script: z
      .array(scriptedOperation)
      .optional()
      .describe('What the clients do, operation by operation, instead of drawing it.'),
  })
  .catchall(optionValue)
  .describe('What the clients do. Further keys are options of the workload.');

/** Keys of a workload that are not options of its own. */
export const WORKLOAD_KEYS: readonly string[] = Object.keys(workload.shape);

const check = z.union([text(100), z.record(z.string(), z.record(z.string(), optionValue))]).transform(
  settled((value, context) => {
    if (typeof value === 'string') return { name: value, options: {} };
    const [entry, another] = Object.entries(value);
    if (entry !== undefined && another === undefined) return { name: entry[0], options: entry[1] };
    return refuse(context, 'a check with options is one name and a map', {
      hint: 'progress: { within: 5s }',
    });
  }),
);

const seed = z.union([text(100), z.int().min(0)]).transform(settled((value) => String(value)));

const verdict = nameOf('verdict', ['held', 'broken']);
const expectation = z
  .union([verdict, map({ verdict, by: text(100).optional() })])
  .transform(
    settled((value, context): Expectation => {
      if (typeof value === 'string') return { verdict: value };
      if (value.verdict === 'broken')
        return { verdict: 'broken', ...(value.by !== undefined && { by: value.by }) };
      if (value.by === undefined) return { verdict: 'held' };
      return refuse(context, 'by goes with verdict: broken only', { path: ['by'] });
    }),
  )
  .describe('Judged per sweep; `by` names the check that breaks, and the only one that may.');

const limits = map({
  events: whole(1, 1_000_000_000).prefault(5_000_000).describe('Events of one run.'),
  instantEvents: whole(1, 1_000_000_000).prefault(100_000).describe('Events without virtual time passing.'),
});

const atLeast = map({
  operations: whole(0, 1_000_000_000).prefault(1).describe('Operations that succeeded.'),
  overlapping: odds.prefault('0%').describe('The part of the operations that overlapped another one.'),
  faults: whole(0, 1_000_000).prefault(0).describe('Faults that touched something.'),
}).describe('A run that did less proved nothing: its verdict is unknown.');

const hostCount = whole(1, 1_000);

export const scenarioFile = map({
  schema: z.literal(1).describe('The version of this form.'),
  name: text(200),
  about: z.string().trim().max(10_000).prefault('').describe('One or a few sentences.'),
  protocol: text(1_000).describe(
    'A name (`skerry list` has them all), or the path of a module: ./my-protocol.ts.',
  ),
  nodes: z
    .union([hostCount, z.record(z.string(), hostCount)])
    .optional()
    .describe('How many hosts, or how many of each role; as many as the protocol likes unless given.'),
  spares: whole(0, 100)
    .prefault(0)
    .describe('Further servers that run and are not members yet: a fault of the kind members adds them.'),
  options: z.record(z.string(), optionValue).prefault({}).describe('Options of the protocol.'),
  duration: positiveDuration.prefault('10s').describe('The safety phase, in which anything may break.'),
  recovery: duration
    .prefault('5s')
    .describe('The recovery phase after it: faults have stopped, everything must go on.'),
  core: z
    .union([nameOf('core', ['majority', 'all']), hostList])
    .prefault('majority')
    .describe(
      'What is made whole for the recovery phase, besides the clients: a drawn majority of the servers, all of them, or these. Whatever else is broken stays as it is.',
    ),
  network: network.prefault({}),
  clocks: clocks.prefault({}),
  disk: disk.prefault({}),
  workload: workload.prefault({}),
  faults: z.array(timedFault).prefault([]).describe('A script of faults.'),
  nemesis: nemesis.optional(),
  buggify: buggify.optional(),
  without: z
    .array(nameOf('fault kind', faultKinds))
    .optional()
    .describe('Kinds of faults that are drawn and then not carried out: what becomes of a run without them?'),
  checks: z.array(check).optional().describe('What is judged; what the workload suggests unless given.'),
  seeds: z.array(seed).prefault([]).describe('Pinned seeds: they run first, whatever else is asked for.'),
  expect: expectation.prefault('held'),
  limits: limits.prefault({}).describe('A run that reaches one of these ends there.'),
  ties: nameOf('order', ['random', 'fifo'])
    .prefault('random')
    .describe('Which of several events at the same time comes first: drawn, or the one scheduled first.'),
  atLeast: atLeast.prefault({}),
});

/** A scenario as a file or a module writes it: durations and odds as text, everything but three keys optional. */
export type ScenarioFile = z.input<typeof scenarioFile>;

/** The sections of a file after checking; those with problems are undefined. */
export type Sections = Partial<z.output<typeof scenarioFile>>;

/** The JSON Schema of a scenario file, for editors: `schema.json` of the package. */
export function scenarioJsonSchema(): Record<string, unknown> {
  const schema = z.toJSONSchema(scenarioFile, { io: 'input' });
  return { ...schema, title: 'A scenario for skerry' };
}

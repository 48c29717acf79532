/** Tests that move a world by hand: a body, run with many seeds. */
import {
  Director,
  judgeSweep,
  type Outcome,
  type Protocol,
  type Scenario,
  type Sweep,
  serverIds,
  spareIds,
  type TestWorld,
  type Workload,
} from '../../index.ts';
import { runGuarded } from '../guarded.ts';
import { SimulationError } from './check.ts';
import { type Command, callingPlace, foreignFrames, type Place } from './commands.ts';
import { type Input, type InputOptions, inputOf, ScenarioError, type ScenarioValue } from './input.ts';
import { type SeedOptions, seedInFocus, seedsFor } from './seeds.ts';
import { showTrace, type Told, tell, tellSweep, testCommands } from './told.ts';

/**
 * The world that a body finds: what a scenario file can say of it, but for what the body does itself. `duration` is
 * the virtual time in which it must be done, ten minutes unless given; no check is judged unless named in `checks`.
 */
export interface BodyOptions
  extends Omit<
      ScenarioValue,
      'workload' | 'recovery' | 'core' | 'atLeast' | 'expect' | 'seeds' | 'schema' | 'without'
    >,
    SeedOptions,
    Omit<InputOptions, 'checks' | 'set'> {
  /** Machines c1, c2 … that the body may ask things from. Default 3. */
  readonly clients?: number;
  /** What the history of the clients is judged by. Default `kv`. */
  readonly model?: string;
  /** Checks of your own, by their name. */
  readonly ownChecks?: InputOptions['checks'];
  /** Real milliseconds after which no more seeds are begun. */
  readonly budgetMs?: number;
}

/** What became of a body, as data. */
export interface BodyResult extends Sweep {
  readonly ok: boolean;
  /** The first seed that failed. Absent if all is well. */
  readonly failure?: Pick<Told, 'outcome' | 'story'>;
  /** What the body threw there, if that is what failed. */
  readonly thrown?: unknown;
  /** What failed, in words. Empty if all is well. */
  readonly text: string;
  readonly commands: readonly Command[];
}

/**
 * Runs a body once for each seed, up to the first that fails: by an error that the body throws, or by a check.
 * The body is run in this thread and takes virtual time only; with more than one seed the first is run a second time,
 * for whatever a body does must depend on nothing but its seed.
 * @throws ScenarioError if the options make no world; RangeError if `seeds` are none
 */
export function checkBody(
  name: string,
  options: BodyOptions,
  body: (world: TestWorld) => unknown,
): Promise<BodyResult> {
  return checkBodyAt({ ...callingPlace(), test: name }, options, body);
}

/**
 * The same, for tests.
 * @throws SimulationError whose message begins with that of the error that the body threw
 */
export function assertBody(
  name: string,
  options: BodyOptions,
  body: (world: TestWorld) => unknown,
): Promise<void> {
  return assertBodyAt({ ...callingPlace(), test: name }, options, body);
}

export async function assertBodyAt(
  place: Place & { readonly test: string },
  options: BodyOptions,
  body: (world: TestWorld) => unknown,
): Promise<void> {
  const result = await checkBodyAt(place, options, body);
  if (!result.ok) throw errorOf(result, place);
}

/** Looks like what the body threw, so that a test runner shows its line and its difference, and tells the story. */
function errorOf({ text, commands, failure, thrown }: BodyResult, place: Place): SimulationError {
  const isError = thrown instanceof Error;
  const seed = failure && { seed: failure.outcome.seed };
  if (!isError) return new SimulationError(text, { commands, frames: place.frames ?? [], ...seed });
  const frames = foreignFrames(thrown.stack ?? '');
  const error = new SimulationError(`${thrown.message}\n\n${text}`, { commands, frames, ...seed });
  for (const key of ['actual', 'expected', 'showDiff', 'operator', 'diff'] as const) {
    if (key in thrown) Object.assign(error, { [key]: (thrown as unknown as Record<string, unknown>)[key] });
  }
  return error;
}

async function checkBodyAt(
  place: Place & { readonly test: string },
  options: BodyOptions,
  body: (world: TestWorld) => unknown,
): Promise<BodyResult> {
  const input = await worldOf(place.test, options);
  const seeds = seedsFor(options);
  const startMs = performance.now();
  const outcomes: Outcome[] = [];
  let failed: Played | undefined;
  for (const seed of seeds) {
    if (
      options.budgetMs !== undefined &&
      performance.now() - startMs > options.budgetMs &&
      outcomes.length > 0
    )
      break;
    const played = await play(input, seed, body, seeds.length === 1 ? 'full' : 'lean');
    outcomes.push(played.outcome);
    if (played.outcome.verdict !== 'broken' && played.outcome.escape === undefined) continue;
    failed = played;
    break;
  }
  const judged = judgeSweep(input.scenario, outcomes);
  const swept: Sweep = { scenario: place.test, file: place.file ?? place.test, outcomes, ...judged };
  const commands = testCommands(place, failed?.outcome.seed ?? seeds[0]!, seeds);
  if (failed !== undefined)
    return { ...swept, ok: false, ...(await whole(failed, input, seeds, body, commands)) };
  if (options.seed === undefined && seedInFocus() !== undefined)
    showTrace(place.test, await fullOf(input, seeds[0]!, body));
  if (!judged.expected)
    return { ...swept, ok: false, text: tellSweep(place.test, swept, commands), commands };
  const parted = seeds.length === 1 ? undefined : await difference(input, outcomes[0]!, body);
  if (parted === undefined) return { ...swept, ok: true, text: '', commands: [] };
  return {
    ...swept,
    ok: false,
    text: tellSweep(place.test, { ...swept, reasons: [parted] }, commands),
    commands,
  };
}

/** Runs the failing seed once more, with everything recorded: it must fail in the same way. */
async function whole(
  failed: Played,
  input: Input,
  seeds: readonly string[],
  body: (world: TestWorld) => unknown,
  commands: readonly Command[],
): Promise<Pick<BodyResult, 'failure' | 'thrown' | 'text' | 'commands'>> {
  const again =
    failed.outcome.full === undefined ? await play(input, failed.outcome.seed, body, 'full') : failed;
  const { outcome } = again;
  if (seedInFocus() !== undefined) showTrace(input.name, outcome);
  const { story, text } = tell(input.name, outcome, seeds, commands, {
    isBody: true,
    isSaid: failed.thrown?.error instanceof Error,
  });
  const isSame = outcome.fingerprint === failed.outcome.fingerprint;
  const doubt = isSame ? '' : `\n  ${otherRun}`;
  const thrown = failed.thrown === undefined ? {} : { thrown: failed.thrown.error };
  return { failure: { outcome, story }, ...thrown, text: `${text}${doubt}`, commands };
}

const otherRun =
  'the seed gave another run when it was repeated: the body depends on something that is not of its world';

async function difference(
  input: Input,
  first: Outcome,
  body: (world: TestWorld) => unknown,
): Promise<string | undefined> {
  const { outcome } = await play(input, first.seed, body, 'lean');
  return outcome.fingerprint === first.fingerprint ? undefined : `seed ${first.seed}: ${otherRun}`;
}

const fullOf = async (input: Input, seed: string, body: (world: TestWorld) => unknown): Promise<Outcome> =>
  (await play(input, seed, body, 'full')).outcome;

interface Played {
  readonly outcome: Outcome;
  readonly thrown: { readonly error: unknown } | undefined;
}

async function play(
  { scenario, content }: Input,
  seed: string,
  body: (world: TestWorld) => unknown,
  record: 'lean' | 'full',
): Promise<Played> {
  const protocol = content.protocols.get(scenario.protocol)!;
  const director = new Director(body, {
    seed,
    libraries: Object.entries(protocol.clients).flatMap(([name, own]) => (own === missing ? [] : [name])),
    connect: (library, host) =>
      protocol.clients[library]!(host, serversOf(protocol, scenario), scenario.options as never),
  });
  const outcome = await runGuarded(scenario, seed, content, { record, stage: director });
  return { outcome, thrown: director.thrown };
}

const serversOf = (protocol: Protocol, { nodes, spares = 0 }: Scenario): string[] => [
  ...serverIds(protocol, nodes),
  ...spareIds(protocol, nodes, spares),
];

/** Stands for the library of a protocol that has none: a scenario needs something for its clients to work with. */
const missing = (): never => {
  throw new TypeError('this protocol has no client library "kv"');
};

/** The scenario in which the body takes the place of the workload. */
async function worldOf(name: string, options: BodyOptions): Promise<Input> {
  const {
    clients = 3,
    model = 'kv',
    ownChecks = [],
    workloads = [],
    models = [],
    protocol,
    ...rest
  } = options;
  const { seed: _, seeds: __, budgetMs: ___, ...file } = rest;
  const body: Workload = {
    name: 'body',
    about: 'What the body of a test asks for.',
    needs: 'kv',
    model,
    options: {},
    checks: [],
    program: () => () => {},
  };
  const input = await inputOf(
    {
      ...{ duration: '10m', checks: [], ...file, name },
      ...{ recovery: '0s', atLeast: { operations: 0 }, workload: { type: 'body', clients } },
      protocol,
    },
    { workloads: [...workloads, body], checks: ownChecks, models },
    (value) => ({ ...value, clients: { kv: missing, ...value.clients } }),
  );
  for (const check of input.scenario.checks) {
    const { kind } = input.content.checks.get(check.name)!;
    if (kind !== 'eventually' && kind !== 'finally') continue;
    const message = `${check.name} is judged after faults are over, and only the body knows when that is`;
    throw new ScenarioError([{ file: name, path: 'checks', message, hint: 'await what must come true' }]);
  }
  return input;
}

/** One run in this thread, guarded against real time, real chance and the outside world. */
import { catalogue } from '../../scenarios/catalogue.ts';
import {
  type Content,
  type Outcome,
  type RunOptions,
  type Scenario,
  simulate,
  withModule,
} from '../index.ts';
import { holdGuards } from '../platform/guards.ts';
import { loadModule } from '../platform/modules.ts';
import { makePump } from '../platform/pump.ts';

/**
 * Nobody watches over it: a program that never gives its thread back keeps it.
 * @param beacon shared with a watchdog, as `PumpOptions` says
 */
export async function runGuarded(
  scenario: Scenario,
  seed: string,
  content: Content,
  options: RunOptions = {},
  beacon?: Float64Array,
): Promise<Outcome> {
  let report: Parameters<NonNullable<RunOptions['watchEscapes']>>[0] = () => {};
  const guards = holdGuards((reached) => report(reached));
  try {
    const pump = await makePump({ guards, ...(beacon && { beacon }) });
    const watchEscapes: RunOptions['watchEscapes'] = (to) => {
      report = to;
    };
    return await simulate(scenario, seed, content, pump, { ...options, watchEscapes });
  } finally {
    guards.release();
  }
}

/** The built-in catalogue, and what the module of the scenario's protocol adds to it. */
export async function contentFor({ protocol }: Scenario, module: string | undefined): Promise<Content> {
  if (module === undefined) return catalogue;
  const { exports } = await loadModule(module);
  const added = withModule(catalogue, protocol, exports);
  if (!added.ok) throw new TypeError(added.message);
  return added.catalogue;
}

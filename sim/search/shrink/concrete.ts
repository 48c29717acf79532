/**
 * A run as a script: what chance decided for it, faults and operations, written out. The script with the same seed is
 * the same run: everything that it does not say is drawn under the same labels as before.
 */
import type { History } from '../../check/index.ts';
import type { Outcome } from '../outcome.ts';
import type { Scenario, ScriptedOperation } from '../scenario/index.ts';

/**
 * @param takesScript whether the workload can be told what to do; otherwise its operations stay as they are drawn
 * @throws TypeError if the outcome was not recorded in full
 */
export function concrete(scenario: Scenario, outcome: Outcome, takesScript: boolean): Scenario {
  const { full } = outcome;
  if (full === undefined) throw new TypeError('only a run that was recorded in full can be written out');
  const { nemesis: _, ...rest } = scenario;
  return {
    ...rest,
    faults: full.faults,
    // A script stays as it is: an operation may be called later than its script says.
    ...(takesScript && {
      workload: { ...scenario.workload, script: scenario.workload.script ?? operationsOf(full.history) },
    }),
    atLeast: { operations: 0, overlapping: [0, 1], faults: 0 },
  };
}

function operationsOf(history: History): ScriptedOperation[] {
  return history
    .filter(({ client, callUs }) => client !== undefined && callUs !== undefined)
    .map(({ client, callUs, f, key, value }) => ({
      client: client!,
      atUs: callUs!,
      f,
      ...(key !== undefined && { key }),
      ...(value !== undefined && { value }),
    }));
}

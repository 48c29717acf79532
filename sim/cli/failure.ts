/** Failure files as commands use them. */
import { type Loaded, type Loading, loadedOf } from '../entry/main.ts';
import { type Failure, FailureFileError } from '../platform/failures.ts';
import { ModuleError } from '../platform/modules.ts';
import { shellWord } from './arguments.ts';
import { badScenarios, Mistake } from './mistake.ts';

export function asMistake(error: unknown): never {
  if (!(error instanceof FailureFileError)) throw error;
  throw new Mistake(
    `${error.message}`,
    'A run writes failure files to .skerry/failures; a scenario is replayed with skerry replay <scenario> --seed S.',
  );
}

/** The scenario as it was when the failure was written. */
export async function scenarioOf(failure: Failure, file: string): Promise<Loaded> {
  const { scenario } = failure;
  let loading: Loading;
  try {
    loading = await loadedOf(scenario.name, scenario.file, scenario.value);
  } catch (error) {
    if (error instanceof ModuleError) throw badScenarios(error.problems);
    if (error instanceof TypeError) throw new Mistake(`${file}: the scenario in it is damaged`);
    throw error;
  }
  if (!loading.ok) throw badScenarios(loading.problems);
  if (loading.loaded.hash !== scenario.hash) {
    throw new Mistake(
      `${file}: the scenario in it was edited or damaged: it does not match its hash`,
      `Its seed may still show the failure: skerry replay ${shellWord(scenario.file)} --seed ${shellWord(failure.seed)}`,
    );
  }
  return loading.loaded;
}

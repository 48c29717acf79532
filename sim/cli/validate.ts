/** `skerry validate`: what is wrong with scenario files, without running anything. */
import { counted } from '../../reports/index.ts';
import { formatProblem, loadScenario } from '../entry/main.ts';
import type { Command, Given, Session } from './command.ts';
import { type ExitCode, exitCodes } from './exit.ts';
import { scenarioFiles } from './targets.ts';

export const validate: Command = {
  name: 'validate',
  takes: '<scenario.yaml|folder …>',
  about: 'Find what is wrong with scenarios, with file:line:column; nothing is run',
  options: {
    set: {
      value: 'KEY=VALUE',
      about: 'Replace a value of the scenario; may be repeated',
      example: 'network.loss=5%',
      repeatable: true,
    },
  },
  examples: [['skerry validate scenarios', 'every scenario of a folder']],
  details:
    'A protocol in a module of your own is loaded, since its options are checked too.\nExit codes: 0 all are valid, 64 some are not.',
  run: validateCommand,
};

async function validateCommand(given: Given, { terminal }: Session): Promise<ExitCode> {
  const { palette, print } = terminal;
  const files = await scenarioFiles(given.positional);
  let invalid = 0;
  for (const file of files) {
    const loading = await loadScenario(file, { set: given.list('set') });
    if (loading.ok) {
      print(`${palette.good('✓')} ${file}  ${palette.faint(loading.loaded.scenario.name)}`);
      continue;
    }
    invalid += 1;
    const count = counted(loading.problems.length, 'problem');
    print(`${palette.bad('✗')} ${palette.strong(file)}  ${count}`);
    for (const problem of loading.problems) print(`  ${formatProblem(problem)}`);
  }
  if (files.length > 1) {
    print(
      `\n${counted(files.length, 'scenario')}: ${invalid === 0 ? palette.good('all valid') : palette.bad(`${invalid} invalid`)}`,
    );
  }
  return invalid === 0 ? exitCodes.ok : exitCodes.usage;
}

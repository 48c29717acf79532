/** `skerry init`: a first scenario and a first protocol, to be changed. */
import { mkdir, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { quoted } from './arguments.ts';
import type { Command, Given, Session } from './command.ts';
import { type ExitCode, exitCodes } from './exit.ts';
import { fileTrouble, Mistake } from './mistake.ts';
import { starterProtocol, starterScenario } from './starter.ts';

const nameDefault = 'my-protocol';

export const init: Command = {
  name: 'init',
  takes: '[name]',
  about: 'Write a starter scenario and a starter protocol; existing files are left alone',
  options: {},
  examples: [
    ['skerry init', `${nameDefault}.yaml and ${nameDefault}.ts in this folder`],
    ['skerry init stores/ledger', 'ledger.yaml and ledger.ts in the folder stores'],
  ],
  run: initCommand,
};

async function initCommand(given: Given, { terminal }: Session): Promise<ExitCode> {
  given.atMost(1);
  const path = given.positional[0] ?? nameDefault;
  const name = basename(path);
  if (!/^[A-Za-z][\w-]*$/.test(name)) {
    throw new Mistake(
      `${quoted(path)} cannot be the name of a protocol`,
      'A name has letters, digits, - and _, and starts with a letter: skerry init my-protocol',
    );
  }
  const folder = dirname(path);
  const scenario = join(folder, `${name}.yaml`);
  const protocol = join(folder, `${name}.ts`);
  await refuseToOverwrite([scenario, protocol]);
  try {
    await mkdir(folder, { recursive: true });
    await writeFile(scenario, starterScenario(name), { flag: 'wx' });
    await writeFile(protocol, starterProtocol(name), { flag: 'wx' });
  } catch (error) {
    throw new Mistake(`${scenario} could not be written: ${fileTrouble(error)}`);
  }
  const { palette, print } = terminal;
  print(`${palette.good('✓')} ${scenario}  ${palette.faint('what happens: nodes, clients, faults, checks')}`);
  print(
    `${palette.good('✓')} ${protocol}  ${palette.faint('the protocol: a store on one server, to be made better')}`,
  );
  print(`\nNext: ${palette.command(`skerry run ${scenario}`)}`);
  return exitCodes.ok;
}

async function refuseToOverwrite(files: readonly string[]): Promise<void> {
  for (const file of files) {
    const exists = await stat(file).then(
      () => true,
      () => false,
    );
    if (exists)
      throw new Mistake(
        `${file} exists already, and is left alone`,
        'Choose another name: skerry init <name>',
      );
  }
}

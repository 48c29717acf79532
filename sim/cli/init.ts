/** `skerry init`: a first scenario, a first protocol and a first test, to be changed. */
import { mkdir, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { quoted } from './arguments.ts';
import type { Command, Given, Session } from './command.ts';
import { type ExitCode, exitCodes } from './exit.ts';
import { fileTrouble, Mistake } from './mistake.ts';
import { starterProtocol, starterScenario, starterTest } from './starter.ts';

const nameDefault = 'my-protocol';

export const init: Command = {
  name: 'init',
  takes: '[name]',
  about: 'Write a starter scenario, protocol and test; existing files are left alone',
  options: {},
  examples: [
    ['skerry init', `${nameDefault}.yaml, ${nameDefault}.ts and ${nameDefault}.test.ts in this folder`],
    ['skerry init stores/ledger', 'ledger.yaml, ledger.ts and ledger.test.ts in the folder stores'],
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
  const files = [
    [`${name}.yaml`, starterScenario(name), 'what happens: nodes, clients, faults, checks'],
    [`${name}.ts`, starterProtocol(name), 'the protocol: a store on one server, to be made better'],
    [`${name}.test.ts`, starterTest(name), 'a test for vitest: one story by hand, and the scenario'],
  ].map(([file, text, about]) => ({ path: join(folder, file!), text: text!, about }));
  await refuseToOverwrite(files.map(({ path }) => path));
  for (const { path, text } of files) {
    try {
      await mkdir(folder, { recursive: true });
      await writeFile(path, text, { flag: 'wx' });
    } catch (error) {
      throw new Mistake(`${path} could not be written: ${fileTrouble(error)}`);
    }
  }
  const { palette, print } = terminal;
  for (const { path, about } of files) print(`${palette.good('✓')} ${path}  ${palette.faint(about!)}`);
  const [scenario, , test] = files.map(({ path }) => path);
  print(`\nNext: ${palette.command(`skerry run ${scenario}`)}, ${palette.command(`npx vitest run ${test}`)}`);
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

/** `skerry state`: what servers expose, asked while they run. */
import { listed, stateOf } from '../entry/main.ts';
import { milliseconds } from './arguments.ts';
import { addressesOf } from './cluster.ts';
import type { Command, Given, Session } from './command.ts';
import { type ExitCode, exitCodes } from './exit.ts';
import { Mistake } from './mistake.ts';

const waitMsDefault = 2000;

export const state: Command = {
  name: 'state',
  takes: '<name=host:port …>',
  about: 'Show what servers that skerry serve runs expose, as JSON',
  options: {
    wait: { value: 'TIME', about: 'How long an answer is waited for. Default: 2s', example: '10s' },
  },
  examples: [
    ['skerry state n1=127.0.0.1:7001', 'one server'],
    [
      'skerry state n1=127.0.0.1:7001,n2=127.0.0.1:7002',
      'several, by name; null for those that do not answer',
    ],
  ],
  details: 'Exit codes: 0 all have answered, 2 some have not, 64 bad arguments.',
  run: stateCommand,
};

async function stateCommand(given: Given, { terminal, signal }: Session): Promise<ExitCode> {
  const servers = addressesOf(given.positional, 'skerry state');
  const ids = Object.keys(servers);
  if (ids.length === 0) {
    throw new Mistake('no server was named', 'For example: skerry state n1=127.0.0.1:7001');
  }
  const states = await stateOf(servers, milliseconds('wait', given.text('wait')) ?? waitMsDefault, signal);
  if (signal.aborted) return exitCodes.interrupted;
  const shown = ids.map((id): [string, unknown] => {
    const answer = states.get(id)!;
    return [id, typeof answer === 'string' ? null : JSON.parse(answer.json)];
  });
  terminal.print(JSON.stringify(Object.fromEntries(shown), null, 2));
  const silent = ids.filter((id) => states.get(id) === 'no answer');
  const strange = ids.filter((id) => states.get(id) === 'not served');
  if (silent.length > 0) terminal.say(`${listed(silent)} did not answer`);
  if (strange.length > 0) terminal.say(`${listed(strange)}: a host that skerry serve does not run`);
  return silent.length + strange.length === 0 ? exitCodes.ok : exitCodes.unknown;
}

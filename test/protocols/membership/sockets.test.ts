/** The same program over sockets and files. */

import { expect, test } from 'vitest';
import type { AnyProgram, Host } from '../../../protocols/host.ts';
import { type SwimView, swim } from '../../../protocols/membership/index.ts';
import type { SwimOptions } from '../../../protocols/membership/options.ts';
import { defaultsOf } from '../../../protocols/protocol.ts';
import { until } from '../../contract/lab.ts';
import { nodeLab } from '../../contract/node.ts';

test('over TCP a member dies, comes back, leaves and joins again', { timeout: 60_000 }, async () => {
  const options: SwimOptions = {
    ...defaultsOf(swim.options),
    ...{ period: 40, pingTimeout: 15, suspicion: 200 },
  };
  const program = swim.roles.node.program(options) as AnyProgram;
  const ids = ['n1', 'n2', 'n3'];
  await nodeLab().play({ n1: program, n2: program, n3: program }, async (host, control) => {
    const given = host as unknown as Host<never>;
    const statusAt = (id: string) => (control.view(id) as SwimView | undefined)?.members?.get('n3')?.status;
    const all = (status: string, of = ids) =>
      until(host, `n3 to be ${status}`, () => of.every((id) => statusAt(id) === status));
    await all('alive');
    control.kill('n3');
    await all('dead', ['n1', 'n2']);
    control.restart('n3');
    await all('alive');
    const members = swim.clients.members(given, ids, options);
    await members.remove('n3');
    await all('left');
    expect(await swim.clients.membership(given, ['n1'], options).alive()).toEqual(['n1', 'n2']);
    await members.add('n3');
    await all('alive');
  });
});

/** The same program over sockets and files, and in the simulator. */

import { describe, expect, test } from 'vitest';
import type { Host } from '../../../protocols/host.ts';
import { defaultsOf } from '../../../protocols/protocol.ts';
import { type PrimarySecondaryView, primarySecondary } from '../../../protocols/replication/index.ts';
import type { PrimarySecondaryOptions } from '../../../protocols/replication/primary-secondary/options.ts';
import { type Lab, until } from '../../contract/lab.ts';
import { nodeLab } from '../../contract/node.ts';
import { simulatedLab } from '../../contract/simulated.ts';

const defaults = defaultsOf(primarySecondary.options);

describe.each([
  ['over TCP', () => nodeLab()],
  ['in the simulator', () => simulatedLab('primary')],
] as const)('%s', (_, makeLab) => {
  test.each(['confirmed', 'leased', 'any'])(
    'the secondaries of a primary that dies go on without it, and it catches up (reads: %s)',
    { timeout: 30_000 },
    (reads) => survives(makeLab(), { ...defaults, reads }),
  );
});

async function survives(lab: Lab, options: PrimarySecondaryOptions): Promise<void> {
  const program = primarySecondary.roles.node.program(options);
  const servers = { n1: program, n2: program, n3: program };
  const ids = Object.keys(servers);
  await lab.play(servers, async (host, control) => {
    const view = (id: string) => control.view(id) as PrimarySecondaryView | undefined;
    const client = primarySecondary.clients.kv(host as unknown as Host<never>, ids, options);
    for (let n = 0; n < 20; n++) await client.put(`k${n}`, n);
    const primary = ids.find((id) => view(id)?.role === 'primary')!;
    control.kill(primary);
    expect(await client.cas('k7', 7, 'seven')).toBe(true);
    control.restart(primary);
    expect(await client.get('k7')).toBe('seven');
    expect(await client.get('k19')).toBe(19);
    await until(host, 'all to be equal', () => new Set(ids.map((id) => view(id)?.stateHash)).size === 1);
  });
}

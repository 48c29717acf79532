/** The same program over sockets and files. */

import { expect, test } from 'vitest';
import type { Host } from '../../../protocols/host.ts';
import { defaultsOf } from '../../../protocols/protocol.ts';
import {
  paperRules,
  type RaftWire,
  raftClient,
  raftOptions,
  raftServer,
} from '../../../protocols/raft/index.ts';
import { nodeLab } from '../../contract/node.ts';

test('a cluster over TCP survives the loss of its leader', { timeout: 30_000 }, async () => {
  const options = defaultsOf(raftOptions);
  const program = raftServer(options, paperRules);
  const servers = { n1: program, n2: program, n3: program };
  await nodeLab().play(servers, async (host, control) => {
    const client = raftClient(host as unknown as Host<RaftWire>, Object.keys(servers), options);
    for (let n = 0; n < 20; n++) await client.put(`k${n}`, n);
    const leader = Object.keys(servers).find(
      (id) => (control.view(id) as { role: string }).role === 'leader',
    )!;
    control.kill(leader);
    expect(await client.cas('k7', 7, 'seven')).toBe(true);
    control.restart(leader);
    expect(await client.get('k7')).toBe('seven');
    expect(await client.get('k19')).toBe(19);
  });
});

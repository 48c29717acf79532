/** The same program over sockets and files. */

import { expect, test } from 'vitest';
import {
  type GossipOptions,
  type GossipView,
  gossip,
  gossipOptions,
} from '../../../protocols/gossip/index.ts';
import type { AnyProgram, Host } from '../../../protocols/host.ts';
import { defaultsOf } from '../../../protocols/protocol.ts';
import { until } from '../../contract/lab.ts';
import { nodeLab } from '../../contract/node.ts';

test('over TCP a host that was away learns of what was put and deleted', { timeout: 30_000 }, async () => {
  const options: GossipOptions = {
    ...defaultsOf(gossipOptions),
    ...{ interval: 20, tombstoneLifetime: 50 },
  };
  const program = gossip.roles.node.program(options) as AnyProgram;
  await nodeLab().play({ n1: program, n2: program, n3: program }, async (host, control) => {
    const map = gossip.clients.map(host as unknown as Host<never>, ['n1', 'n2'], options);
    const viewOf = (id: string) => control.view(id) as GossipView | undefined;
    const valueAt = (id: string, key: string) => viewOf(id)?.entries?.get(key)?.value;
    await map.put('a', 1);
    await until(host, 'everybody to have it', () => ['n1', 'n2', 'n3'].every((id) => valueAt(id, 'a') === 1));
    control.kill('n3');
    await map.delete('a');
    await map.put('b', 2);
    control.restart('n3');
    await until(host, 'n3 to learn of both', () => valueAt('n3', 'a') === null && valueAt('n3', 'b') === 2);
    await until(host, 'the tombstone to be forgotten', () =>
      ['n1', 'n2', 'n3'].every((id) => viewOf(id)?.entries?.has('a') === false),
    );
    expect([await map.get('a'), await map.get('b')]).toEqual([null, 2]);
  });
});

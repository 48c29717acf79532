/** The same programs over sockets and files. */

import { expect, test } from 'vitest';
import type { AnyProgram, Host } from '../../../protocols/host.ts';
import { leasedSnowflake, snowflake } from '../../../protocols/ids/index.ts';
import { defaultsOf } from '../../../protocols/protocol.ts';
import { nodeLab } from '../../contract/node.ts';

test.each([
  ['Snowflake', snowflake, []],
  ['leased Snowflake', leasedSnowflake, ['a1']],
] as const)(
  'over TCP %s gives no id twice over a crash',
  { timeout: 60_000 },
  async (_, protocol, others) => {
    const options = defaultsOf(protocol.options);
    const worker = protocol.roles.node.program(options as never) as AnyProgram;
    const ids = ['n1', 'n2', 'n3'];
    const servers: Record<string, AnyProgram> = Object.fromEntries(ids.map((id) => [id, worker]));
    for (const id of others)
      servers[id] = leasedSnowflake.roles.allocator.program(options as never) as AnyProgram;
    await nodeLab().play(servers, async (host, control) => {
      const source = protocol.clients.ids(
        host as unknown as Host<never>,
        Object.keys(servers),
        options as never,
      );
      const given: string[] = [];
      for (let round = 0; round < 200; round++) {
        given.push(await source.generate());
        if (round % 50 !== 25) continue;
        control.kill('n1');
        control.restart('n1');
      }
      expect(new Set(given).size).toBe(given.length);
    });
  },
);

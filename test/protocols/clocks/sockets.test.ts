/** The same programs over sockets and files. */

import { expect, test } from 'vitest';
import {
  type ClockView,
  hybridClocks,
  lamportClocks,
  vectorClocks,
} from '../../../protocols/clocks/index.ts';
import type { AnyProgram, Host } from '../../../protocols/host.ts';
import { defaultsOf } from '../../../protocols/protocol.ts';
import { clockChecks } from '../../../scenarios/clocks/claims.ts';
import { until } from '../../contract/lab.ts';
import { nodeLab } from '../../contract/node.ts';

test.each([
  ['lamport', lamportClocks],
  ['vector', vectorClocks],
  ['hybrid', hybridClocks],
] as const)(
  'over TCP %s clocks keep the clock condition over a crash',
  { timeout: 60_000 },
  async (_, protocol) => {
    const options = defaultsOf(protocol.options);
    const program = protocol.roles.node.program(options as never) as AnyProgram;
    const check = clockChecks.find(({ name }) => name === 'clock-condition');
    if (check?.kind !== 'always') throw new Error('no claim');
    const fold = check.claim({}).start();
    const ids = ['n1', 'n2', 'n3'];
    await nodeLab().play({ n1: program, n2: program, n3: program }, async (host, control) => {
      const clock = protocol.clients.clock(host as unknown as Host<never>, ids, options as never);
      let [seq, seen] = [0, 0];
      const look = (): void => {
        for (const id of ids) {
          const state = control.view(id) as ClockView | undefined;
          if (state?.recent === undefined) continue;
          seq += 1;
          seen = Math.max(seen, state.count);
          const observation = { seq, atUs: seq, host: id, incarnation: 1, up: true, state };
          expect(fold.observe(observation)).toBeUndefined();
        }
      };
      for (let round = 0; round < 40; round++) {
        await clock.stamp();
        look();
        if (round !== 20) continue;
        control.kill('n2');
        control.restart('n2');
      }
      await until(
        host,
        'n2 to stamp again',
        () => ((control.view('n2') as ClockView | undefined)?.count ?? 0) > 0,
      );
      look();
      expect(seen).toBeGreaterThan(10);
    });
  },
);

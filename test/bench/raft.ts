/** Raft as scenarios run it, with its claims on. An RPC is two messages that arrived. */
import { readFileSync } from 'node:fs';
import { catalogue } from '../../scenarios/catalogue.ts';
import { parseScenario, type Scenario, simulate } from '../../sim/index.ts';
import { makePump } from '../../sim/platform/pump.ts';
import type { Subject } from './measure.ts';

const file = 'scenarios/raft/partition.yaml';

const busyText = `
schema: 1
name: busy
about: Nothing breaks, and clients ask as fast as they can.
protocol: raft
nodes: 5
duration: 2s
recovery: 1s
network: { latency: { dist: uniform, min: 1ms, max: 10ms } }
workload: { type: kv, clients: 40, rate: 20000, keys: 40 }
checks: [election-safety, leader-append-only, log-matching, leader-completeness, state-machine-safety]
`;

export const raft: readonly Subject[] = [
  subject('partition.yaml', () => scenarioOf(readFileSync(file, 'utf8'), file)),
  subject('busy, without faults', () => scenarioOf(busyText, 'busy.yaml')),
];

function subject(name: string, load: () => Scenario): Subject {
  let seed = 0;
  return {
    section: 'raft',
    name,
    unit: 'RPCs',
    async round(ms) {
      const scenario = load();
      const pump = await makePump();
      const startMs = performance.now();
      let [count, events, virtualUs] = [0, 0, 0];
      do {
        seed += 1;
        const outcome = await simulate(scenario, String(seed), catalogue, pump);
        count += outcome.messages.delivered / 2;
        events += outcome.events;
        virtualUs += outcome.virtualUs;
      } while (performance.now() - startMs < ms);
      const took = performance.now() - startMs;
      return {
        count,
        ms: took,
        also: {
          'simulated seconds/s': virtualUs / 1000 / took,
          'events/s': (events / took) * 1000,
        },
      };
    },
  };
}

function scenarioOf(text: string, name: string): Scenario {
  const parsed = parseScenario(text, { file: name, catalogue });
  if (parsed.ok) return parsed.scenario;
  throw new Error(parsed.problems.map(({ message }) => message).join('\n'));
}

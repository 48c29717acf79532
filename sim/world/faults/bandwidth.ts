/** Links that carry little: packets queue, are late, and are dropped where the queue is full. */
import type { Bandwidth } from '../spec.ts';
import { Narrowing } from '../trouble.ts';
import type { FaultRules } from './effect.ts';
import { named } from './scene.ts';

const ratesBytes = [100_000, 20_000, 4_000];
const queuesBytes = [64_000, 8_000, 1_000];

export const bandwidth: FaultRules<'bandwidth'> = {
  start(fault, scene) {
    const targets = scene.targets(fault.targets);
    if (targets.length === 0) return undefined;
    const { machines, network } = scene.world;
    const { narrowings } = network.road;
    const limit: Bandwidth = { bytesPerSecond: fault.bytesPerSecond, queueBytes: fault.queueBytes };
    const narrowing = new Narrowing(scene.mask(targets), limit);
    narrowings.push(narrowing);
    return {
      text: `the links of ${named(targets)} to ${fault.bytesPerSecond} bytes a second`,
      undo() {
        narrowings.splice(narrowings.indexOf(narrowing), 1);
        network.widen(narrowing, () => true);
      },
      spare(core) {
        const isCore = (index: number) => core.has(machines[index]!);
        network.widen(narrowing, ({ from, to }) => isCore(from) && isCore(to));
      },
      touched: () => narrowing.bites > 0,
    };
  },

  draw: (draw, targets) => ({
    kind: 'bandwidth',
    targets,
    bytesPerSecond: draw.pick(ratesBytes),
    queueBytes: draw.pick(queuesBytes),
  }),
};

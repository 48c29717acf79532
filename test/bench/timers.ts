/** Events without messages: tasks of the simulator itself, and the timers of programs. */
import type { Host } from '../../protocols/host.ts';
import type { Subject } from './measure.ts';
import { runFor } from './worlds.ts';
import { xorshift } from './yardstick.ts';

const hosts = 5;
const perHost = 40;

const events = { section: 'timers', unit: 'events' };

export const timers: readonly Subject[] = [
  {
    ...events,
    name: 'tasks of the world',
    round(ms) {
      const draw = xorshift(2);
      return runFor(
        ms,
        hosts,
        () => {},
        (world) => world.loop.event + 1,
        (world) => {
          const task = () => world.at(world.nowUs + 1 + (draw() % 10_000), task);
          for (let i = 0; i < hosts * perHost; i += 1) task();
        },
      );
    },
  },
  {
    ...events,
    name: 'host.clock.after',
    round(ms) {
      const draw = xorshift(3);
      const program = (host: Host) => {
        const task = () => void host.clock.after(1 + (draw() % 10_000) / 1000, task);
        for (let i = 0; i < perHost; i += 1) task();
      };
      return runFor(ms, hosts, program, (world) => world.loop.event + 1);
    },
  },
  {
    ...events,
    name: 'await host.clock.sleep',
    round(ms) {
      const draw = xorshift(4);
      const program = (host: Host) => {
        const sleeper = async () => {
          for (;;) await host.clock.sleep(1 + (draw() % 10_000) / 1000);
        };
        for (let i = 0; i < perHost; i += 1) void sleeper();
      };
      return runFor(ms, hosts, program, (world) => world.loop.event + 1);
    },
  },
];

/** Jobs for the pool's tests: each is an instruction. */
import { threadId } from 'node:worker_threads';
import type { Agenda } from '../../sim/kernel/agenda.ts';
import { Loop } from '../../sim/kernel/loop.ts';
import type { JobContext } from '../../sim/platform/job.ts';
import { makePump } from '../../sim/platform/pump.ts';

export type Job =
  | { double: number }
  | { spinAt: number }
  | { starveAt: number }
  | { fail: string }
  | { exit: number }
  | { thread: true };

export async function work(job: Job, context: JobContext): Promise<number> {
  if ('double' in job) return 2 * job.double + ((context.shared as { plus: number } | undefined)?.plus ?? 0);
  if ('thread' in job) return threadId;
  if ('fail' in job) throw new RangeError(job.fail);
  if ('exit' in job) process.exit(job.exit);
  return simulate(job, context.beacon);
}

/** A hundred events, of which one never ends. */
async function simulate(job: Job, beacon: Float64Array): Promise<number> {
  const loop = new Loop({
    dispatch(agenda: Agenda) {
      if ('spinAt' in job && agenda.payload === job.spinAt) for (;;);
      if ('starveAt' in job && agenda.payload === job.starveAt) void starve();
      return true;
    },
    settle() {},
    unhandled() {},
  });
  for (let event = 0; event < 100; event += 1) loop.schedule(event, 0, 0, 0, event);
  await loop.run(await makePump({ beacon }));
  return 0;
}

async function starve(): Promise<never> {
  for (;;) await null;
}

/** Clients that let things happen at hosts with logical clocks. */
import { stampText } from '../../protocols/clocks/index.ts';
import type { Host } from '../../protocols/host.ts';
import type { ClockClient } from '../../protocols/protocol.ts';
import type { Question, Workload, WorkloadContext } from '../../sim/index.ts';

export const stamps: Workload = {
  name: 'stamps',
  about: 'events that hosts stamp, by clients that each do one thing at a time',
  needs: 'clock',
  options: {},
  checks: ['clock-condition', 'progress'],
  program: (context) => async (host: Host<never>) => {
    const perform = performer(context, host);
    for (;;) {
      await host.clock.sleep(host.random.below(2 * context.thinkUs + 1, 'think') / 1000);
      await perform({ f: 'stamp' });
    }
  },
  performer,
};

function performer(context: WorkloadContext, host: Host<never>) {
  const clock = context.connect(host) as ClockClient;
  const session = context.session(host);
  return (question: Question) => {
    if (question.f !== 'stamp') throw new TypeError(`a client of clocks can stamp, not "${question.f}"`);
    return session.operate(question, async () => ({ value: stampText(await clock.stamp()) }));
  };
}

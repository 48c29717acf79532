/** Clients that ask who is there. */
import type { Host } from '../../protocols/host.ts';
import type { MembershipClient } from '../../protocols/protocol.ts';
import type { Question, Workload, WorkloadContext } from '../../sim/index.ts';

export const membership: Workload = {
  name: 'membership',
  about: 'who is alive, asked by clients that each do one thing at a time',
  needs: 'membership',
  options: {},
  checks: ['standing-never-goes-back', 'members-agree', 'progress'],
  program: (context) => async (host: Host<never>) => {
    const perform = performer(context, host);
    for (;;) {
      await host.clock.sleep(host.random.below(2 * context.thinkUs + 1, 'think') / 1000);
      await perform({ f: 'alive' });
    }
  },
  performer,
};

function performer(context: WorkloadContext, host: Host<never>) {
  const group = context.connect(host) as MembershipClient;
  const session = context.session(host);
  return (question: Question) => {
    if (question.f !== 'alive') throw new TypeError(`a client of a group can ask alive, not "${question.f}"`);
    return session.operate(question, async () => ({ value: await group.alive() }));
  };
}

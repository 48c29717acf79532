/** Clients that ask for identifiers. */
import type { Host } from '../../protocols/host.ts';
import type { IdClient } from '../../protocols/protocol.ts';
import type { Question, Workload, WorkloadContext } from '../../sim/index.ts';

export const ids: Workload = {
  name: 'ids',
  about: 'identifiers, for clients that each do one thing at a time',
  needs: 'ids',
  model: 'unique-ids',
  options: {},
  checks: ['unique-ids', 'progress'],
  program: (context) => async (host: Host<never>) => {
    const perform = performer(context, host);
    for (;;) {
      await host.clock.sleep(host.random.below(2 * context.thinkUs + 1, 'think') / 1000);
      await perform({ f: 'generate' });
    }
  },
  performer,
};

function performer(context: WorkloadContext, host: Host<never>) {
  const source = context.connect(host) as IdClient;
  const session = context.session(host);
  return (question: Question) => {
    if (question.f !== 'generate') {
      throw new TypeError(`a client of ids can generate, not "${question.f}"`);
    }
    return session.operate(question, async () => ({ value: await source.generate() }));
  };
}

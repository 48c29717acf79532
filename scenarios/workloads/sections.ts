/** Clients that ask a host to work on what its tasks share. */
import type { Host } from '../../protocols/host.ts';
import type { SectionClient } from '../../protocols/locks/index.ts';
import type { Question, Reply, Workload, WorkloadContext } from '../../sim/index.ts';

export const sections: Workload = {
  name: 'sections',
  about: 'critical sections of one or several keys, named in any order, on one host',
  needs: 'sections',
  options: {
    takes: { type: 'duration', default: 10, min: 1, about: 'Mean time that a key takes in a section.' },
    together: { type: 'integer', default: 2, min: 1, about: 'Keys of a section at most.' },
  },
  checks: ['sections-exclusive', 'progress'],
  program: (context) => (host: Host<never>) => run(context, host),
  performer,
};

function performer(context: WorkloadContext, host: Host<never>) {
  const tasks = context.connect(host) as SectionClient;
  const session = context.session(host);
  return ({ f, value }: Question): Promise<Reply | undefined> => {
    if (f !== 'enter') throw new TypeError(`a client of critical sections can enter them, not "${f}"`);
    const [keys, ms] = value as [readonly string[], number];
    return session.operate({ f, value }, async () => ({ value: await tasks.enter(keys, ms) }));
  };
}

async function run(context: WorkloadContext, host: Host<never>): Promise<void> {
  const { keys, options, thinkUs } = context;
  const { random } = host;
  const perform = performer(context, host);
  for (;;) {
    await host.clock.sleep(random.below(2 * thinkUs + 1, 'think') / 1000);
    const wanted = new Set<string>();
    const count = 1 + random.below(Math.min(keys.length, Number(options.together)), 'keys of a section');
    while (wanted.size < count) wanted.add(keys[random.below(keys.length, 'key')] as string);
    const ms = 1 + random.below(2 * Number(options.takes), 'time of a section');
    await perform({ f: 'enter', value: [[...wanted], ms] });
  }
}

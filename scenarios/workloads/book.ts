/** Clients that book one item at each of several services, each client in a loop of its own. */
import type { Host } from '../../protocols/host.ts';
import type { BookingClient } from '../../protocols/protocol.ts';
import type { Question, Reply, Workload, WorkloadContext } from '../../sim/index.ts';

/** A booking is recorded as ok if it was made, as fail if none of it is left, as info if the client does not know. */
export const book: Workload = {
  name: 'book',
  about:
    'bookings of one item at each service, in a drawn order, by clients that each do one thing at a time',
  needs: 'bookings',
  options: {
    stopAfter: {
      type: 'duration',
      default: 11000,
      min: 0,
      about: 'Clients begin no booking after this, so that at the end of the run none is half done.',
    },
  },
  checks: ['saga-order', 'sagas-end', 'progress'],
  program: (context) => (host: Host<never>) => run(context, host),
  performer,
};

/** Does and records single bookings. */
function performer(context: WorkloadContext, host: Host<never>) {
  const bookings = context.connect(host) as BookingClient;
  const session = context.session(host);
  return ({ f, value }: Question): Promise<Reply | undefined> => {
    if (f !== 'book') throw new TypeError(`a client of bookings can book, not "${f}"`);
    return session.operate({ f, value }, () => bookings.book(value as [string, number][]).then(() => ({})));
  };
}

async function run(context: WorkloadContext, host: Host<never>): Promise<void> {
  const { options, thinkUs } = context;
  const { services, items } = context.connect(host) as BookingClient;
  const perform = performer(context, host);
  while (host.clock.elapsed() < Number(options.stopAfter)) {
    await host.clock.sleep(host.random.below(2 * thinkUs + 1, 'think') / 1000);
    const first = host.random.below(services.length, 'first service');
    const value = services.map((_, index) => [
      services[(first + index) % services.length]!,
      host.random.below(items, 'item'),
    ]);
    await perform({ f: 'book', value });
  }
}

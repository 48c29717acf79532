/** The client's half: it names a saga first, so that it may ask for its outcome again and again. */
import { type Host, type HostId, isTimedOut, Refused, TimedOut } from '../../host.ts';
import type { BookingClient } from '../../protocol.ts';
import { askedAgain } from '../asked-again.ts';
import type { SagaOutcome, SagaWire, Step } from './messages.ts';
import type { SagaOptions } from './options.ts';

/** Hosts whose names begin so play this role. */
export const orchestratorPrefix = 'o';
export const servicePrefix = 's';

/** Carries sagas out by way of an orchestrator. `submit` rejects with `TimedOut` if nobody said how it ended. */
export function sagaSubmitter(
  host: Host<SagaWire>,
  options: Pick<SagaOptions, 'attemptTimeout' | 'requestTimeout'>,
) {
  return {
    /** The name of a new saga. */
    async begin(orchestrator: HostId, steps: number): Promise<string> {
      try {
        const timeoutMs = options.attemptTimeout;
        return (await host.call(orchestrator, 'begin', { steps }, { timeoutMs })).saga;
      } catch (error) {
        // Whatever became of the name, nothing was done under it.
        if (isTimedOut(error)) throw new Refused('no saga could be begun in time');
        throw error;
      }
    },

    async submit(orchestrator: HostId, saga: string, steps: readonly Step[]): Promise<SagaOutcome> {
      const ask = (timeoutMs: number) => host.call(orchestrator, 'submit', { saga, steps }, { timeoutMs });
      const { outcome } = await askedAgain(host, options, ask, `nobody said how saga ${saga} ended`);
      if (outcome === null) throw new TimedOut(`nobody knows any more how saga ${saga} ended`);
      return outcome;
    },
  };
}

/** @throws Refused it was compensated; TimedOut it is parked, and nobody knows when it will be */
export function tell(saga: string, outcome: SagaOutcome): void {
  if (outcome === 'compensated') throw new Refused(`saga ${saga} was compensated`);
  if (outcome === 'parked') throw new TimedOut(`saga ${saga} is parked: a step of it is not compensated`);
}

export function sagaClient(
  host: Host<SagaWire>,
  servers: readonly HostId[],
  options: SagaOptions,
): BookingClient {
  const orchestrators = servers.filter((id) => id.startsWith(orchestratorPrefix));
  const { begin, submit } = sagaSubmitter(host, options);

  return {
    services: servers.filter((id) => id.startsWith(servicePrefix)),
    items: options.items,
    async book(steps) {
      const orchestrator = orchestrators[host.random.below(orchestrators.length, 'orchestrator')]!;
      const asked = steps.map(([service, item]): Step => ({ service, request: item }));
      const saga = await begin(orchestrator, asked.length);
      const outcome = await submit(orchestrator, saga, asked);
      tell(saga, outcome);
    },
  };
}

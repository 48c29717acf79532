/** Logical clocks, and hosts that stamp events and messages with them: Lamport's, vector and hybrid logical clocks. */
import { askAnyServer } from '../any-server.ts';
import type { Host, HostId, Message } from '../host.ts';
import type { ClockClient, OptionTable, Protocol } from '../protocol.ts';
import { type HybridStamp, hybridClock } from './hybrid.ts';
import { lamportClock } from './lamport.ts';
import type { LogicalClock } from './logical-clock.ts';
import type { ClockWire } from './messages.ts';
import {
  type ClockOptions,
  clockOptions,
  type HybridClockOptions,
  hybridOptions,
  type LamportOptions,
  lamportOptions,
} from './options.ts';
import { clockServer } from './server.ts';
import { type VectorStamp, vectorClock } from './vector.ts';

/** A name, its options, and the clock that they make. */
interface Kind<Stamp extends Message, Options> {
  readonly name: string;
  readonly about: string;
  readonly promise: string;
  readonly options: OptionTable;
  clock(options: Options): LogicalClock<Stamp>;
}

function clockProtocol<Stamp extends Message, Options>({ clock, ...named }: Kind<Stamp, Options>) {
  return {
    ...named,
    roles: {
      node: { prefix: 'n', count: 4, program: (options: Options) => clockServer(clock(options)) },
    },
    clients: {
      clock: (host: Host<never>, servers: readonly HostId[], options: ClockOptions): ClockClient => ({
        stamp: async () => {
          const asking = host as unknown as Host<ClockWire<Stamp>>;
          return (await askAnyServer(asking, servers, 'stamp', null, options)).stamp;
        },
      }),
    },
  } satisfies Protocol;
}

/** Lamport's clocks with some of their rules replaced. */
export function lamportClocksWith(rules: Partial<LogicalClock<number>>) {
  return clockProtocol({
    name: 'clocks/lamport',
    about: 'Hosts that stamp events and messages with counters.',
    promise:
      'If a happened before b, the stamp of a is less, over restarts too. Lamport, Time, Clocks, and the Ordering of ' +
      'Events in a Distributed System, CACM 21(7), 1978.',
    options: lamportOptions,
    clock: (options: LamportOptions) => ({ ...lamportClock(options), ...rules }),
  });
}

export const lamportClocks = lamportClocksWith({});

/** Vector clocks with some of their rules replaced. */
export function vectorClocksWith(rules: Partial<LogicalClock<VectorStamp>>) {
  return clockProtocol({
    name: 'clocks/vector',
    about: 'Hosts that stamp events and messages with how much they know of each host.',
    promise:
      'a happened before b exactly if the stamp of a is less, over restarts too. Mattern, Virtual Time and Global ' +
      'States of Distributed Systems, 1989; Fidge, Timestamps in Message-Passing Systems, 1988.',
    options: clockOptions,
    clock: (_: ClockOptions) => ({ ...vectorClock, ...rules }),
  });
}

export const vectorClocks = vectorClocksWith({});

/** Hybrid logical clocks with some of their rules replaced: what becomes of them if the paper is not followed there? */
export function hybridClocksWith(rules: Partial<LogicalClock<HybridStamp>>) {
  return clockProtocol({
    name: 'clocks/hybrid',
    about: 'Hosts that stamp events and messages with times close to the wall clock.',
    promise:
      'If a happened before b, the stamp of a is less, over restarts and steps of wall clocks too; a host whose wall ' +
      'clock is right is never further ahead of it than aheadMax and reserve. Kulkarni et al., Logical Physical ' +
      'Clocks, OPODIS 2014, figure 5.',
    options: hybridOptions,
    clock: (options: HybridClockOptions) => ({ ...hybridClock(options), ...rules }),
  });
}

export const hybridClocks = hybridClocksWith({});

export { DurableClock } from './durable-clock.ts';
export { type HybridStamp, hybridClock, isLessHybrid, nextHybrid, receivedHybrid } from './hybrid.ts';
export { type LamportEvent, lamportClock, precedes } from './lamport.ts';
export type { LogicalClock, Reading } from './logical-clock.ts';
export { type ClockEvent, type ClockView, recentMax } from './messages.ts';
export { stampText } from './stamp-text.ts';
export { areConcurrent, supremum, type VectorStamp, vectorClock } from './vector.ts';

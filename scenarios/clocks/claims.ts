/** What logical clocks promise, read off the events that their hosts show. */
import {
  type ClockEvent,
  type ClockView,
  type HybridStamp,
  isLessHybrid,
  stampText,
  type VectorStamp,
  vectorClock,
} from '../../protocols/clocks/index.ts';
import {
  type AlwaysClaim,
  type Check,
  epochUs,
  type HybridReading,
  hybridClockSound,
  type Observation,
  type StampedEvent,
  sometimes,
  vectorClockProblem,
} from '../../sim/index.ts';

/** The order of the stamps of each clock. */
const orders: Readonly<Record<string, (left: unknown, right: unknown) => boolean>> = {
  lamport: (left, right) => (left as number) < (right as number),
  vector: (left, right) => vectorClock.isLess(left as VectorStamp, right as VectorStamp),
  hybrid: (left, right) => isLessHybrid(left as HybridStamp, right as HybridStamp),
};

interface Unread {
  readonly events: readonly ClockEvent<unknown>[];
  /** Whether there may be events before these that nobody saw: this is a new life, or too many came at once. */
  readonly hasGap: boolean;
}

/** Gives each event of each host once. */
class Reader {
  readonly #places = new Map<string, { life: number; count: number }>();

  read({ host, state }: Observation): Unread | undefined {
    const view = state as ClockView | undefined;
    if (view?.recent === undefined) return undefined;
    let place = this.#places.get(host);
    const isNew = place === undefined || place.life !== view.life;
    if (place === undefined || isNew) {
      place = { life: view.life, count: 0 };
      this.#places.set(host, place);
    }
    const unread = view.count - place.count;
    if (unread === 0 && !isNew) return undefined;
    place.count = view.count;
    const events = view.recent.slice(Math.max(0, view.recent.length - unread));
    return { events, hasGap: isNew || unread > view.recent.length };
  }
}

/** `event 3 of n2, stamped "00:00:01.000250+4"`; the quotes make stories look for the stamp. */
function inWords({ name, stamp }: Pick<ClockEvent<unknown>, 'name' | 'stamp'>): string {
  const [host, , count] = name.split('/');
  return `event ${count} of ${host}, stamped "${stampText(stamp)}"`;
}

const clockCondition: AlwaysClaim = {
  name: 'clock-condition',
  about: 'If one event happened before another one, its stamp is less.',
  kind: 'always',
  start() {
    const reader = new Reader();
    const lastOf = new Map<string, ClockEvent<unknown>>();
    return {
      observe(observation) {
        const { host, state, atUs } = observation;
        const unread = reader.read(observation);
        if (unread === undefined) return undefined;
        const isLess = orders[(state as ClockView).clock]!;
        for (const event of unread.events) {
          const last = lastOf.get(host);
          lastOf.set(host, event);
          const befores = event.cause === undefined ? [last] : [event.cause, last];
          const before = befores.find((one) => one !== undefined && !isLess(one.stamp, event.stamp));
          if (before === undefined) continue;
          const how = before === last ? 'was before' : 'sent the message received in';
          const message = `${inWords(before)}, ${how} ${inWords(event)}: of these stamps the former must be less`;
          return { check: 'clock-condition', atUs, message, evidence: { host, before, event } };
        }
        return undefined;
      },
    };
  },
};

/** Judging takes time n²: so many events are looked at together, and again when there are so many new ones. */
const windowEvents = 30;
const newEvents = 20;

/**
 * Looks at stretches of events that were seen one after the other: whether one event of a stretch happened before
 * another one is decided within it. It ends where a life begins, for that begins with a stamp as great as any that the
 * life before may have had, whoever it heard of; and where a message comes from an event that was missed.
 */
const strongClockCondition: AlwaysClaim = {
  name: 'strong-clock-condition',
  about: 'One event happened before another one exactly if its stamp is less.',
  kind: 'always',
  start() {
    const reader = new Reader();
    let stretch: { from: string; event: ClockEvent<unknown> }[] = [];
    let unjudged = 0;
    const seen = new Set<string>();
    const problem = (clock: string): string | undefined => {
      const known = stretch.length - unjudged;
      unjudged = 0;
      const places = new Map(stretch.map(({ event }, at) => [event.name, at]));
      const events = stretch.map(({ from, event }): StampedEvent<unknown> => {
        const sentAt = event.cause && places.get(event.cause.name);
        return {
          host: from,
          stamp: event.stamp,
          get inWords() {
            return inWords(event);
          },
          ...(sentAt !== undefined && { sentAt }),
        };
      });
      return vectorClockProblem(events, orders[clock]!, known);
    };
    return {
      observe(observation) {
        const { host, state, atUs } = observation;
        const unread = reader.read(observation);
        if (unread === undefined) return undefined;
        const { clock } = state as ClockView;
        let message: string | undefined;
        if (unread.hasGap) {
          message = problem(clock);
          stretch = [];
        }
        for (const event of unread.events) {
          if (event.cause !== undefined && !seen.has(event.cause.name)) {
            message ??= problem(clock);
            stretch = [];
          }
          seen.add(event.name);
          stretch.push({ from: host, event });
          unjudged++;
        }
        if (unjudged >= newEvents) {
          message ??= problem(clock);
          stretch = stretch.slice(-windowEvents);
        }
        return message === undefined ? undefined : { check: 'strong-clock-condition', atUs, message };
      },
    };
  },
};

/**
 * A host whose own wall clock was ever more than `ownUsMax` ahead is excused from the bound from then on, though not
 * from going back: nobody can take a time back that he has given.
 */
function hybridSound(aheadUsMax: number, ownUsMax: number): AlwaysClaim {
  const [name, about] = ['hybrid-clock-sound', hybridAbout];
  const reading = (event: unknown) => {
    const { physicalUs, logical } = (event as ClockEvent<HybridStamp>).stamp;
    return { physicalUs: physicalUs - epochUs, logical };
  };
  const words = ({ physicalUs, logical }: HybridReading) =>
    `"${stampText({ physicalUs: physicalUs + epochUs, logical })}"`;
  return {
    name,
    about,
    kind: 'always',
    start() {
      const reader = new Reader();
      const bounded = hybridClockSound(name, about, aheadUsMax, reading, words).start();
      const monotone = hybridClockSound(name, about, Number.POSITIVE_INFINITY, reading, words).start();
      const excused = new Set<string>();
      return {
        observe(observation) {
          const { host, state, atUs } = observation;
          const own = (state as ClockView | undefined)?.physicalUsMax ?? 0;
          if (own - epochUs - atUs > ownUsMax) excused.add(host);
          for (const event of reader.read(observation)?.events ?? []) {
            const shown = { ...observation, state: event };
            const violation =
              monotone.observe(shown) ?? (excused.has(host) ? undefined : bounded.observe(shown));
            if (violation !== undefined) return violation;
          }
          return undefined;
        },
      };
    },
  };
}

const hybridAbout = 'No hybrid clock goes back, or is far ahead unless its own wall clock was.';

const resumed = sometimes(
  'clock-resumed',
  'A host stamps events in its second life.',
  ({ incarnation, state }) => incarnation > 1 && ((state as ClockView | undefined)?.count ?? 0) > 0,
);

export const clockChecks: readonly Check[] = [
  ...[clockCondition, strongClockCondition].map(
    (claim): Check => ({
      name: claim.name,
      about: claim.about,
      kind: 'always',
      options: {},
      claim: () => claim,
    }),
  ),
  {
    name: 'hybrid-clock-sound',
    about: hybridAbout,
    kind: 'always',
    options: {
      ahead: {
        type: 'duration',
        default: 600,
        min: 0,
        about: 'How far ahead of the time of the run a clock may be.',
      },
      own: {
        type: 'duration',
        default: 100,
        min: 0,
        about: 'A host whose own wall clock was ever further ahead than this may be ahead itself.',
      },
    },
    claim: ({ ahead, own }) => hybridSound(Number(ahead) * 1000, Number(own) * 1000),
  },
  { name: resumed.name, about: resumed.about, kind: 'sometimes', options: {}, claim: () => resumed },
];

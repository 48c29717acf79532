/**
 * A worker that gives out ids under a number which it has leased. It keeps nothing on its disk: whatever becomes of it, a
 * later life gets a number of its own, or an old one together with its past.
 */
import { type Host, type HostId, Refused } from '../host.ts';
import type { AllocatorWire } from './allocator.ts';
import type { LeasedIdOptions } from './leased-options.ts';
import type { believedUntil, Grant } from './numbers.ts';
import { nextPlace, type Place, type resumedPlace, timeText } from './snowflake.ts';
import { type IdWire, idOrRefusal, nowMs, partsText } from './worker.ts';

type Wire = IdWire & AllocatorWire;

/** The decisions on which uniqueness hangs, as a value. */
export interface LeasedRules {
  readonly believedUntil: typeof believedUntil;
  /** Where a worker begins with a number: beyond what others may have used of it. */
  readonly firstPlace: typeof resumedPlace;
}

/** What claims, reports and operators may see of a worker. */
export interface LeasedIdView {
  readonly role: 'worker';
  /** Null if it has none. */
  readonly number: number | null;
  /** Milliseconds of its clock for which it believes in its number. */
  readonly remainingMs: number;
  /** Ids given in this life. */
  readonly given: number;
}

interface Held {
  readonly life: string;
  readonly number: number;
  /** By the monotonic clock. */
  untilMs: number;
  bound: number;
  last: Place;
}

export const leasedWorker =
  (allocatorId: (peers: readonly HostId[]) => HostId, options: LeasedIdOptions, rules: LeasedRules) =>
  async (host: Host<Wire>): Promise<void> => {
    const worker = new LeasedWorker(host, allocatorId(host.peers), options, rules);
    host.on('generate', async (_, client) => ({ id: await worker.generate(client) }));
    await worker.keepNumber();
  };

class LeasedWorker {
  readonly #host: Host<Wire>;
  readonly #allocator: HostId;
  readonly #options: LeasedIdOptions;
  readonly #rules: LeasedRules;
  #held: Held | undefined;
  /** One question at a time: who needs more waits for the one that is under way. */
  #renewal: Promise<void> | undefined;
  #lives = 0;
  #given = 0;

  constructor(host: Host<Wire>, allocator: HostId, options: LeasedIdOptions, rules: LeasedRules) {
    this.#host = host;
    this.#allocator = allocator;
    this.#options = options;
    this.#rules = rules;
    host.expose((): LeasedIdView => {
      const remainingMs = this.#remainingMs();
      const number = remainingMs > 0 ? this.#held!.number : null;
      return { role: 'worker', number, remainingMs, given: this.#given };
    });
  }

  /** @throws Refused there is no number to give ids under, or the id would not fit */
  async generate(client: HostId): Promise<string> {
    for (;;) {
      const held = this.#believed();
      const place = nextPlace(held.last, nowMs(this.#host), this.#options);
      if (place.time > held.bound) {
        await this.#renew(held, place.time);
        continue;
      }
      // No time passes between the look at the lease and this.
      const id = idOrRefusal(place, held.number, this.#options);
      held.last = place;
      this.#given += 1;
      this.#host.log('id given', { id, ...partsText(place, held.number), to: client });
      return id;
    }
  }

  /** Takes a number and renews it, and if it is lost takes another one, for ever. */
  async keepNumber(): Promise<void> {
    const { clock } = this.#host;
    const pauseMs = this.#options.lease / 3;
    for (;;) {
      const held = this.#held;
      if (held === undefined || this.#remainingMs() <= 0) {
        this.#held = undefined;
        await this.#obtain();
        await clock.sleep(pauseMs);
        continue;
      }
      const askedAt = clock.elapsed();
      await this.#renew(held, nowMs(this.#host)).catch(() => {});
      // At once if there is no number any more; sooner if there was no answer.
      if (this.#held === undefined) continue;
      const hasRenewed = held.untilMs > askedAt + pauseMs;
      await clock.sleep(hasRenewed ? pauseMs : pauseMs / 4);
    }
  }

  /** Asks until there is a number. Always for the same life, so that an answer that was lost takes no number away. */
  async #obtain(): Promise<void> {
    const { clock, random, id } = this.#host;
    this.#lives += 1;
    const life = `${id}-${random.below(2 ** 32, 'life').toString(36)}-${this.#lives}`;
    for (;;) {
      const askedAt = clock.elapsed();
      try {
        const ask = { life, time: nowMs(this.#host) };
        const timeoutMs = this.#options.callTimeout;
        const grant = await this.#host.call(this.#allocator, 'lease', ask, { timeoutMs });
        this.#held = this.#heldBy(life, grant, askedAt);
        const { number, last, bound, untilMs } = this.#held;
        this.#host.log('number leased', {
          number,
          'ids after': timeText(last.time),
          'up to': timeText(bound),
          'believes for': `${Math.round(untilMs - clock.elapsed())} ms`,
          'asked before': `${Math.round(clock.elapsed() - askedAt)} ms`,
        });
        return;
      } catch {
        const left = askedAt + this.#options.callTimeout - clock.elapsed();
        if (left > 0) await clock.sleep(left);
      }
    }
  }

  #heldBy(life: string, { number, floor, bound }: Grant, askedAt: number): Held {
    const last = this.#rules.firstPlace(floor, this.#options);
    return { life, number, bound, last, untilMs: this.#until(askedAt) };
  }

  /** @throws Refused the number is lost, or nobody knows */
  #renew(held: Held, time: number): Promise<void> {
    this.#renewal ??= this.#askToRenew(held, time).finally(() => {
      this.#renewal = undefined;
    });
    return this.#renewal;
  }

  async #askToRenew(held: Held, time: number): Promise<void> {
    const askedAt = this.#host.clock.elapsed();
    const { life, number } = held;
    const timeoutMs = this.#options.callTimeout;
    const asked = this.#host.call(this.#allocator, 'renew', { life, number, time }, { timeoutMs });
    const { bound } = await asked.catch(() => {
      throw new Refused(`nobody renewed number ${number}`);
    });
    if (bound === null) {
      if (this.#held === held) this.#held = undefined;
      this.#host.log('number lost', { number });
      throw new Refused(`number ${number} is lost`);
    }
    held.bound = Math.max(held.bound, bound);
    held.untilMs = Math.max(held.untilMs, this.#until(askedAt));
  }

  #until(askedAt: number): number {
    const times = { askedAt, answeredAt: this.#host.clock.elapsed() };
    return this.#rules.believedUntil(times, this.#options.lease, this.#options.driftPpm);
  }

  #believed(): Held {
    if (this.#held === undefined || this.#remainingMs() <= 0) throw new Refused('this worker has no number');
    return this.#held;
  }

  #remainingMs(): number {
    return this.#held === undefined ? 0 : Math.max(0, this.#held.untilMs - this.#host.clock.elapsed());
  }
}

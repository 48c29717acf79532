/**
 * The run loop: take the next event, run it, drain everything that became runnable, repeat, within limits.
 *
 * Virtual time stands still during an event and its drain, and jumps to the next event after it.
 */
import { Agenda, type Handle } from './agenda.ts';

/** What the runtime must offer so that a loop can run: `sim/platform/pump.ts` has the one of Node. */
export interface Pump {
  /**
   * Runs everything runnable (promise reactions and next-ticks) before it returns, when called from a macrotask
   * outside every microtask. Undefined where the runtime has no such thing: then `hop` is used.
   */
  readonly drain: (() => void) | undefined;
  /** Resolves after everything runnable has run. */
  hop(): Promise<void>;
  /** Calls back from a fresh macrotask, after the real loop had its turn. */
  macrotask(task: () => void): void;
  /** Real monotonic milliseconds. */
  nowMs(): number;
  /** Called before and after each slice of virtual execution: guards go on and off. */
  enter(onUnhandled: (reason: unknown) => void): void;
  leave(): void;
  /** The number of the current event is kept in its first element, for a watchdog in another thread. */
  readonly beacon: Float64Array;
}

/** Gives events their meaning. */
export interface Rules {
  /** Handles the event in the agenda's fields; true if code ran that may have left something runnable. */
  dispatch(agenda: Agenda): boolean;
  /** Called after the drain of such an event. */
  settle(): void;
  /** A promise rejected during the drain and nobody handles it. */
  unhandled(reason: unknown): void;
}

export interface Limits {
  /** Events in a run. */
  readonly events: number;
  /** Virtual time of a run. */
  readonly virtualUs: number;
  /** Events at one instant of virtual time: more is a loop that lets no time pass. */
  readonly instantEvents: number;
  /** Real time of a run. */
  readonly wallMs: number;
}

export const limitsDefault: Limits = {
  events: 100_000_000,
  virtualUs: 3_600_000_000 * 24 * 365,
  instantEvents: 100_000,
  wallMs: Number.POSITIVE_INFINITY,
};

/** Why a loop ended. */
export type Stop =
  | { readonly reason: 'stopped' }
  /** Nothing is left to happen. */
  | { readonly reason: 'quiet' }
  | { readonly reason: 'limit'; readonly limit: keyof Limits; readonly value: number; readonly atUs: number };

/** Real milliseconds between two breaths of the real event loop. */
const sliceMs = 50;
/** Events between two looks at the real clock. */
const glance = 64;

export class Loop {
  readonly agenda = new Agenda();
  nowUs = 0;
  /** The number of the event that runs now, counted from 0; -1 before the first. */
  event = -1;
  /** The number of the event that scheduled it. */
  cause = -1;

  readonly #rules: Rules;
  readonly #limits: Limits;
  #instantEvents = 0;
  #stop: Stop | undefined;

  constructor(rules: Rules, limits: Limits = limitsDefault) {
    this.#rules = rules;
    this.#limits = limits;
  }

  /** @param delayUs whole microseconds from now, not negative */
  schedule(delayUs: number, tie: number, kind: number, subject: number, payload: unknown): Handle {
    return this.agenda.push(this.nowUs + delayUs, tie, kind, subject, this.event, payload);
  }

  /** Ends the run after the current event. */
  stop(stop: Stop = { reason: 'stopped' }): void {
    this.#stop ??= stop;
  }

  /** Runs until stopped, quiet, or out of a limit. Rejects only with an error of the rules themselves. */
  run(pump: Pump): Promise<Stop> {
    return pump.drain === undefined ? this.#runHopping(pump) : this.#runDraining(pump, pump.drain);
  }

  #runDraining(pump: Pump, drain: () => void): Promise<Stop> {
    const startMs = pump.nowMs();
    const rules = this.#rules;
    const agenda = this.agenda;
    const unhandled = (reason: unknown) => rules.unhandled(reason);
    return new Promise((resolve, reject) => {
      const slice = () => {
        const untilMs = pump.nowMs() + sliceMs;
        pump.enter(unhandled);
        try {
          let countdown = glance;
          while (this.#take()) {
            pump.beacon[0] = this.event;
            if (rules.dispatch(agenda)) {
              drain();
              rules.settle();
            }
            countdown -= 1;
            if (countdown === 0) {
              countdown = glance;
              const nowMs = pump.nowMs();
              if (nowMs - startMs > this.#limits.wallMs) this.#limit('wallMs');
              if (nowMs > untilMs) break;
            }
          }
        } catch (error) {
          this.#stop ??= { reason: 'stopped' };
          reject(error);
        } finally {
          pump.leave();
        }
        if (this.#stop !== undefined) resolve(this.#stop);
        else pump.macrotask(slice);
      };
      pump.macrotask(slice);
    });
  }

  async #runHopping(pump: Pump): Promise<Stop> {
    const startMs = pump.nowMs();
    const breath = () => new Promise<void>((resolve) => pump.macrotask(resolve));
    const unhandled = (reason: unknown) => this.#rules.unhandled(reason);
    for (;;) {
      await breath();
      const untilMs = pump.nowMs() + sliceMs;
      pump.enter(unhandled);
      try {
        while (this.#take()) {
          pump.beacon[0] = this.event;
          if (this.#rules.dispatch(this.agenda)) {
            await pump.hop();
            this.#rules.settle();
          }
          const nowMs = pump.nowMs();
          if (nowMs - startMs > this.#limits.wallMs) this.#limit('wallMs');
          if (nowMs > untilMs) break;
        }
      } finally {
        pump.leave();
      }
      if (this.#stop !== undefined) return this.#stop;
    }
  }

  #take(): boolean {
    if (this.#stop !== undefined) return false;
    const agenda = this.agenda;
    if (agenda.size === 0) {
      this.#stop = { reason: 'quiet' };
      return false;
    }
    const limits = this.#limits;
    const nextUs = agenda.nextUs;
    if (nextUs > limits.virtualUs) return this.#limit('virtualUs');
    if (this.event + 1 >= limits.events) return this.#limit('events');
    if (nextUs === this.nowUs) {
      if (this.#instantEvents >= limits.instantEvents) return this.#limit('instantEvents');
      this.#instantEvents += 1;
    } else {
      this.#instantEvents = 1;
      this.nowUs = nextUs;
    }
    agenda.pop();
    this.event += 1;
    this.cause = agenda.cause;
    return true;
  }

  #limit(limit: keyof Limits): false {
    this.#stop ??= { reason: 'limit', limit, value: this.#limits[limit], atUs: this.nowUs };
    return false;
  }
}

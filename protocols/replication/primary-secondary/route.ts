/** How a client finds whoever serves it, and goes on asking until it has an answer. */
import { type Host, type HostId, isRefused, isTimedOut, Refused, TimedOut } from '../../host.ts';
import type { NotPrimary, PrimarySecondaryWire, Request } from './messages.ts';
import type { PrimarySecondaryOptions } from './options.ts';

type Asked<K extends Request> = Omit<Parameters<PrimarySecondaryWire[K]>[0], 'relay'>;
/** What a client need not ask again about. */
type Final<K extends Request> = Exclude<
  ReturnType<PrimarySecondaryWire[K]>,
  NotPrimary | { status: 'unknown' } | { status: 'behind' }
>;
/** One attempt's fate: an answer; surely nothing; perhaps something. */
type Attempt<K extends Request> = { readonly answer: Final<K> } | 'refused' | 'unanswered';

const pauseMsMin = 5;
const pauseMsMax = 160;

export class Route {
  readonly #host: Host<PrimarySecondaryWire>;
  readonly #servers: readonly HostId[];
  readonly #options: PrimarySecondaryOptions;
  /** Whom to ask first. */
  #target: HostId;
  /** Whether the target is to pass requests on to the primary, since this host cannot reach it. */
  #relay = false;
  /** Who left an attempt without an answer, and until when others are asked to pass requests on to it. */
  readonly #silentUntil = new Map<HostId, number>();

  constructor(
    host: Host<PrimarySecondaryWire>,
    servers: readonly HostId[],
    options: PrimarySecondaryOptions,
  ) {
    this.#host = host;
    this.#servers = servers;
    this.#options = options;
    this.#target = this.anyServer();
  }

  anyServer(): HostId {
    return this.#servers[this.#host.random.below(this.#servers.length, 'server')]!;
  }

  /** When a request that starts now is given up, as `elapsed` time. */
  deadline(): number {
    return this.#host.clock.elapsed() + this.#options.requestTimeout;
  }

  /**
   * Asks one server after another until one answers that serves the request.
   * @param first whom to ask first; whoever served last unless given
   * @throws Refused every attempt was turned away without effect
   * @throws TimedOut
   */
  async request<K extends Request>(
    kind: K,
    ask: Asked<K>,
    deadline: number,
    first?: HostId,
  ): Promise<Final<K>> {
    const { clock, random } = this.#host;
    let surelyNothing = true;
    let pauseMs = pauseMsMin;
    if (first !== undefined) this.#turnTo(first);
    for (let leftMs = deadline - clock.elapsed(); leftMs >= 1; leftMs = deadline - clock.elapsed()) {
      const attempt = await this.#attempt(kind, ask, leftMs);
      if (typeof attempt === 'object') return attempt.answer;
      if (attempt === 'unanswered') surelyNothing = false;
      // Spread out, so that clients do not come back all at once.
      const wait = pauseMs / 2 + random.below(pauseMs * 500, 'retry pause') / 1000;
      pauseMs = Math.min(pauseMsMax, pauseMs * 2);
      await clock.sleep(Math.max(0, Math.min(wait, deadline - clock.elapsed())));
    }
    const message = `nobody served ${kind} within ${this.#options.requestTimeout} ms`;
    throw surelyNothing ? new Refused(message) : new TimedOut(message);
  }

  /** Asks the target, and if that was in vain chooses whom to ask next. */
  async #attempt<K extends Request>(kind: K, ask: Asked<K>, leftMs: number): Promise<Attempt<K>> {
    const { clock } = this.#host;
    this.#forget();
    const asked = this.#target;
    const relay = this.#relay;
    // A relay is known to be there, and a primary that has to be reached through one may be far: patience is cheap.
    const patienceMs = Math.max(this.#options.attemptTimeout, relay ? leftMs / 2 : 0);
    const timeoutMs = Math.min(leftMs, patienceMs);
    let answer: ReturnType<PrimarySecondaryWire[Request]>;
    try {
      answer = await this.#host.call(asked, kind as Request, { ...ask, relay } as never, { timeoutMs });
    } catch (error) {
      if (!isRefused(error) && !isTimedOut(error)) throw error;
      // Behind a relay nobody knows who was silent.
      if (!relay) this.#silentUntil.set(asked, clock.elapsed() + this.#options.requestTimeout);
      this.#turnTo(this.#after(asked));
      return isRefused(error) && !relay ? 'refused' : 'unanswered';
    }
    if (answer.status === 'unknown' || answer.status === 'behind') {
      this.#turnTo(this.#after(asked));
      return answer.status === 'behind' ? 'refused' : 'unanswered';
    }
    if (answer.status === 'not primary') {
      this.#turnFrom(asked, answer.primary);
      return answer.definite && !relay ? 'refused' : 'unanswered';
    }
    return { answer: answer as Final<K> };
  }

  /** After a server that is not primary: to the primary it knows of, or, if that one is silent, to it through the server. */
  #turnFrom(asked: HostId, primary: HostId | null): void {
    if (primary === null || primary === asked || this.#relay) this.#turnTo(this.#after(asked));
    else if (this.#silentUntil.has(primary)) this.#turnTo(asked, true);
    else this.#turnTo(primary);
  }

  #turnTo(server: HostId, relay = false): void {
    this.#target = server;
    this.#relay = relay;
  }

  /** The silent one may have come back, and would be nearer than any relay. */
  #forget(): void {
    const now = this.#host.clock.elapsed();
    for (const [server, until] of this.#silentUntil) {
      if (now < until) continue;
      this.#silentUntil.delete(server);
      this.#relay = false;
    }
  }

  #after(server: HostId): HostId {
    return this.#servers[(this.#servers.indexOf(server) + 1) % this.#servers.length]!;
  }
}

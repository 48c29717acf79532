/**
 * How a client finds the one server that may serve it, and goes on asking until it has an answer (Ongaro, *Consensus:
 * Bridging Theory and Practice*, 2014, §6.2). Servers that do not lead say who does, or pass requests on to it for a client
 * that cannot reach it.
 */
import {
  type Answer,
  type Ask,
  type Host,
  type HostId,
  isRefused,
  isTimedOut,
  Refused,
  TimedOut,
  type Wire,
} from './host.ts';

/** What a client may ask of any server. */
export interface Relayed {
  /** Whether a server that does not lead asks the leader on behalf of the client, who cannot reach it. */
  readonly relay: boolean;
}

/** A server's answer that it does not lead. */
interface Elsewhere {
  /** Who does, as far as it knows. */
  readonly leader: HostId | null;
  /** Whether it is certain that no copy of the request took effect there. */
  readonly definite: boolean;
}

/** What an answer means to a client. */
export type Meaning =
  /** It need not ask again. */
  | 'final'
  /** Nothing happened, and another server may serve it. */
  | 'refused'
  /** The request may have happened, or may happen yet. */
  | 'unknown'
  | Elsewhere;

export interface RouteOptions {
  /** Milliseconds after which the next server is asked. */
  readonly attemptTimeout: number;
  /** Milliseconds after which the client gives up. */
  readonly requestTimeout: number;
}

/** One attempt's fate: an answer; surely nothing; perhaps something. */
type Attempt<A> = { readonly answer: A } | 'refused' | 'unanswered';

const pauseMsMin = 5;
const pauseMsMax = 160;

/**
 * @typeParam R kinds of requests that clients send
 * @typeParam Vain answers after which the client asks again
 */
export class LeaderRoute<W extends Wire, R extends keyof W & string, Vain> {
  readonly #host: Host<W>;
  readonly #servers: readonly HostId[];
  readonly #options: RouteOptions;
  readonly #meaningOf: (answer: Answer<W, R>) => Meaning;
  /** Whom to ask first. */
  #target: HostId;
  /** Whether the target is to pass requests on to the leader, since this host cannot reach it. */
  #relay = false;
  /** Who left an attempt without an answer, and until when others are asked to pass requests on to it. */
  readonly #silentUntil = new Map<HostId, number>();

  /**
   * @param servers those that may lead, now or later
   * @param first whom of them to ask first
   * @param meaningOf whatever it calls `'final'` is no `Vain` answer
   */
  constructor(
    host: Host<W>,
    servers: readonly HostId[],
    first: HostId,
    options: RouteOptions,
    meaningOf: (answer: Answer<W, R>) => Meaning,
  ) {
    this.#host = host;
    this.#servers = servers;
    this.#target = first;
    this.#options = options;
    this.#meaningOf = meaningOf;
  }

  /** When a request that starts now is given up, as `elapsed` time. */
  deadline(): number {
    return this.#host.clock.elapsed() + this.#options.requestTimeout;
  }

  /**
   * Asks one server after another until one answers that leads, or for the one that does.
   * @param first whom to ask first; whoever served last unless given
   * @throws Refused every attempt was turned away without effect
   * @throws TimedOut
   */
  async request<K extends R>(
    kind: K,
    ask: Omit<Ask<W, K>, 'relay'>,
    deadline: number,
    first?: HostId,
  ): Promise<Exclude<Answer<W, K>, Vain>> {
    const { clock, random } = this.#host;
    let surelyNothing = true;
    let pauseMs = pauseMsMin;
    if (first !== undefined) this.#turnTo(first);
    for (let leftMs = deadline - clock.elapsed(); leftMs >= 1; leftMs = deadline - clock.elapsed()) {
      const attempt = await this.#attempt(kind, ask, leftMs);
      if (typeof attempt === 'object') return attempt.answer as Exclude<Answer<W, K>, Vain>;
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
  async #attempt<K extends R>(
    kind: K,
    ask: Omit<Ask<W, K>, 'relay'>,
    leftMs: number,
  ): Promise<Attempt<Answer<W, K>>> {
    const { clock } = this.#host;
    this.#forget();
    const asked = this.#target;
    const relay = this.#relay;
    // A relay is known to be there, and a leader that has to be reached through one may be far: patience is cheap.
    const patienceMs = Math.max(this.#options.attemptTimeout, relay ? leftMs / 2 : 0);
    const timeoutMs = Math.min(leftMs, patienceMs);
    let answer: Answer<W, K>;
    try {
      answer = await this.#host.call(asked, kind, { ...ask, relay } as Ask<W, K>, { timeoutMs });
    } catch (error) {
      if (!isRefused(error) && !isTimedOut(error)) throw error;
      // Behind a relay nobody knows who was silent.
      if (!relay) this.#silentUntil.set(asked, clock.elapsed() + this.#options.requestTimeout);
      this.#turnTo(this.#after(asked));
      return isRefused(error) && !relay ? 'refused' : 'unanswered';
    }
    const meaning = this.#meaningOf(answer);
    if (meaning === 'final') return { answer };
    if (meaning === 'refused' || meaning === 'unknown') {
      this.#turnTo(this.#after(asked));
      return meaning === 'refused' ? 'refused' : 'unanswered';
    }
    this.#turnFrom(asked, meaning.leader);
    return meaning.definite && !relay ? 'refused' : 'unanswered';
  }

  /** After a server that does not lead: to the leader it knows of, or, if that one is silent, to it through the server. */
  #turnFrom(asked: HostId, leader: HostId | null): void {
    if (leader === null || leader === asked || this.#relay) this.#turnTo(this.#after(asked));
    else if (this.#silentUntil.has(leader)) this.#turnTo(asked, true);
    else this.#turnTo(leader);
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

/**
 * The server's half: passes a request on to the leader, if the client asks for that and the leader is somebody else;
 * null if nothing came of it for certain.
 * @param timeoutMs long: the client gives up when it likes, and who is slow to reach the leader is the best it has
 * @throws TimedOut it may have happened
 */
export async function passedOn<W extends Wire, K extends keyof W & string>(
  host: Host<W>,
  leader: HostId | null,
  kind: K,
  ask: Ask<W, K>,
  timeoutMs: number,
): Promise<Answer<W, K> | null> {
  const asked = ask as Relayed;
  if (!asked.relay || leader === null || leader === host.id) return null;
  try {
    return await host.call(leader, kind, { ...asked, relay: false } as Ask<W, K>, { timeoutMs });
  } catch (error) {
    if (isRefused(error)) return null;
    throw error;
  }
}

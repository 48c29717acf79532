/** The client's half of exactly-once (§8, thesis §6.3): finds the leader, and retries what it has no answer to. */
import { type Host, type HostId, isRefused, isTimedOut, Refused, TimedOut } from '../host.ts';
import type { KvClient, Value } from '../protocol.ts';
import type { NotLeader, Operation, RaftWire, Result } from './messages.ts';
import type { RaftOptions } from './options.ts';

/** A session serves one operation at a time: it remembers the answer to its last one only. */
interface Session {
  readonly id: number;
  seq: number;
}

type Request = 'register' | 'write' | 'read';

/** One attempt's fate: an answer; surely nothing; perhaps something. */
type Attempt<T> = { readonly answer: T } | 'refused' | 'unanswered';

const pauseMsMin = 5;
const pauseMsMax = 160;

export function raftClient(host: Host<RaftWire>, servers: readonly HostId[], options: RaftOptions): KvClient {
  return new RaftClient(host, servers, options);
}

class RaftClient implements KvClient {
  readonly #host: Host<RaftWire>;
  readonly #servers: readonly HostId[];
  readonly #options: RaftOptions;
  readonly #idle: Session[] = [];
  /** Whom to ask first. */
  #target: HostId;

  constructor(host: Host<RaftWire>, servers: readonly HostId[], options: RaftOptions) {
    this.#host = host;
    this.#servers = servers;
    this.#options = options;
    this.#target = servers[host.random.below(servers.length, 'first server')]!;
  }

  async get(key: string): Promise<Value> {
    const { value } = await this.#request('read', { key }, this.#deadline());
    return value;
  }

  async put(key: string, value: Value): Promise<void> {
    await this.#write({ kind: 'put', key, value });
  }

  async delete(key: string): Promise<void> {
    await this.#write({ kind: 'delete', key });
  }

  async cas(key: string, from: Value, to: Value): Promise<boolean> {
    return (await this.#write({ kind: 'cas', key, from, to })) === true;
  }

  #deadline(): number {
    return this.#host.clock.elapsed() + this.#options.requestTimeout;
  }

  async #write(operation: Operation): Promise<Result> {
    const deadline = this.#deadline();
    const session = this.#idle.pop() ?? (await this.#register(deadline));
    session.seq++;
    const ask = { session: session.id, seq: session.seq, operation };
    let expired = false;
    try {
      const answer = await this.#request('write', ask, deadline);
      if (answer.status === 'done') return answer.result;
      expired = answer.status === 'expired';
      // An earlier copy may have been applied, and its answer lost.
      throw new TimedOut(`session ${session.id}: ${answer.status}`);
    } finally {
      // Used again even after a timeout: a late copy will find that the session has moved on.
      if (!expired) this.#idle.push(session);
    }
  }

  /** Whatever becomes of a registration, the operation that needs it has not been sent. */
  async #register(deadline: number): Promise<Session> {
    try {
      const { session } = await this.#request('register', null, deadline);
      return { id: session, seq: 0 };
    } catch (error) {
      if (isTimedOut(error)) throw new Refused('no session could be registered in time');
      throw error;
    }
  }

  /**
   * Asks one server after another until one answers as leader.
   * @throws Refused every attempt was turned away without effect
   * @throws TimedOut
   */
  async #request<K extends Request>(
    kind: K,
    ask: Parameters<RaftWire[K]>[0],
    deadline: number,
  ): Promise<Exclude<ReturnType<RaftWire[K]>, NotLeader | { status: 'unknown' }>> {
    const { clock, random } = this.#host;
    let surelyNothing = true;
    let pauseMs = pauseMsMin;
    for (let leftMs = deadline - clock.elapsed(); leftMs >= 1; leftMs = deadline - clock.elapsed()) {
      const asked = this.#target;
      const attempt = await this.#attempt(kind, ask, leftMs);
      if (typeof attempt === 'object') return attempt.answer;
      if (attempt === 'unanswered') surelyNothing = false;
      if (this.#target === asked) this.#target = this.#after(asked);
      // Spread out, so that clients do not come back all at once.
      const wait = pauseMs / 2 + random.below(pauseMs * 500, 'retry pause') / 1000;
      pauseMs = Math.min(pauseMsMax, pauseMs * 2);
      await clock.sleep(Math.max(0, Math.min(wait, deadline - clock.elapsed())));
    }
    const message = `no leader answered ${kind} within ${this.#options.requestTimeout} ms`;
    throw surelyNothing ? new Refused(message) : new TimedOut(message);
  }

  async #attempt<K extends Request>(
    kind: K,
    ask: Parameters<RaftWire[K]>[0],
    leftMs: number,
  ): Promise<Attempt<Exclude<ReturnType<RaftWire[K]>, NotLeader | { status: 'unknown' }>>> {
    const timeoutMs = Math.min(leftMs, this.#options.attemptTimeout);
    let answer: ReturnType<RaftWire[Request]>;
    try {
      answer = await this.#host.call(this.#target, kind as Request, ask as never, { timeoutMs });
    } catch (error) {
      if (isRefused(error)) return 'refused';
      if (isTimedOut(error)) return 'unanswered';
      throw error;
    }
    if (answer.status === 'unknown') return 'unanswered';
    if (answer.status === 'not leader') {
      if (answer.leader !== null && this.#servers.includes(answer.leader)) this.#target = answer.leader;
      return answer.definite ? 'refused' : 'unanswered';
    }
    return { answer: answer as Exclude<ReturnType<RaftWire[K]>, NotLeader | { status: 'unknown' }> };
  }

  #after(server: HostId): HostId {
    return this.#servers[(this.#servers.indexOf(server) + 1) % this.#servers.length]!;
  }
}

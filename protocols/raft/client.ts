/** The client's half of exactly-once (§8, thesis §6.3): sessions, and retries of what it has no answer to. */
import { type Host, type HostId, isTimedOut, type Message, Refused, TimedOut } from '../host.ts';
import type { Operation, Query, RaftWire, Result } from './messages.ts';
import type { RaftOptions } from './options.ts';
import { type Route, routeOf } from './route.ts';

/** A session serves one operation at a time: it remembers the answer to its last one only. */
interface Session {
  readonly id: number;
  seq: number;
}

/** A client of a cluster, whatever its state machine is. */
export class RaftClient {
  readonly #route: Route;
  readonly #idle: Session[] = [];

  constructor(host: Host<RaftWire>, servers: readonly HostId[], options: RaftOptions) {
    this.#route = routeOf(host, servers, options);
  }

  /** Asks the state machine as it is at some moment during this call. Rejects as `submit` does. */
  async read(query: Query): Promise<Message> {
    const { value } = await this.#route.request('read', query, this.#route.deadline());
    return value;
  }

  /**
   * Has the state machine carry out an operation, once.
   * @throws Refused it did not happen, and never will
   * @throws TimedOut it may have happened, or may happen yet
   */
  async submit(operation: Operation): Promise<Result> {
    const deadline = this.#route.deadline();
    const session = this.#idle.pop() ?? (await this.#register(deadline));
    session.seq++;
    const ask = { session: session.id, seq: session.seq, operation };
    let expired = false;
    try {
      const answer = await this.#route.request('write', ask, deadline);
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
      const { session } = await this.#route.request('register', {}, deadline);
      return { id: session, seq: 0 };
    } catch (error) {
      if (isTimedOut(error)) throw new Refused('no session could be registered in time');
      throw error;
    }
  }
}

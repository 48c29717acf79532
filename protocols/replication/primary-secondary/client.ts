/** The client's half: each write takes effect once, and no read shows less than the session has seen. */
import { type Host, type HostId, isTimedOut, Refused, TimedOut } from '../../host.ts';
import type { KvClient, Value } from '../../protocol.ts';
import type { Operation, Result } from '../../raft/messages.ts';
import type { PrimarySecondaryWire } from './messages.ts';
import type { PrimarySecondaryOptions } from './options.ts';
import { anyOf, type Route, routeOf } from './route.ts';
import type { Rules } from './rules.ts';
import type { Deed } from './session.ts';

export function primarySecondaryClient(
  host: Host<PrimarySecondaryWire>,
  servers: readonly HostId[],
  options: PrimarySecondaryOptions,
  rules: Rules,
): KvClient {
  return new Client(host, servers, options, rules);
}

/** What makes retries harmless: it serves one operation at a time, and remembers the answer to its last one only. */
interface WriteSession {
  readonly id: number;
  seq: number;
}

class Client implements KvClient {
  readonly #rules: Rules;
  /** Writes go to the primary; reads, where any server may answer them, have a route of their own. */
  readonly #writes: Route;
  readonly #reads: Route;
  readonly #readsAnywhere: boolean;
  readonly #anyServer: () => HostId;
  readonly #idle: WriteSession[] = [];
  /** The place in the log up to which this session has seen what there is. */
  #token = 0;

  constructor(
    host: Host<PrimarySecondaryWire>,
    servers: readonly HostId[],
    options: PrimarySecondaryOptions,
    rules: Rules,
  ) {
    this.#rules = rules;
    this.#anyServer = () => anyOf(host, servers);
    this.#writes = routeOf(host, servers, options);
    this.#readsAnywhere = options.reads === 'any';
    this.#reads = this.#readsAnywhere ? routeOf(host, servers, options) : this.#writes;
  }

  async get(key: string): Promise<Value> {
    const first = this.#readsAnywhere ? this.#anyServer() : undefined;
    const ask = { key, token: this.#token };
    const { value, index } = await this.#reads.request('read', ask, this.#reads.deadline(), first);
    this.#saw(index, 'read');
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

  async #write(operation: Operation): Promise<Result> {
    const deadline = this.#writes.deadline();
    const session = this.#idle.pop() ?? (await this.#register(deadline));
    session.seq++;
    const ask = { session: session.id, seq: session.seq, operation };
    let expired = false;
    try {
      const answer = await this.#writes.request('write', ask, deadline);
      this.#saw(answer.index, 'write');
      if (answer.status === 'done') return answer.result;
      expired = answer.status === 'expired';
      // An earlier copy may have been applied, and its answer lost.
      throw new TimedOut(`session ${session.id}: ${answer.status}`);
    } finally {
      // Used again even after a timeout: a late copy will find that the session has moved on.
      if (!expired) this.#idle.push(session);
    }
  }

  #saw(index: number, deed: Deed): void {
    this.#token = this.#rules.tokenAfter(this.#token, index, deed);
  }

  /** Whatever becomes of a registration, the operation that needs it has not been sent. */
  async #register(deadline: number): Promise<WriteSession> {
    try {
      const { session } = await this.#writes.request('register', {}, deadline);
      return { id: session, seq: 0 };
    } catch (error) {
      if (isTimedOut(error)) throw new Refused('no session could be registered in time');
      throw error;
    }
  }
}

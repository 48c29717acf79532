/**
 * The operator of a cluster: carries out changes of its members one after another, through the protocol's own client
 * library, and knows by that which servers make up the cluster, or may.
 */
import { type AnyProgram, type Host, type HostId, isRefused, isTimedOut } from '../../protocols/host.ts';

/** The client library of a protocol whose members can change. */
export interface MembersLibrary {
  add(server: HostId): Promise<void>;
  remove(server: HostId): Promise<void>;
}

/** One server to be added or removed. */
export interface Order {
  readonly change: 'add' | 'remove';
  readonly server: HostId;
  /** Whether the cluster has confirmed it. */
  isDone: boolean;
}

const pauseMs = 50;

export class Membership {
  /** Where the cluster was started. */
  readonly initial: readonly HostId[];
  /** What the cluster will be when every order is carried out. */
  planned: readonly HostId[];
  #confirmed: readonly HostId[];
  /** What is to be done; the first ones may have been tried, and may or may not have happened. */
  readonly #orders: Order[] = [];
  readonly #tried = new Set<Order>();
  #host: Host<never> | undefined;
  #library: MembersLibrary | undefined;
  #isBusy = false;
  #isOver = false;

  constructor(initial: readonly HostId[]) {
    this.initial = initial;
    this.planned = initial;
    this.#confirmed = initial;
  }

  /** The configurations of which one is in force: several while a change may or may not have happened. */
  get possible(): readonly (readonly HostId[])[] {
    let all = [this.#confirmed];
    for (const order of this.#tried) all = [...all, ...all.map((members) => changed(members, order))];
    return all;
  }

  /** The operator's program. */
  program(connect: (host: Host<never>) => MembersLibrary): AnyProgram {
    return (host: Host<never>) => {
      this.#host = host;
      this.#library = connect(host);
      void this.#work();
    };
  }

  /** Has a change carried out. */
  order(change: Order['change'], server: HostId): Order {
    const order: Order = { change, server, isDone: false };
    this.#orders.push(order);
    this.planned = changed(this.planned, order);
    // A turn of the operator's own: whoever gives the order is somebody else.
    this.#host?.clock.after(0, () => void this.#work());
    return order;
  }

  /** Begins nothing any more. A change that was begun may still come to pass. */
  end(): void {
    this.#isOver = true;
  }

  async #work(): Promise<void> {
    if (this.#isBusy) return;
    this.#isBusy = true;
    for (let turn = 0; !this.#isOver && this.#orders.length > 0; turn++) {
      const open = this.#open();
      const order = open[turn % open.length]!;
      this.#tried.add(order);
      if (await this.#try(order)) {
        order.isDone = true;
        this.#confirmed = changed(this.#confirmed, order);
        this.#tried.delete(order);
        this.#orders.splice(this.#orders.indexOf(order), 1);
      } else await this.#host!.clock.sleep(pauseMs);
    }
    this.#isBusy = false;
  }

  /**
   * The orders to be tried in turn: an operator who has no answer turns to the next one. Not two for the same server,
   * and no removal before the addition that was to make up for it.
   */
  #open(): Order[] {
    const [first, second] = this.#orders;
    if (second === undefined || second.server === first!.server) return [first!];
    return first!.change === 'add' && second.change === 'remove' ? [first!] : [first!, second];
  }

  async #try({ change, server }: Order): Promise<boolean> {
    try {
      await this.#library![change](server);
      return true;
    } catch (error) {
      if (isRefused(error) || isTimedOut(error)) return false;
      throw error;
    }
  }
}

const changed = (members: readonly HostId[], { change, server }: Order): readonly HostId[] =>
  change === 'remove'
    ? members.filter((id) => id !== server)
    : members.includes(server)
      ? members
      : [...members, server];

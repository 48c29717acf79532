/**
 * Forgets tombstones, when nothing older can come back: each replica stores the same tombstone, nobody keeps anything for
 * another node that the key is part of, and whatever was under way at the time of the deletion has arrived since. A replica
 * that is away for long thus keeps tombstones from being forgotten (Cassandra forgets them after `gc_grace_seconds`
 * whatever the replicas have, and deleted data may come back).
 */
import type { State } from '../conflicts/resolution.ts';
import { isSameState } from '../conflicts/resolution.ts';
import type { Versioned } from './messages.ts';
import { asking, type Node, repeating } from './node.ts';
import { poll } from './poll.ts';

interface Buried {
  readonly state: State;
  /** `elapsed` time since when it is known here. */
  readonly sinceMs: number;
}

/** The tombstones of a node, and since when. */
export class Graveyard {
  readonly #node: Node;
  readonly #buried = new Map<string, Buried>();

  constructor(node: Node) {
    this.#node = node;
  }

  /** The state of a key is another one now. */
  changed(key: string, state: State | undefined): void {
    const { host, resolution } = this.#node;
    if (state === undefined || !resolution.isTombstone(state)) this.#buried.delete(key);
    else this.#buried.set(key, { state, sinceMs: host.clock.elapsed() });
  }

  /** Each tombstone is looked after by the first replica of its key. */
  forgetOld(): void {
    const { host, placement, options } = this.#node;
    repeating(host, options.tombstoneGrace / 2, 'forgetting', async () => {
      for (const [key, { state, sinceMs }] of [...this.#buried]) {
        if (placement.replicasOf(key)[0] !== host.id) continue;
        if (host.clock.elapsed() - sinceMs >= options.tombstoneGrace) await this.#forget({ key, state });
      }
    });
  }

  async #forget(tombstone: Versioned): Promise<void> {
    const { host, placement, rules, statistics } = this.#node;
    const { key } = tombstone;
    const ask = asking(this.#node);
    const nodes = placement.nodes;
    const answers = await poll(nodes, nodes.length, async (node) =>
      node === host.id ? mayForget(this.#node, tombstone) : (await ask(node, 'mayForget', tombstone)).yes,
    ).all;
    if (!rules.mayForget([...answers.values()], nodes.length)) return;
    for (const replica of placement.replicasOf(key)) {
      if (replica !== host.id) host.send(replica, 'forget', tombstone);
    }
    await this.#node.table.forget(key, tombstone.state);
    statistics.forgotten++;
  }
}

/** Whether nothing here could bring back what was deleted. */
export function mayForget({ host, table, placement }: Node, { key, state }: Versioned): boolean {
  for (const hints of table.hints.values()) if (hints.has(key)) return false;
  if (!placement.replicasOf(key).includes(host.id)) return true;
  const known = table.states.get(key);
  return known !== undefined && isSameState(known, state);
}

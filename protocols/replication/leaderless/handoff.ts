/** Hinted handoff (*Dynamo*, §4.6): what was kept for a node is handed over as soon as it takes it. */
import type { HostId } from '../../host.ts';
import { asking, type Node, repeating } from './node.ts';
import { isExpected } from './poll.ts';

export function handOverHints(node: Node): void {
  const { host, table, options } = node;
  repeating(host, options.handoffInterval, 'handoff', async () => {
    await Promise.all([...table.hints.keys()].map((target) => handOver(node, target)));
  });
}

/** One after the other: if the first one is not taken, the others need not be tried. */
async function handOver(node: Node, target: HostId): Promise<void> {
  const { table, statistics } = node;
  for (const [key, state] of [...(table.hints.get(target) ?? [])]) {
    try {
      await asking(node)(target, 'store', { key, state });
    } catch (error) {
      if (isExpected(error)) return;
      throw error;
    }
    await table.handedOver(target, key, state);
    statistics.handovers++;
  }
}

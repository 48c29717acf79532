/** Asks servers that run for what they expose. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Host, HostId } from '../../protocols/host.ts';
import { nodeHost } from '../../protocols/node-host.ts';
import { askState, type Silence } from './operator.ts';

export type StateAnswer = { readonly json: string } | Silence;

/** What each of the servers at these addresses answers within so long. */
export async function stateOf(
  servers: Readonly<Record<HostId, string>>,
  timeoutMs: number,
  signal?: AbortSignal,
): Promise<ReadonlyMap<HostId, StateAnswer>> {
  const folder = await mkdtemp(join(tmpdir(), 'skerry-state-'));
  const node = await nodeHost({ id: `operator-${process.pid}`, peers: servers, folder });
  const answers = new Map<HostId, StateAnswer>();
  try {
    await node.run(async (host: Host<never>) => {
      const ask = async (id: HostId) => {
        answers.set(id, await askState(host, id, { timeoutMs, ...(signal && { signal }) }));
      };
      await Promise.all(Object.keys(servers).map(ask));
    });
  } finally {
    await node.kill();
    await rm(folder, { recursive: true, force: true });
  }
  return answers;
}

/** The same programs over sockets and files. */

import { expect, test } from 'vitest';
import type { AnyProgram, Host } from '../../../protocols/host.ts';
import { raftLock } from '../../../protocols/locks/index.ts';
import { defaultsOf } from '../../../protocols/protocol.ts';
import { nodeLab } from '../../contract/node.ts';

test('a lock on Raft survives the loss of its leader, and keeps its token', { timeout: 30_000 }, async () => {
  const options = defaultsOf(raftLock.options);
  const node: AnyProgram = raftLock.roles.node.program(options);
  const servers = { n1: node, n2: node, n3: node, r1: raftLock.roles.resource.program() as AnyProgram };
  await nodeLab().play(servers, async (host, control) => {
    const given = host as unknown as Host<never>;
    const { locks, resource } = raftLock.clients.lock(given, Object.keys(servers), options);
    const lock = await locks.acquire('a', { ttl: 10_000 });
    await resource.write(lock, 1);
    const leader = ['n1', 'n2', 'n3'].find((id) => (control.view(id) as { role: string }).role === 'leader')!;
    control.kill(leader);
    expect((await locks.info('a'))?.token).toBe(lock.token);
    expect(await locks.release(lock)).toBe(true);
    const next = await locks.acquire('a', { ttl: 10_000 });
    expect(next.token).toBeGreaterThan(lock.token!);
    await resource.write(next, 2);
    await expect(resource.write(lock, 3)).rejects.toMatchObject({ name: 'Refused' });
  });
});

/** Stories about keys that move. */
import { expect, test } from 'vitest';
import type { Host, HostId } from '../../../protocols/host.ts';
import { ringPlacement, type ServerView } from '../../../protocols/placement/index.ts';
import type { KvClient, MembersClient } from '../../../protocols/protocol.ts';
import { Choices } from '../../../sim/kernel/choices.ts';
import { makePump } from '../../../sim/platform/pump.ts';
import { World, type WorldHost } from '../../../sim/world/world.ts';
import { spec } from '../../contract/simulated.ts';

interface Part {
  readonly host: Host;
  readonly store: KvClient;
  readonly members: MembersClient;
  shown(id: HostId): ServerView;
  kill(id: HostId): void;
  restart(id: HostId): void;
}

const keys = Array.from({ length: 40 }, (_, at) => `key ${at}`);
const options = { points: 64, viewInterval: 50, callTimeout: 100, attemptTimeout: 150, requestTimeout: 1000 };

/** Three servers, one spare one, a directory, and somebody who does something. */
async function play<T>(act: (part: Part) => Promise<T>): Promise<T> {
  const { server, directory } = ringPlacement.roles;
  const ids = ['n1', 'n2', 'n3', 'd1', 'n4'];
  const hosts = ids.map(
    (id): WorldHost => ({
      id,
      program: (id === 'd1' ? directory : server)!.program(options as never),
      role: id === 'n4' ? 'spare' : 'server',
    }),
  );
  let result: { readonly value: T } | undefined;
  let failure: { readonly error: unknown } | undefined;
  const client = async (host: Host) => {
    await host.clock.sleep(100);
    const connect = <K extends 'kv' | 'members'>(kind: K) =>
      ringPlacement.clients[kind]!(host as Host<never>, ids, options as never) as ReturnType<
        NonNullable<(typeof ringPlacement.clients)[K]>
      >;
    try {
      const part: Part = {
        host,
        store: connect('kv') as KvClient,
        members: connect('members') as MembersClient,
        shown: (id) => world.machine(id).state() as ServerView,
        kill: (id) => world.machine(id).kill('lose-unsynced'),
        restart: (id) => world.restart(world.machine(id)),
      };
      result = { value: await act(part) };
    } catch (error) {
      failure = { error };
    }
    world.loop.stop();
  };
  hosts.push({ id: 'c1', program: client, role: 'client' });
  const world = World.build(spec, hosts, new Choices('1'));
  await world.run(await makePump());
  if (failure !== undefined) throw failure.error;
  return result!.value;
}

const fill = async ({ store }: Part) => {
  for (const [at, key] of keys.entries()) await store.put(key, at);
};
const read = async ({ store }: Part) => {
  for (const [at, key] of keys.entries()) expect(await store.get(key)).toBe(at);
};

test('a key is where the ring says, at one server', async () => {
  await play(async (part) => {
    await fill(part);
    const has = ['n1', 'n2', 'n3'].flatMap((id) => part.shown(id).has);
    expect(has.toSorted()).toEqual(keys.toSorted());
    for (const id of ['n1', 'n2', 'n3']) {
      for (const [key, owner] of part.shown(id).owners) expect([key, owner]).toEqual([key, id]);
    }
  });
});

test('a server that joins is given its keys, though nobody asks for them; a client with the old view is told the new one', async () => {
  await play(async (part) => {
    await fill(part);
    await part.members.add('n4');
    await part.host.clock.sleep(500);
    const moved = part.shown('n4').has;
    expect(moved.length).toBeGreaterThan(0);
    expect(['n1', 'n2', 'n3', 'n4'].flatMap((id) => part.shown(id).has).toSorted()).toEqual(keys.toSorted());
    await read(part);
  });
});

test('a server that leaves gives all of its keys to the others', async () => {
  await play(async (part) => {
    await fill(part);
    await part.members.remove('n2');
    await part.host.clock.sleep(500);
    expect(part.shown('n2').has).toEqual([]);
    // What it gave away survives it.
    part.kill('n2');
    await read(part);
  });
});

test('keys come back to a server that has left and joined again, with what was written in between', async () => {
  await play(async (part) => {
    const { members, store } = part;
    for (const key of keys) await store.put(key, 'old');
    await members.remove('n1');
    await fill(part);
    await members.add('n1');
    await read(part);
    await members.remove('n3');
    await members.add('n3');
    await read(part);
  });
});

test('a key that was given away stays away when its old owner starts again', async () => {
  await play(async (part) => {
    await fill(part);
    await part.members.add('n4');
    await part.host.clock.sleep(500);
    const moved = part.shown('n4').has;
    for (const id of ['n1', 'n2', 'n3', 'n4']) {
      part.kill(id);
      part.restart(id);
    }
    await part.host.clock.sleep(500);
    expect(part.shown('n4').has.toSorted()).toEqual(moved.toSorted());
    await read(part);
  });
});

test('while the owner before is down a key that has just moved is refused, and it is there when that one is back', async () => {
  await play(async (part) => {
    await fill(part);
    part.kill('n1');
    await part.members.remove('n1');
    const lost = keys.find((key) =>
      part
        .shown('n2')
        .owners.concat(part.shown('n3').owners)
        .every(([one]) => one !== key),
    )!;
    await expect(part.store.get(lost)).rejects.toThrow(/refused|answered/);
    part.restart('n1');
    await part.host.clock.sleep(500);
    await read(part);
  });
});

test('members change one at a time, and the last one cannot leave', async () => {
  await play(async ({ members }) => {
    await members.remove('n1');
    await members.remove('n1');
    await members.remove('n2');
    await expect(members.remove('n3')).rejects.toThrow();
    await members.add('n1');
    await members.remove('n3');
  });
});

/** Servers that join and leave: who is asked for what, and what is known of the outcome. */
import { expect, test } from 'vitest';
import { type Host, Refused, TimedOut } from '../../protocols/host.ts';
import { Choices } from '../../sim/kernel/choices.ts';
import { limitsDefault } from '../../sim/kernel/loop.ts';
import { makePump } from '../../sim/platform/pump.ts';
import { chooseCore } from '../../sim/world/faults/core.ts';
import { Faults } from '../../sim/world/faults/faults.ts';
import { Membership } from '../../sim/world/membership.ts';
import type { Fault } from '../../sim/world/spec.ts';
import { World } from '../../sim/world/world.ts';

const constant = (valueUs: number) => ({ dist: 'constant', valueUs }) as const;

/** Four servers, two spare ones, and an operator whose library does as `answer` says. */
async function play(
  answer: (change: string, host: Host<never>) => Promise<void>,
  script: (stage: { world: World; faults: Faults; membership: Membership }) => void,
  seed = 'members',
) {
  const asked: string[] = [];
  const membership = new Membership(['n1', 'n2', 'n3', 'n4']);
  const library = (host: Host<never>) => {
    const ask = (change: string) => {
      asked.push(change);
      return answer(change, host);
    };
    return { add: (id: string) => ask(`add ${id}`), remove: (id: string) => ask(`remove ${id}`) };
  };
  const idle = () => {};
  const world = World.build(
    {
      network: {
        latency: constant(1000),
        loss: [0, 1],
        duplicate: [0, 1],
        links: [],
        reorder: { odds: [0, 1], by: constant(0) },
      },
      clocks: { skewUs: 0 },
      disk: { read: constant(1), write: constant(1), sync: constant(1) },
      ties: 'random',
      limits: { ...limitsDefault, virtualUs: 5_000_000 },
    },
    [
      ...['n1', 'n2', 'n3', 'n4'].map((id) => ({ id, program: idle, role: 'server' as const })),
      ...['n5', 'n6'].map((id) => ({ id, program: idle, role: 'spare' as const })),
      { id: 'c1', program: idle, role: 'client' },
      { id: 'o1', program: membership.program(library), role: 'operator' },
    ],
    new Choices(seed),
    {},
    membership,
  );
  const faults = new Faults(world);
  script({ world, faults, membership });
  await world.run(await makePump());
  return { asked, membership, world, faults };
}

const done = () => Promise.resolve();
const add = { kind: 'members', change: 'add', servers: ['n5'] } as const satisfies Fault;
const at = (world: World, atMs: number, task: () => void) => world.at(atMs * 1000, task);

test('a spare server is nobody’s peer, and is started like the others', async () => {
  const { world } = await play(done, () => {});
  expect(world.servers).toEqual(['n1', 'n2', 'n3', 'n4']);
  expect(world.serverMachines.map(({ id }) => id)).toEqual(['n1', 'n2', 'n3', 'n4', 'n5', 'n6']);
  expect(world.machine('n6').up).toBe(true);
});

test('a server joins, and the fault has touched something once that is confirmed', async () => {
  const touched: (boolean | undefined)[] = [];
  const { asked, membership } = await play(
    (_, host) => host.clock.sleep(100),
    ({ world, faults }) =>
      at(world, 100, () => {
        const active = faults.start(add, { label: 'x' });
        at(world, 150, () => touched.push(active?.touched()));
        at(world, 300, () => touched.push(active?.touched()));
      }),
  );
  expect(asked).toEqual(['add n5']);
  expect(touched).toEqual([false, true]);
  expect(membership.possible).toEqual([['n1', 'n2', 'n3', 'n4', 'n5']]);
});

test('who is replaced leaves when the new server has joined', async () => {
  const { asked } = await play(done, ({ world, faults }) =>
    at(world, 100, () => {
      faults.start({ kind: 'members', change: 'replace', targets: ['n2'] }, { label: 'x' });
    }),
  );
  expect(asked).toHaveLength(2);
  expect(asked[0]).toMatch(/^add n[56]$/);
  expect(asked[1]).toBe('remove n2');
});

test('the operator tries again until it has an answer, and nothing more once the safety phase is over', async () => {
  let failures = 0;
  const failing = async () => {
    failures += 1;
    throw failures % 2 === 0 ? new Refused() : new TimedOut();
  };
  const { asked } = await play(failing, ({ world, faults, membership }) => {
    at(world, 100, () => void faults.start(add, { label: 'x' }));
    at(world, 1000, () => membership.end());
  });
  expect(asked.length).toBeGreaterThan(5);
  expect(asked.length).toBeLessThan(30);
});

test('an operator without an answer turns to the next order, and nobody knows which configuration is in force', async () => {
  const { asked, membership, world } = await play(
    () => Promise.reject(new TimedOut()),
    ({ world, faults }) =>
      at(world, 100, () => {
        faults.start({ ...add, servers: ['n5', 'n6'] }, { label: 'x' });
      }),
  );
  expect(asked.slice(0, 4)).toEqual(['add n5', 'add n6', 'add n5', 'add n6']);
  expect(membership.possible.map((members) => members.length)).toEqual([4, 5, 5, 6]);
  const core = chooseCore(world, 'majority').map(({ id }) => id);
  expect(core).toContain('o1');
  for (const members of membership.possible) {
    expect(members.filter((id) => core.includes(id)).length).toBeGreaterThan(members.length / 2);
  }
});

test('where a majority must stay up the cluster never gets smaller than it was', async () => {
  const remove = { kind: 'members', change: 'remove', targets: ['n1', 'n2'] } as const satisfies Fault;
  const { asked } = await play(done, ({ world, faults }) => {
    at(world, 100, () => expect(faults.start(remove, { label: 'x', downMax: 1 })).toBeUndefined());
    at(world, 200, () => void faults.start(add, { label: 'y', downMax: 1 }));
    at(world, 300, () => void faults.start(remove, { label: 'z', downMax: 1 }));
  });
  expect(asked).toEqual(['add n5', 'remove n1']);
});

test('the same seed is the same run', async () => {
  const draw = { kind: 'members', change: 'add', servers: 'one-spare' } as const satisfies Fault;
  const once = async (seed: string) => {
    const { asked, world } = await play(
      done,
      ({ world, faults }) => at(world, 100, () => void faults.start(draw, { label: 'x' })),
      seed,
    );
    return [...asked, world.fingerprint.hex()];
  };
  expect(await once('1')).toEqual(await once('1'));
  const joined = await Promise.all([...'123456'].map(async (seed) => (await once(seed))[0]));
  expect(new Set(joined)).toEqual(new Set(['add n5', 'add n6']));
});

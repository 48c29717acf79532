/** Gossip: its decisions by the sentences of the papers, and how fast a write spreads. */
import { describe, expect, test } from 'vitest';
import {
  covers,
  type Entry,
  type GossipView,
  gossip,
  mayForget,
  Replica,
  Rumours,
  supersedes,
  union,
  wasForgotten,
} from '../../../protocols/gossip/index.ts';
import { gossipOptions } from '../../../protocols/gossip/options.ts';
import type { AnyProgram, Host } from '../../../protocols/host.ts';
import { defaultsOf } from '../../../protocols/protocol.ts';
import { until } from '../../contract/lab.ts';
import { simulatedLab } from '../../contract/simulated.ts';
import { loadedNamed, outcomeOf } from '../../determinism/runs.ts';
import { spreadOf } from './epidemic.ts';

const entry = (version: number, writer: string, value: Entry['value'] = version, key = 'a'): Entry => ({
  key,
  value,
  version,
  writer,
});

describe('Demers et al. §1.1', () => {
  test('a pair with a larger timestamp will always supersede one with a smaller timestamp', () => {
    expect(supersedes(entry(2, 'n1'), entry(1, 'n9'))).toBe(true);
    expect(supersedes(entry(1, 'n9'), entry(2, 'n1'))).toBe(false);
    expect(supersedes(entry(2, 'n2'), entry(2, 'n1')), 'no two are equal').toBe(true);
    expect(supersedes(entry(2, 'n1'), entry(2, 'n1'))).toBe(false);
    expect(supersedes(entry(1, 'n1'), undefined)).toBe(true);
  });

  test('whatever order they come in, copies that took in the same entries are the same', () => {
    const all = [entry(1, 'n1'), entry(2, 'n2', null), entry(2, 'n1', 5), entry(1, 'n3', 7, 'b')];
    const [forth, back] = [new Replica(), new Replica()];
    for (const one of all) forth.apply([one], {}, 0);
    for (const one of [...all].reverse()) back.apply([one], {}, 0);
    expect([...back.entries].sort()).toEqual([...forth.entries].sort());
    expect([forth.value('a'), forth.value('b')]).toEqual([null, 7]);
  });

  test('what is exchanged is the difference of two digests', () => {
    const [left, right] = [new Replica(), new Replica()];
    left.apply([entry(1, 'n1'), entry(2, 'n1', 2, 'b'), entry(3, 'n1', 3, 'c')], {}, 0);
    right.apply([entry(1, 'n1'), entry(4, 'n2', 4, 'b'), entry(5, 'n2', 5, 'd')], {}, 0);
    expect(right.newerThan(left.digest()).map(({ key }) => key)).toEqual(['b', 'd']);
    expect(left.digest().filter((line) => right.lacks(line))).toEqual([
      { key: 'c', version: 3, writer: 'n1' },
    ]);
    left.apply(right.newerThan(left.digest()), {}, 0);
    right.apply(left.entriesOf(['c']), {}, 0);
    expect(new Map([...right.entries].sort())).toEqual(new Map([...left.entries].sort()));
  });

  test('a new stamp is larger than all that its writer has seen (Lamport 1978, IR2)', () => {
    const replica = new Replica();
    replica.apply([entry(7, 'n2')], { n3: 9 }, 0);
    expect(replica.compose('n1', 'b', 1)).toEqual(entry(10, 'n1', 1, 'b'));
    expect(replica.compose('n1', 'b', 2).version, 'even before it has taken effect').toBe(11);
  });
});

test('what was seen is a version for each writer', () => {
  expect(covers({ n1: 3, n2: 1 }, { n1: 2 })).toBe(true);
  expect(covers({ n1: 3 }, { n2: 1 })).toBe(false);
  expect(union({ n1: 3, n2: 1 }, { n1: 2, n2: 4, n3: 1 })).toEqual({ n1: 3, n2: 4, n3: 1 });
});

describe('Demers et al. §2: death certificates', () => {
  const tombstone = entry(5, 'n1', null);
  const standing = { age: 100, lifetime: 100, seen: { n1: 5 }, seenBy: [{ n1: 5 }, { n1: 9 }] };

  test('are kept for their lifetime', () => {
    expect(mayForget(tombstone, standing)).toBe(true);
    expect(mayForget(tombstone, { ...standing, age: 99 })).toBe(false);
  });

  test('and until it is certain that every site has received it', () => {
    expect(mayForget(tombstone, { ...standing, seenBy: [{ n1: 5 }, { n1: 4 }] })).toBe(false);
    expect(mayForget(tombstone, { ...standing, seenBy: [{ n1: 5 }, undefined] })).toBe(false);
    expect(mayForget(tombstone, { ...standing, seen: { n1: 4 } }), 'it came as a rumour').toBe(false);
  });

  test('an obsolete copy that comes after that is known for what it is', () => {
    expect(wasForgotten(entry(3, 'n2'), { n2: 3 })).toBe(true);
    expect(wasForgotten(entry(4, 'n2'), { n2: 3 })).toBe(false);
    const replica = new Replica();
    replica.apply([entry(3, 'n2')], {}, 0);
    replica.apply([tombstone], { n1: 5, n2: 3 }, 0);
    replica.forget(99, 100, () => [{ n1: 5 }]);
    expect(replica.entries.size).toBe(1);
    replica.forget(100, 100, () => [{ n1: 5 }]);
    expect([replica.entries.size, replica.forgotten]).toEqual([0, 1]);
    expect([replica.lacks(entry(3, 'n2')), replica.lacks(entry(6, 'n2'))]).toEqual([false, true]);
  });
});

test('what was news when it came is none when its deletion was learnt and forgotten meanwhile', () => {
  const replica = new Replica();
  const value = entry(1, 'n1');
  expect(replica.lacks(value)).toBe(true);
  replica.apply([entry(2, 'n1', null)], { n1: 2 }, 0);
  expect(replica.forget(10, 5, () => [{ n1: 2 }])).toHaveLength(1);
  replica.apply([value], {}, 20);
  expect(replica.value('a')).toBeNull();
});

test.each(['push', 'pull', 'push-pull'])('%s: who writes alone forgets its tombstones, too', async (mode) => {
  const options = { ...defaultsOf(gossipOptions), mode, interval: 20, tombstoneLifetime: 50 };
  const program = gossip.roles.node.program(options) as AnyProgram;
  await simulatedLab('alone').play({ n1: program, n2: program, n3: program }, async (host, control) => {
    const map = gossip.clients.map(host as unknown as Host<never>, ['n1'], options);
    await map.put('a', 1);
    await map.delete('a');
    const has = (id: string) => (control.view(id) as GossipView | undefined)?.entries.has('a');
    await until(host, 'all to forget it', () => ['n1', 'n2', 'n3'].every((id) => has(id) === false));
  });
});

test('a value that no message may hold is an error at once', async () => {
  const options = defaultsOf(gossipOptions);
  const program = gossip.roles.node.program(options) as AnyProgram;
  await simulatedLab('wrong').play({ n1: program }, async (host) => {
    const map = gossip.clients.map(host as unknown as Host<never>, ['n1'], options);
    const from = host.clock.elapsed();
    await expect(map.put('a', undefined as never)).rejects.toThrow(TypeError);
    expect(host.clock.elapsed() - from).toBeLessThan(50);
  });
});

describe('Demers et al. §1.4: rumour mongering', () => {
  test('a site loses interest after k unnecessary contacts', () => {
    const rumours = new Rumours(2);
    const one = entry(1, 'n1');
    rumours.add(one);
    rumours.told([one], ['a']);
    rumours.told([one], []);
    expect(rumours.entries).toEqual([one]);
    rumours.told([one], []);
    expect(rumours.entries).toEqual([]);
  });

  test('a newer rumour of the same key is hot again', () => {
    const rumours = new Rumours(1);
    rumours.add(entry(1, 'n1'));
    rumours.add(entry(2, 'n1'));
    rumours.told([entry(1, 'n1')], []);
    expect(rumours.entries).toEqual([entry(2, 'n1')]);
    const silent = new Rumours(0);
    silent.add(entry(1, 'n1'));
    expect(silent.entries).toEqual([]);
  });
});

describe('a write among 128 hosts', () => {
  const hosts = 128;
  const pittel = Math.log2(hosts) + Math.log(hosts);
  const roundsOf = async (options: Parameters<typeof spreadOf>[1]) => {
    const all = [];
    for (const seed of ['1', '2', '3', '4', '5']) all.push((await spreadOf(hosts, options, seed)).rounds);
    return all;
  };

  test('is everywhere after 1.5 (log2 n + ln n) rounds, pushed or pulled (Pittel 1987)', async () => {
    for (const mode of ['push', 'pull']) {
      for (const rounds of await roundsOf({ mode })) expect(rounds, mode).toBeLessThan(1.5 * pittel);
    }
  });

  test('is everywhere after log2 n + ln n rounds, pushed and pulled (Karp et al. 2000)', async () => {
    for (const rounds of await roundsOf({ mode: 'push-pull' })) expect(rounds).toBeLessThan(pittel);
  });

  test('spreads faster to several at a time', async () => {
    const sum = (all: number[]) => all.reduce((left, right) => left + right, 0);
    expect(sum(await roundsOf({ fanout: 3 }))).toBeLessThan(0.7 * sum(await roundsOf({})));
  });

  test('takes fewer messages as a rumour, of which anti-entropy is the backup (Demers et al. §1.4)', async () => {
    const differences = await spreadOf(hosts, {}, '1');
    const rumours = await spreadOf(hosts, { rumours: 2, antiEntropy: 10 }, '1');
    expect(rumours.messages).toBeLessThan(differences.messages);
  });
});

test('a thousand copies become the same within seconds', async () => {
  const { scenario } = await loadedNamed('lessons/thousand-copies');
  const { verdict, reasons, operations } = await outcomeOf(scenario, '1');
  expect({ verdict, reasons }).toEqual({ verdict: 'held', reasons: [] });
  expect(operations.ok).toBeGreaterThan(20);
});

describe('a host that was away for longer than a tombstone lives', () => {
  test('learns of the deletion when it is back', async () => {
    const { scenario } = await loadedNamed('lessons/deleted-while-away');
    const { verdict, violations } = await outcomeOf(scenario, '1');
    expect({ verdict, violations }).toEqual({ verdict: 'held', violations: [] });
  });

  test('and brings back the dead if tombstones are dropped by age alone', async () => {
    const { scenario } = await loadedNamed('lessons/deleted-while-away');
    const { violations } = await outcomeOf({ ...scenario, protocol: 'zoo/gossip-resurrects' }, '1');
    expect(violations.map(({ check }) => check)).toContain('deleted-stays-deleted');
  });
});

/** Balance and movement of keys on the ring and by rendezvous, measured against what the definitions promise. */
import { describe, expect, test } from 'vitest';
import { binaryLogarithm, logarithmOne } from '../../../protocols/placement/binary-logarithm.ts';
import { hashPair, hashText } from '../../../protocols/placement/hash.ts';
import { type Member, type Place, rendezvous, ring } from '../../../protocols/placement/index.ts';
import { imbalance, needlessMove } from '../../../sim/index.ts';

const points = 256;
const kinds: readonly (readonly [string, Place])[] = [
  ['ring', ring(points)],
  ['rendezvous', rendezvous],
];
const keys = Array.from({ length: 20_000 }, (_, at) => `user:${at}`);
const members = (count: number, weightOf: (at: number) => number = () => 1): Member[] =>
  Array.from({ length: count }, (_, at) => ({ id: `n${at + 1}`, weight: weightOf(at) }));
const assigned = (place: Place, all: readonly Member[]): Map<string, string> => {
  const placement = place(all);
  return new Map(keys.map((key) => [key, placement.owners(key, 1)[0]!]));
};
const idsOf = (all: readonly Member[]) => all.map(({ id }) => id);
const countOf = (assignment: ReadonlyMap<string, string>, id: string) =>
  [...assignment.values()].filter((owner) => owner === id).length;

describe.each(kinds)('%s', (_, place) => {
  test('§4 balance: no server has more than 125% of an equal share (256 points each on the ring)', () => {
    const all = members(10);
    expect(imbalance(assigned(place, all), idsOf(all), 125)).toBeUndefined();
  });

  test('the shares of unequal servers are as their weights, off by at most a fifth', () => {
    const all = members(6, (at) => at + 1);
    const assignment = assigned(place, all);
    for (const { id, weight } of all) {
      const ideal = (keys.length * weight) / 21;
      const count = countOf(assignment, id);
      expect(count, id).toBeGreaterThan(ideal * 0.8);
      expect(count, id).toBeLessThan(ideal * 1.2);
    }
  });

  test('§4 monotonicity: when a server joins keys move only to it, about one in as many as there are servers then', () => {
    const [before, after] = [members(9), members(10)];
    const [old, now] = [assigned(place, before), assigned(place, after)];
    expect(needlessMove(old, now, { before: idsOf(before), after: idsOf(after) })).toBeUndefined();
    const moved = keys.filter((key) => old.get(key) !== now.get(key)).length;
    expect(moved).toBe(countOf(now, 'n10'));
    expect(moved).toBeGreaterThan(keys.length / 10 / 1.25);
    expect(moved).toBeLessThan((keys.length / 10) * 1.25);
  });

  test('when a server leaves only its keys move, and all others get some of them', () => {
    const before = members(10);
    const after = before.filter(({ id }) => id !== 'n4');
    const [old, now] = [assigned(place, before), assigned(place, after)];
    for (const key of keys) if (old.get(key) !== 'n4') expect(now.get(key)).toBe(old.get(key));
    const heirs = new Set(keys.filter((key) => old.get(key) === 'n4').map((key) => now.get(key)));
    expect(heirs.size).toBe(9);
  });

  test('a heavier server takes keys from the others only, and a lighter one gives keys to them only', () => {
    const [light, heavy] = [members(5), members(5, (at) => (at === 2 ? 3 : 1))];
    const [few, many] = [assigned(place, light), assigned(place, heavy)];
    for (const key of keys) if (few.get(key) !== many.get(key)) expect(many.get(key)).toBe('n3');
  });

  test('the owners of a key are different; when the first leaves the next follow in their order', () => {
    const before = members(6);
    for (const key of keys.slice(0, 500)) {
      const owners = place(before).owners(key, 4);
      expect(new Set(owners).size).toBe(4);
      const after = before.filter(({ id }) => id !== owners[0]);
      expect(place(after).owners(key, 3)).toEqual(owners.slice(1));
    }
  });

  test('the order of the members does not matter, and more owners than members are not to be had', () => {
    const all = members(4);
    for (const key of keys.slice(0, 200)) {
      expect(place([...all].reverse()).owners(key, 4)).toEqual(place(all).owners(key, 9));
    }
    expect(place([]).owners('a', 1)).toEqual([]);
  });
});

test('§4 spread of the load: with more points on the ring the shares are more even', () => {
  const all = members(10);
  const excess = (count: number) => {
    const assignment = assigned(ring(count), all);
    return Math.max(...idsOf(all).map((id) => countOf(assignment, id))) / (keys.length / 10);
  };
  const [few, many] = [excess(1), excess(1024)];
  expect(few).toBeGreaterThan(1.5);
  expect(many).toBeLessThan(1.1);
});

describe('the hash', () => {
  test('is MurmurHash3 of a text, so that keys keep their places', () => {
    // By another implementation of MurmurHash3_x86_32, over UTF-16 little-endian.
    expect(['', 'a', 'user:1', 'n1 0'].map((text) => hashText(text))).toEqual([
      0, 1867108634, 3881978177, 700539481,
    ]);
  });

  test('flips each bit of the result half of the time when one bit of a key flips', () => {
    for (let bit = 0; bit < 16; bit++) {
      const flips = new Array(32).fill(0);
      for (let at = 0; at < 2000; at++) {
        const text = `${at}x`;
        const other = String.fromCharCode(text.charCodeAt(0) ^ (1 << bit)) + text.slice(1);
        const difference = hashText(text) ^ hashText(other);
        for (let place = 0; place < 32; place++) flips[place] += (difference >>> place) & 1;
      }
      for (const count of flips) {
        expect(count).toBeGreaterThan(850);
        expect(count).toBeLessThan(1150);
      }
    }
  });

  test('of a pair depends on which comes first', () => {
    expect(hashPair(1, 2)).not.toBe(hashPair(2, 1));
  });
});

describe('the binary logarithm of whole numbers', () => {
  test('is exact at powers of two, and near the real one everywhere', () => {
    for (let bit = 0; bit < 32; bit++) expect(binaryLogarithm(2 ** bit)).toBe(bit * logarithmOne);
    expect(binaryLogarithm(2 ** 32)).toBe(32 * logarithmOne);
    for (let value = 1; value < 2 ** 32; value = Math.ceil(value * 1.001)) {
      expect(Math.abs(binaryLogarithm(value) / logarithmOne - Math.log2(value))).toBeLessThan(1 / 3_000_000);
    }
  });

  test('never decreases', () => {
    for (const from of [1, 1_000_000, 2 ** 31 - 3000, 2 ** 32 - 5000]) {
      for (let value = from; value < from + 5000 && value < 2 ** 32; value++) {
        expect(binaryLogarithm(value + 1)).toBeGreaterThanOrEqual(binaryLogarithm(value));
      }
    }
  });
});

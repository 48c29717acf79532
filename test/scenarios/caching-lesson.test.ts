/** A stale set: a value that comes late stays for good, unless its lease is void. */
import { expect, test } from 'vitest';
import { loadedNamed, recorded } from '../determinism/runs.ts';

const loaded = await loadedNamed('lessons/stale-set');
const seeds = ['1', '2', '3'];
const told = async (lesson: typeof loaded, seed: string) => {
  const { violations, full } = await recorded(lesson, seed);
  const logged = full!.trace
    .filter(({ type }) => type === 'log')
    .map(({ detail }) => detail as { event: string });
  return {
    broken: violations.map(({ check }) => check),
    read: full!.history.filter(({ f }) => f === 'get').map(({ output }) => output),
    isRefused: logged.some(({ event }) => event === 'value came too late'),
  };
};

test('without a look at the lease the old value is set, and served from then on', async () => {
  for (const seed of seeds) {
    expect(await told(loaded, seed)).toEqual({ broken: ['cache-coherent'], read: [1, 1], isRefused: false });
  }
});

test('§3.2.1 with leases it is refused, and the next one reads the new value', async () => {
  const fixed = { ...loaded, scenario: { ...loaded.scenario, protocol: 'caching' } };
  for (const seed of seeds) {
    expect(await told(fixed, seed)).toEqual({ broken: [], read: [1, 2], isRefused: true });
  }
});

/** An asynchronous failover loses a write that was acknowledged; one that waited for a secondary cannot. */
import { expect, test } from 'vitest';
import { loadedNamed, recorded } from '../determinism/runs.ts';

const loaded = await loadedNamed('lessons/asynchronous-failover');
const seeds = ['1', '2', '3'];

/** What became of the write that the primary took when it was alone, and of the reads after it. */
async function told(seed: string, options: object) {
  const { scenario } = loaded;
  const changed = { ...scenario, options: { ...scenario.options, ...options } };
  const { violations, full } = await recorded({ scenario: changed }, seed);
  const [, write, ...reads] = full!.history;
  const cut = full!.trace
    .map(({ detail }) => detail as { event?: string; entries?: number } | undefined)
    .filter((detail) => detail?.event === 'divergent tail cut');
  return {
    broken: violations.map(({ check }) => check),
    write: write!.type,
    read: reads.map(({ output }) => output),
    cut: cut.map((detail) => detail!.entries),
  };
}

test('asynchronous: it was acknowledged, and the next primary does not have it; the old one gives it up', async () => {
  for (const seed of seeds) {
    expect(await told(seed, {})).toEqual({ broken: ['linearizable'], write: 'ok', read: [1, 1], cut: [1] });
  }
});

test('semi-synchronous: it was not acknowledged while only one had it', async () => {
  for (const seed of seeds) {
    const { broken, read } = await told(seed, { mode: 'semi-synchronous' });
    // The client goes on asking, and the next primary takes the write.
    expect({ broken, read }).toEqual({ broken: [], read: [2, 2] });
  }
});

/** Scripted lessons show what they say. */
import { expect, test } from 'vitest';
import { loadedNamed, recorded } from '../determinism/runs.ts';

test('two-phase commit blocks: all are in doubt while the coordinator is away', async () => {
  const loaded = await loadedNamed('lessons/commit-blocked');
  const outcome = await recorded(loaded, loaded.scenario.seeds[0]!);
  expect(outcome.violations.map(({ check }) => check)).toEqual(['in-doubt']);
  const logged = outcome.full!.trace.filter(({ type }) => type === 'log').map(({ detail }) => detail);
  expect(logged.filter((detail) => (detail as { event: string }).event === 'in doubt')).toHaveLength(2);
});

test('and goes on when the coordinator is back: what nobody decided is presumed to have aborted', async () => {
  const { scenario, ...loaded } = await loadedNamed('lessons/commit-blocked');
  const checks = scenario.checks.map((check) =>
    check.name === 'in-doubt' ? { ...check, options: { within: 8000 } } : check,
  );
  const outcome = await recorded({ ...loaded, scenario: { ...scenario, checks } }, '1');
  expect(outcome.verdict).toBe('held');
  expect(outcome.full!.history.map(({ type }) => type)).toEqual(['info', 'ok']);
});

/** Stories of known mistakes, to be read: each is made smaller with a number of runs, so that it is the same everywhere. */
import { expect, test } from 'vitest';
import { explanationText } from '../../reports/index.ts';
import { plainPalette } from '../../reports/palette.ts';
import { catalogue, promiseOf, shrink, smallestOf, type Trial, tellStory } from '../../sim/entry/main.ts';
import { loadedNamed, outcomeOf } from '../determinism/runs.ts';
import { transcript } from '../transcripts/transcript.ts';

const trial: Trial = (own, seed, record, replay) =>
  outcomeOf(own, seed, { record, ...(replay && { replay }) });

// `explain lessons/redlock-pause 400 runs`: the first seed that its scenario pins.
transcript('search/stories', async (script) => {
  const [, name = '', runs = ''] = /^explain (\S+) (\d+) runs$/.exec(script.join(' ')) ?? [];
  const { scenario } = await loadedNamed(name);
  const outcome = await trial(scenario, scenario.seeds[0]!, 'full');
  const takesScript = catalogue.workloads.get(scenario.workload.type)?.performer !== undefined;
  const budget = { runs: Number(runs) };
  const shrunk = (await shrink(scenario, outcome, trial, { nowMs: () => 0, takesScript, budget }))!;
  const promise = promiseOf(shrunk.check);
  const smallest = smallestOf(shrunk, promise);
  const { sentences } = smallest.story;
  expect(sentences.length).toBeLessThanOrEqual(12);
  expect(smallest.necessity.filter(({ isNeeded }) => !isNeeded)).toEqual([]);
  const explained = {
    ...{ scenario: name, seed: outcome.seed, violations: outcome.violations, shrunk: smallest },
    story: tellStory(outcome, { ...(promise !== undefined && { promise }) })!,
    replay: `skerry replay ${name} --seed ${outcome.seed}`,
  };
  return explanationText(explained, { palette: plainPalette, nameWidth: name.length });
});

test('what could not have had an influence is not told', async () => {
  const { scenario } = await loadedNamed('zoo/raft-forgets-vote');
  const outcome = await trial(scenario, scenario.seeds[0]!, 'full');
  const { trace } = outcome.full!;
  const { sentences } = tellStory(outcome)!;
  const told = sentences.filter(({ kind }) => kind === 'host').length;
  const logged = trace.filter(({ type }) => type === 'log').length;
  expect(told).toBeGreaterThan(0);
  expect(told).toBeLessThan(logged);
  // The same run, in which a server says something after all that was seen.
  const last = trace.at(-1)!;
  const late = {
    ...last,
    seq: last.seq + 1,
    event: last.event + 1,
    host: 'n9',
    type: 'log',
    detail: { event: 'late' },
  };
  const more = { ...outcome, full: { ...outcome.full!, trace: [...trace.slice(0, -1), late, last] } };
  expect(tellStory(more)!.sentences.map(({ text }) => text)).not.toContain('n9: late');
});

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

test.each<[string, RegExp, RegExp, string?]>([
  ['zoo/hlc-forgets-counter', /stamped \(number .* sent to/, /received and stamped/],
  [
    'lessons/deleted-while-away',
    /deletes|hears of a deletion|forgets a tombstone/,
    /hears of a value/,
    'zoo/gossip-resurrects',
  ],
  ['zoo/ids-follow-clock', /id given/, /id given/],
])('the story of %s has what contradicts each other', async (name, one, other, protocol) => {
  const { scenario } = await loadedNamed(name);
  const flawed = protocol === undefined ? scenario : { ...scenario, protocol };
  const { sentences } = tellStory(await trial(flawed, scenario.seeds[0] ?? '1', 'full'))!;
  // Stamps, versions and identifiers that the violation quotes.
  const quotes = [...sentences.at(-1)!.text.matchAll(/"([^"]+)"/g)].map(([, text]) => text!);
  const quoted = quotes.filter(({ length }) => length > 2);
  expect(quoted.length).toBeGreaterThan(0);
  const told = sentences.slice(0, -1).filter(({ text }) => quoted.some((stamp) => text.includes(stamp)));
  expect(told.some(({ text }) => one.test(text))).toBe(true);
  expect(told.some(({ text }) => other.test(text))).toBe(true);
});

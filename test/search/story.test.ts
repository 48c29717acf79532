/** Stories of known mistakes, to be read: each is made smaller with a number of runs, so that it is the same everywhere. */
import { describe, expect, test } from 'vitest';
import { explanationText } from '../../reports/index.ts';
import { plainPalette } from '../../reports/palette.ts';
import { catalogue, promiseOf, shrink, smallestOf, type Trial, tellStory } from '../../sim/entry/main.ts';
import type { Operation, Outcome, TraceEvent } from '../../sim/index.ts';
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

/** Two clients hold a lock that n1 gave to both; it was killed in between, which nothing else says. */
describe('of more faults than there is room for', () => {
  const at = (event: number, ms: number, type: string, host: string | undefined, detail: object) =>
    ({
      event,
      seq: event,
      cause: event - 1,
      atUs: ms * 1000,
      type,
      detail,
      ...(host && { host }),
    }) as TraceEvent;
  const acquired = (client: string, callMs: number, returnMs: number): Operation => ({
    ...{ process: Number(client.slice(1)), client, f: 'acquire', key: 'a', type: 'ok', output: true },
    ...{ call: callMs, return: returnMs, callUs: callMs * 1000, returnUs: returnMs * 1000 },
  });
  const [first, second] = [acquired('c1', 1000, 1010), acquired('c2', 1040, 1050)];
  const asked = (event: number, ms: number, from: string, to: string) =>
    at(event, ms, 'deliver', to, { from, to, kind: 'acquire' });
  const trace = [
    asked(1, 1005, 'c1', 'n1'),
    asked(2, 1010, 'n1', 'c1'),
    at(3, 1010, 'operation', 'c1', { type: 'ok' }),
    at(4, 1020, 'kill', 'n1', { storage: 'lose-unsynced', changesLost: 0 }),
    at(5, 1020, 'kill', 'n2', { storage: 'lose-unsynced', changesLost: 0 }),
    // They concern a holder, and are later.
    ...Array.from({ length: 20 }, (_, index) =>
      at(6 + index, 1030, 'fault', undefined, { kind: 'packet', text: `the links of {c1, n${3 + index}}` }),
    ),
    asked(26, 1045, 'c2', 'n1'),
    asked(27, 1050, 'n1', 'c2'),
    at(28, 1050, 'operation', 'c2', { type: 'ok' }),
  ];
  const told = (evidence: object) => {
    const message = 'c1 and c2 both hold "a" at 1.05s';
    const violations = [{ check: 'mutual-exclusion', atUs: 1_050_000, message, evidence }];
    const full = { trace, history: [first, second], tape: new Map(), faults: [], hosts: [] };
    return tellStory({ violations, full, virtualUs: 1_050_000 } as unknown as Outcome)!.sentences;
  };

  test.each([
    ['that are its evidence', { operations: [first, second] }],
    [
      'whose times are its evidence',
      { first: { host: 'c1', sinceUs: 1_010_000 }, second: { host: 'c2', sinceUs: 1_050_000 } },
    ],
  ])('the one is told that struck the host of the operations %s, between them', (_, evidence) => {
    const texts = told(evidence).map(({ text }) => text);
    expect(texts.filter((text) => text.includes('acquire'))).toHaveLength(2);
    expect(texts).toContain('n1 was killed');
    expect(texts).not.toContain('n2 was killed');
  });
});

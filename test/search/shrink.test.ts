import { beforeAll, describe, expect, test } from 'vitest';
import type { Host } from '../../protocols/host.ts';
import { raftWith } from '../../protocols/raft/index.ts';
import {
  catalogue,
  formatScenario,
  makePump,
  type Outcome,
  parseScenario,
  type RunOptions,
  type Scenario,
  type Shrunk,
  shrink,
  simulate,
  smallestOf,
  type Trial,
} from '../../sim/entry/main.ts';
import { concrete } from '../../sim/search/shrink/concrete.ts';
import { drawText } from '../../sim/search/shrink/decisions.ts';
import { minimal } from '../../sim/search/shrink/minimal.ts';
import { loadedNamed, outcomeOf } from '../determinism/runs.ts';

describe('the smallest list that fails', () => {
  const items = Array.from({ length: 40 }, (_, index) => index);
  const search = async (fails: (subset: readonly number[]) => boolean) => {
    let runs = 0;
    const found = await minimal(items, async (subset) => {
      runs += 1;
      return fails(subset);
    });
    return { found, runs };
  };

  test('keeps what it takes, wherever it is, and nothing else', async () => {
    const { found, runs } = await search((subset) => [3, 4, 31].every((item) => subset.includes(item)));
    expect(found).toEqual([3, 4, 31]);
    expect(runs).toBeLessThan(120);
  });

  test('is empty if nothing is needed, and whole if all is', async () => {
    expect((await search(() => true)).found).toEqual([]);
    expect((await search((subset) => subset.length === 40)).found).toEqual(items);
  });

  test('has no item that could be left out, even where items stand in for each other', async () => {
    const { found } = await search((subset) => subset.filter((item) => item % 2 === 0).length >= 3);
    expect(found.length).toBe(3);
  });

  test('asks only about lists that are smaller than what it has', async () => {
    const sizes: number[] = [];
    await minimal(items, async (subset) => {
      sizes.push(subset.length);
      return subset.length >= 10;
    });
    expect(Math.max(...sizes)).toBeLessThan(40);
  });
});

/** What the clients saw, without the numbers of events. */
const seen = ({ full }: Outcome) =>
  full!.history.map(({ client, f, key, value, output, type, callUs, returnUs }) => ({
    ...{ client, f, key, value, output, type, callUs, returnUs },
  }));

test.each(['raft/chaos', 'raft/overthrow'])(
  'a run of %s that is written out as a script is the same run for its clients',
  async (name) => {
    const { scenario } = await loadedNamed(name);
    const short = { ...scenario, durationUs: 5_000_000, recoveryUs: 1_000_000 };
    for (const seed of ['1', '2', '3']) {
      const drawn = await outcomeOf(short, seed, { record: 'full' });
      expect(drawn.full!.faults.length).toBeGreaterThan(3);
      const scripted = await outcomeOf(concrete(short, drawn, true), seed, { record: 'full' });
      expect(seen(scripted)).toEqual(seen(drawn));
    }
  },
);

test.each([
  ['n1>n2 appendEntries loss', 2, 99, 'packet 3 of appendEntries n1→n2: lost'],
  ['n1>n2 vote duplicate nemesis 4', 0, 9, 'packet 1 of vote n1→n2: doubled (nemesis 4)'],
  ['c1>n2 get delay', 0, 2 ** 31, 'packet 1 of get c1→n2: under way for 2 ms'],
  ['n2 boot', 0, 731, 'n2 boots 0.731 ms after the start'],
  ['n2 election timeout', 1, 187_213, 'n2 election timeout, second draw: 187213'],
])('the draw %s %i is told as what it decided', async (label, ordinal, value, text) => {
  const { scenario } = await loadedNamed('raft/chaos');
  expect(drawText(label, ordinal, value, scenario)).toBe(text);
});

describe('a failure made smaller', () => {
  let scenario: Scenario;
  let shrunk: Shrunk;
  const trial: Trial = (own, seed, record, replay) =>
    outcomeOf(own, seed, { record, ...(replay && { replay }) });

  beforeAll(async () => {
    const loaded = await loadedNamed('zoo/raft-forgets-vote');
    scenario = loaded.scenario;
    const outcome = await trial(scenario, scenario.seeds[0]!, 'full');
    // Runs, not time: the same on every machine.
    const options = { nowMs: () => 0, takesScript: true, budget: { runs: 700 } };
    shrunk = (await shrink(scenario, outcome, trial, options))!;
  });

  test('breaks the same check with at most 3 faults and 10 operations', () => {
    expect(shrunk.check).toBe('election-safety');
    expect(shrunk.outcome.violations[0]?.check).toBe('election-safety');
    expect(shrunk.before.faults).toBeGreaterThan(10);
    expect(shrunk.after.faults).toBeLessThanOrEqual(3);
    expect(shrunk.after.operations).toBeLessThanOrEqual(10);
    expect(shrunk.after.nodes).toBeLessThan(shrunk.before.nodes);
    expect(shrunk.after.virtualUs).toBeLessThan(shrunk.before.virtualUs);
  });

  test('holds without any one of the faults that are left', () => {
    expect(shrunk.necessity.length).toBe(shrunk.after.faults);
    expect(shrunk.necessity.every(({ isNeeded }) => isNeeded)).toBe(true);
  });

  test('needs a few draws only: with those, and all others calm, the same check breaks', async () => {
    const { scenario: small, seed, draws, outcome } = shrunk;
    const drawn = (tape: typeof draws) => [...tape!.values()].reduce((sum, { size }) => sum + size, 0);
    expect(drawn(draws)).toBeLessThan(drawn(outcome.full!.tape) / 2);
    const calmer = await outcomeOf(small, seed, { replay: { tape: draws!, fallback: 'calm' } });
    expect(calmer.violations[0]?.check).toBe('election-safety');
  });

  test('tells its decisions by names: each fault, each operation, each draw that matters', () => {
    const { decisions, necessity, story } = smallestOf(shrunk, 'one leader a term');
    expect(decisions[0]).toMatch(/^fault 1: (kill|split|isolation|restart|pause)/);
    const { faults, operations } = shrunk.after;
    expect(decisions.length).toBeGreaterThanOrEqual(faults + operations);
    for (const text of decisions.slice(faults + operations)) {
      expect(text).toMatch(/^packet \d+ of \w+ |^\w+ boots | draw: \d+$|^and \d+ more/);
    }
    expect(necessity[0]!.text).toMatch(/^the .+ at [\d.]+ s$/);
    expect(story.promise).toBe('one leader a term');
  });

  test('its story tells every necessary fault', () => {
    const { story } = smallestOf(shrunk);
    const told = story.sentences.filter(({ kind }) => kind === 'fault').length;
    expect(told).toBeGreaterThanOrEqual(shrunk.after.faults);
    expect(story.sentences.length).toBeLessThanOrEqual(12);
    expect(story.sentences.at(-1)).toMatchObject({ kind: 'violation' });
  });

  test('is a scenario file, which pins its seed, expects the check to break, and is the same run', async () => {
    const text = formatScenario(shrunk.scenario, catalogue);
    const parsed = parseScenario(text, { file: 'shrunk.yaml', catalogue });
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
    expect(parsed.scenario).toMatchObject({
      seeds: [shrunk.seed],
      expect: { verdict: 'broken', by: 'election-safety' },
    });
    const again = await outcomeOf(parsed.scenario, shrunk.seed);
    expect(again.fingerprint).toBe(shrunk.outcome.fingerprint);
  });

  test('breaks the same check after an edit that draws and logs something more', async () => {
    const forgetful = raftWith({ persistVote: () => Promise.resolve() });
    const { program } = forgetful.roles.node;
    const edited = {
      ...forgetful,
      name: scenario.protocol,
      roles: {
        node: {
          ...forgetful.roles.node,
          program: (options: never) => (host: Host<never>) => {
            host.random.below(1000, 'something new');
            host.log('something new');
            host.clock.after(50, () => host.log('something later', { drawn: host.random.below(9, 'later') }));
            return program(options)(host as never);
          },
        },
      },
    };
    const protocols = new Map(catalogue.protocols).set(scenario.protocol, edited as never);
    const run = async (options: RunOptions = {}) =>
      simulate(shrunk.scenario, shrunk.seed, { ...catalogue, protocols }, await makePump({}), options);
    const outcome = await run();
    expect(outcome.fingerprint).not.toBe(shrunk.outcome.fingerprint);
    expect(outcome.violations[0]?.check).toBe('election-safety');
  });

  test('a run that breaks nothing is not shrunk', async () => {
    const { scenario: calm } = await loadedNamed('raft/partition');
    const outcome = await trial({ ...calm, durationUs: 2_000_000 }, '1', 'full');
    expect(outcome.verdict).not.toBe('broken');
    expect(await shrink(calm, outcome, trial, { nowMs: () => 0, takesScript: true })).toBeUndefined();
  });

  describe('is the same whatever the machine', () => {
    /** A machine on which so much time passes between two looks at its clock. */
    async function shrunkBy(lookMs: number, wallMs: number) {
      let ms = 0;
      const nowMs = () => {
        ms += lookMs;
        return ms;
      };
      const outcome = await trial(scenario, scenario.seeds[0]!, 'full');
      const options = { nowMs, takesScript: true, budget: { events: 20_000, wallMs } };
      const found = (await shrink(scenario, outcome, trial, options))!;
      const { wallMs: _, ...small } = smallestOf(found);
      return { file: formatScenario(found.scenario, catalogue), text: JSON.stringify(small), ...small };
    }

    test('a budget of events ends it at the same run, byte for byte', async () => {
      const [fast, slow] = [await shrunkBy(0.001, 1e6), await shrunkBy(500, 1e6)];
      expect(fast).toMatchObject({ isCutShort: true, ranOutOfTime: false });
      expect(slow.text).toBe(fast.text);
      expect(slow.file).toBe(fast.file);
    });

    test('and where time had to end it, it says so', async () => {
      const late = await shrunkBy(500, 10_000);
      expect(late).toMatchObject({ isCutShort: true, ranOutOfTime: true });
      expect(late.violations[0]?.check).toBe('election-safety');
    });
  });

  test('ends within its budget, with a failure at any time', async () => {
    const outcome = await trial(scenario, scenario.seeds[0]!, 'full');
    const options = { nowMs: () => 0, takesScript: true, budget: { runs: 25 } };
    const early = (await shrink(scenario, outcome, trial, options))!;
    expect(early.isCutShort).toBe(true);
    expect(early.outcome.violations[0]?.check).toBe('election-safety');
    expect(early.after.faults).toBeLessThanOrEqual(early.before.faults);
  });
});

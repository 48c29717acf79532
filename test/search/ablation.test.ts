import { describe, expect, test } from 'vitest';
import { ablationText, plainPalette } from '../../reports/index.ts';
import { ablationRow, type Outcome, variantsOf } from '../../sim/index.ts';
import { parseScenario } from '../../sim/search/scenario/index.ts';
import { loadedNamed, outcomeOf } from '../determinism/runs.ts';
import { catalogue, LEAST } from './scenario-fixture.ts';

function scenario(lines: string) {
  const parsed = parseScenario(LEAST + lines, { file: 'x.yaml', catalogue });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.scenario;
}

describe('the variants of a scenario', () => {
  const varied = scenario(
    [
      'network: { loss: 1%, reorder: 2% }',
      'clocks: { skew: 1ms, drift: 10ppm }',
      'buggify: true',
      'faults: [{ at: 1s, pause: one }]',
      'nemesis: { faults: [kill, pause] }',
      '',
    ].join('\n'),
  );
  const variants = new Map(variantsOf(varied).map(({ without, scenario }) => [without, scenario]));

  test('are one for each thing that breaks, and one without any', () => {
    expect([...variants.keys()]).toEqual([
      'pause',
      'kill',
      'network loss',
      'network reordering',
      'clock skew',
      'clock drift',
      'buggify',
      'everything',
    ]);
    expect(variantsOf(scenario(''))).toEqual([]);
  });

  test('leave the draws of everything else as they are: a kind stays in the nemesis, and is not carried out', () => {
    expect(variants.get('kill')).toMatchObject({ nemesis: varied.nemesis, without: ['kill'] });
    expect(variants.get('network loss')!.network).toEqual({ ...varied.network, loss: [0, 1] });
    expect(variants.get('everything')).toMatchObject({
      without: ['pause', 'kill'],
      network: { loss: [0, 1], reorder: { odds: [0, 1] } },
      clocks: { skewUs: 0 },
    });
    expect(variants.get('everything')).not.toHaveProperty('buggify');
  });
});

test('a kind that is taken away strikes no more, and the others strike as before', async () => {
  const { scenario } = await loadedNamed('raft/chaos');
  const short = { ...scenario, durationUs: 8_000_000, recoveryUs: 1_000_000 };
  const whole = await outcomeOf(short, '2');
  const calmer = await outcomeOf({ ...short, without: ['kill'] }, '2');
  expect(whole.faults.kill).toBeGreaterThan(0);
  expect(calmer.faults.kill).toBeUndefined();
  expect(calmer.faults.partition).toBeGreaterThan(0);
});

describe('a row of the table', () => {
  const outcomes = (broken: readonly string[]): Outcome[] =>
    ['1', '2', '3', '4'].map(
      (seed) => ({ seed, verdict: broken.includes(seed) ? 'broken' : 'held' }) as Outcome,
    );

  test('names the seeds that held without it, and those that only then broke', () => {
    expect(ablationRow('kill', outcomes(['1', '2']), outcomes(['2', '4']))).toEqual({
      without: 'kill',
      broken: 2,
      needed: ['1'],
      hid: ['4'],
    });
  });

  test('a seed that was not run says nothing', () => {
    expect(ablationRow('kill', outcomes(['1', '2']), outcomes([]).slice(1)).needed).toEqual(['2']);
  });

  test('is told in words', () => {
    const text = ablationText(
      {
        scenario: 'raft/chaos',
        seeds: 4,
        broken: ['1', '2'],
        checks: ['election-safety'],
        rows: [
          { without: 'kill', broken: 0, needed: ['1', '2'], hid: [] },
          { without: 'pause', broken: 2, needed: ['1'], hid: ['4'] },
          { without: 'clock skew', broken: 2, needed: [], hid: [] },
        ],
      },
      { palette: plainPalette, columns: 100 },
    );
    expect(text).toBe(`raft/chaos  4 seeds, 2 broken (election-safety)
  without     broken
  kill             0  needed in all 2 seeds that broke
  pause            2  needed in 1 of 2: 1; breaks 1 other seed: 4
  clock skew       2  changed no verdict`);
  });
});

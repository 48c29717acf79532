import { describe, expect, test } from 'vitest';
import { Refused } from '../../protocols/host.ts';
import { broken, held, type Observation, unknown, type Verdict } from '../../sim/check/index.ts';
import type { Check, FinishedRun } from '../../sim/search/content.ts';
import { loadedNamed, outcomeOf } from '../determinism/runs.ts';
import { checkOf, type Lab, runOf } from './run-lab.ts';

const never = () => new Promise<never>(() => {});

test('a run in which something was done and nothing broke has held', async () => {
  const outcome = await runOf();
  expect(outcome).toMatchObject({ verdict: 'held', violations: [], reasons: [], virtualUs: 3_000_000 });
  expect(outcome.operations.ok).toBeGreaterThan(20);
  expect(outcome.fingerprint).toMatch(/^[0-9a-f]{16}$/);
  expect(outcome.full).toBeUndefined();
});

describe('a vacuous run is unknown', () => {
  test('no operation succeeded', async () => {
    const { verdict, reasons, operations } = await runOf({ answer: () => new Refused() });
    expect({ verdict, reasons }).toEqual({ verdict: 'unknown', reasons: ['no operation succeeded'] });
    expect(operations.fail).toBeGreaterThan(20);
  });

  test('no operation was tried', async () => {
    const { verdict, reasons } = await runOf({ client: never });
    expect({ verdict, reasons }).toEqual({ verdict: 'unknown', reasons: ['no operation succeeded'] });
  });

  test.each([
    // Servers of the lab never talk to each other, and nobody reads a clock.
    ['{ at: 1s, for: 500ms, partition: { groups: [[n1, c1, c2], [n2]] } }', 'partition'],
    ['{ at: 1s, for: 500ms, clock: { targets: [n1], offset: 10s } }', 'clock'],
    ['{ at: 1s, for: 500ms, pause: { targets: [n2] } }', 'pause'],
  ])('a scripted fault touched nothing: %s', async (fault, kind) => {
    const { verdict, reasons } = await runOf({ lines: [`faults: [${fault}]`] });
    expect({ verdict, reasons }).toEqual({
      verdict: 'unknown',
      reasons: [`fault 1 of the script (${kind}) touched nothing`],
    });
  });

  test('a scripted fault that came after the end of the safety phase is named by its place', async () => {
    const cut = 'partition: { groups: [[n1], [c1, c2]] }';
    const one = await runOf({ lines: [`faults: [{ at: 1s, for: 500ms, ${cut} }]`] });
    expect(one).toMatchObject({ verdict: 'held', faults: { partition: 1 } });
    const pause = '{ at: 1200ms, for: 10ms, pause: { targets: [n2] } }';
    const two = await runOf({ lines: [`faults: [{ at: 1s, for: 500ms, ${cut} }, ${pause}]`] });
    expect(two.reasons).toEqual(['fault 2 of the script (pause) touched nothing']);
  });

  test('but what is broken stays broken', async () => {
    const { verdict } = await runOf({
      client: never,
      checks: [checkOf('doubt', () => broken({ check: 'doubt', message: 'seen' }))],
    });
    expect(verdict).toBe('broken');
  });
});

describe('what programs do wrong', () => {
  test.each<[string, Lab, RegExp]>([
    ['an error thrown at boot', { server: fails }, /^n[12] did not catch RangeError: out of tune/],
    [
      'a promise that nobody handles',
      { server: () => void Promise.reject(new RangeError('out of tune')) },
      /^n[12] did not catch RangeError: out of tune/,
    ],
    [
      'an error in a timer',
      { server: ({ clock, id }) => void (id === 'n2' && clock.after(700, fails)) },
      /^n2 did not catch RangeError: out of tune/,
    ],
    [
      'an error of a client',
      { client: async (_, __, { id }) => (id === 'c2' ? fails() : undefined) },
      /^c2 did not catch RangeError: out of tune/,
    ],
    ['a thrown text', { server: throwsText }, /^n[12] did not catch a thrown string: oh no/],
  ])('%s is no-uncaught-error', async (_, lab, message) => {
    const { verdict, violations, events } = await runOf(lab);
    expect({ verdict, count: violations.length }).toEqual({ verdict: 'broken', count: 1 });
    expect(violations[0]).toMatchObject({
      check: 'no-uncaught-error',
      message: expect.stringMatching(message),
    });
    expect(events, 'the run ends there').toBeLessThan(500);
  });

  test('a loop in which no time passes is no-livelock', async () => {
    const server: Lab['server'] = ({ id, clock }) => {
      const again = () => void clock.after(0, again);
      if (id === 'n1') clock.after(500, again);
    };
    const { verdict, violations } = await runOf({
      server,
      change: (scenario) => limited(scenario, 1_000_000, 300),
    });
    expect(verdict).toBe('broken');
    expect(violations[0]).toMatchObject({
      check: 'no-livelock',
      message: expect.stringMatching(/^more than 300 events happened at 0\.50\d s without time passing$/),
    });
  });

  test('a run that reaches its limit of events is unknown', async () => {
    const { verdict, reasons, events } = await runOf({ change: (scenario) => limited(scenario, 50, 300) });
    expect(verdict).toBe('unknown');
    expect(reasons[0]).toMatch(/^the run reached its limit of 50 events at \d\.\d{3} s$/);
    expect(events).toBeLessThanOrEqual(52);
  });

  test('an escape to real time is told with host and time, and proves nothing', async () => {
    let report: (reached: { what: string; instead: string; where?: string }) => void = () => {};
    const outcome = await runOf({
      server: ({ id, clock }) =>
        void (
          id === 'n2' && clock.after(600, () => report({ what: 'Date.now', instead: 'use host.clock.now()' }))
        ),
      options: {
        watchEscapes: (to) => {
          report = to;
        },
      },
    });
    expect(outcome).toMatchObject({
      verdict: 'unknown',
      reasons: ['n2 used Date.now, which the simulator does not control'],
      escape: { what: 'Date.now', instead: 'use host.clock.now()', host: 'n2' },
    });
    expect(outcome.escape!.atUs).toBeGreaterThanOrEqual(600_000);
    expect(outcome.virtualUs, 'the run ends there').toBe(outcome.escape!.atUs);
  });
});

describe('claims', () => {
  test('are evaluated once a turn, for the host whose turn it was', async () => {
    const seen: (Observation & { readonly state: { readonly id: string } | undefined })[] = [];
    const { events } = await runOf({ checks: [always('watch', (seenNow) => void seen.push(seenNow))] });
    const numbers = seen.map(({ seq }) => seq);
    expect(numbers, 'one observation an event at most').toEqual([...new Set(numbers)].sort((a, b) => a - b));
    expect(numbers.length).toBeLessThanOrEqual(events);
    for (const { host, state } of seen) expect(state?.id).toBe(host.startsWith('n') ? host : undefined);
    expect(new Set(seen.map(({ host }) => host))).toEqual(new Set(['n1', 'n2', 'c1', 'c2']));
    // The idle server is looked at when it boots and never again.
    expect(seen.filter(({ host }) => host === 'n2')).toHaveLength(1);
  });

  test('see a host go down and come back as another incarnation', async () => {
    const seen: Observation[] = [];
    await runOf({
      checks: [always('watch', (seenNow) => void seen.push(seenNow))],
      lines: ['faults: [{ at: 1s, for: 300ms, kill: { targets: [n1] } }]'],
    });
    const lives = seen
      .filter(({ host }) => host === 'n1')
      .map(({ incarnation, up }) => `${incarnation} ${up}`);
    expect([...new Set(lives)]).toEqual(['1 true', '1 false', '2 true']);
  });

  test('see what a host exposed in the very turn in which it died', async () => {
    const told = always('told', ({ state, atUs }) => {
      const { told } = (state ?? {}) as { told?: boolean };
      return told ? { check: 'told', message: 'it was told', atUs } : undefined;
    });
    const { violations } = await runOf({
      checks: [told],
      server: (host) => {
        let told = false;
        host.expose(() => ({ id: host.id, told }));
        if (host.id !== 'n1') return;
        host.clock.after(1000, () => {
          told = true;
          host.send('n2', 'put' as never, { key: 'a', value: 1 } as never);
          host.send('n2', 'put' as never, { key: 'a', value: 2 } as never);
          told = false;
        });
      },
      // One effect more, and then no turn is ever seen to end.
      lines: ['faults: [{ at: 1s, for: 300ms, kill: { targets: [n1] } }]'],
      change: (scenario) => ({
        ...scenario,
        workload: { ...scenario.workload, rate: 0.001 },
        faults: scenario.faults.map((line) => ({
          ...line,
          fault: { ...line.fault, afterEffects: [1] } as typeof line.fault,
        })),
      }),
      client: never,
    });
    expect(violations).toMatchObject([{ check: 'told', message: 'it was told' }]);
  });

  test('end the run when they break', async () => {
    const { verdict, violations, virtualUs } = await runOf({
      checks: [
        always('half-time', ({ atUs }) =>
          atUs < 1_500_000 ? undefined : { check: 'half-time', message: 'too late', atUs },
        ),
      ],
    });
    expect({ verdict, violations }).toEqual({
      verdict: 'broken',
      violations: [{ check: 'half-time', message: 'too late', atUs: virtualUs }],
    });
    expect(virtualUs).toBeLessThan(2_000_000);
  });

  test('of the kind sometimes are counted and break nothing', async () => {
    const sometimes = (name: string, from: number): Check => ({
      name,
      about: 'A claim of a test.',
      kind: 'sometimes',
      options: {},
      claim: () => ({
        name,
        about: '',
        kind: 'sometimes',
        start: () => ({ observe: ({ atUs }) => atUs > from }),
      }),
    });
    const outcome = await runOf({ checks: [sometimes('late', 1_000_000), sometimes('never', 1e12)] });
    expect(outcome).toMatchObject({ verdict: 'held', sometimes: { late: true, never: false } });
  });
});

describe('claims of the kind finally', () => {
  const inTheEnd = (judge: (lastUs: number) => Verdict): Check => ({
    name: 'end',
    about: 'A claim of a test.',
    kind: 'finally',
    options: {},
    claim: () => ({
      name: 'end',
      about: '',
      kind: 'finally',
      start() {
        let lastUs = 0;
        return {
          observe({ atUs }) {
            lastUs = atUs;
          },
          judge: () => judge(lastUs),
        };
      },
    }),
  });

  test('see every turn, and are judged once, at the end of the recovery phase', async () => {
    const judgedAt: number[] = [];
    const outcome = await runOf({
      checks: [
        inTheEnd((lastUs) => {
          judgedAt.push(lastUs);
          return broken({ check: 'in its own words', message: 'wrong', atUs: lastUs });
        }),
      ],
    });
    expect(outcome).toMatchObject({ verdict: 'broken', violations: [{ check: 'end', message: 'wrong' }] });
    expect(judgedAt).toHaveLength(1);
    expect(judgedAt[0]).toBeGreaterThan(2_900_000);
  });

  test('may be unsure, and then the run is unknown', async () => {
    const outcome = await runOf({ checks: [inTheEnd(() => unknown('nobody showed anything'))] });
    expect(outcome).toMatchObject({ verdict: 'unknown', reasons: ['nobody showed anything'] });
  });
});

describe('checks of the whole run', () => {
  test('are given the history and the recovery phase', async () => {
    let given: FinishedRun | undefined;
    await runOf({
      checks: [
        checkOf('look', (run) => {
          given = run;
          return held;
        }),
      ],
    });
    expect(given?.recoveryUs).toEqual({ from: 2_000_000, to: 3_000_000 });
    expect(given?.history.length).toBeGreaterThan(20);
    expect(given?.model).toBeUndefined();
  });

  test('a doubt of one makes the run unknown, with its reason', async () => {
    const { verdict, reasons } = await runOf({
      checks: [checkOf('tired', () => unknown('the budget ran out'))],
    });
    expect({ verdict, reasons }).toEqual({ verdict: 'unknown', reasons: ['the budget ran out'] });
  });

  test('a violation outweighs a doubt', async () => {
    const { verdict, violations } = await runOf({
      checks: [
        checkOf('tired', () => unknown('the budget ran out')),
        checkOf('awake', () => broken({ check: 'awake', message: 'seen' })),
      ],
    });
    expect({ verdict, violations }).toEqual({
      verdict: 'broken',
      violations: [{ check: 'awake', message: 'seen' }],
    });
  });
});

test('a catalogue that lacks what the scenario names is an error of the caller', async () => {
  await expect(runOf({ change: (scenario) => ({ ...scenario, protocol: 'elsewhere' }) })).rejects.toThrow(
    'the catalogue has no protocol "elsewhere"',
  );
});

function fails(): never {
  throw new RangeError('out of tune');
}

function throwsText(): never {
  throw 'oh no';
}

const limited = <T extends { readonly limits: object }>(
  scenario: T,
  events: number,
  instantEvents: number,
): T => ({
  ...scenario,
  limits: { ...scenario.limits, events, instantEvents },
});

/** A claim over copies of what it is shown. */
function always(
  name: string,
  // biome-ignore lint/suspicious/noExplicitAny: the state is whatever the lab's server exposes.
  observe: (observation: any) => { check: string; message: string; atUs?: number } | undefined,
): Check {
  const about = 'A claim of a test.';
  return {
    name,
    about,
    kind: 'always',
    options: {},
    claim: () => ({
      name,
      about,
      kind: 'always',
      start: () => ({ observe: (observation) => observe({ ...observation }) }),
    }),
  };
}

test('the outcome tells what disks lost, the core that was healed, and nothing that did not happen', async () => {
  const { scenario } = await loadedNamed('raft/power');
  const short = { ...scenario, durationUs: 9_000_000, recoveryUs: 1_000_000 };
  const outcome = await outcomeOf(short, '1');
  expect(outcome.damage?.unsyncedChangesLost ?? 0).toBeGreaterThan(0);
  expect(outcome.damage?.syncedBytesLost).toBe(0);
  expect(outcome.drawn?.['recovery core']).toMatch(/^n\d, n\d$/);
  const calm = await outcomeOf({ ...short, without: ['kill'] }, '1');
  expect(calm).not.toHaveProperty('damage');
  expect(calm).not.toHaveProperty('halts');
});

/** A little language for results: a line a fact, so that a report and what it was made from can be read together. */
import { type Report, type Result, reporters, type Style } from '../../reports/index.ts';
import { plainPalette } from '../../reports/palette.ts';
import { judgeSweep, type Outcome, parseOdds, type Scenario, type StorySentence } from '../../sim/index.ts';

type Draft = {
  name: string;
  expect: Scenario['expect'];
  atLeast: Scenario['atLeast'];
  outcomes: Outcome[];
  stories: Map<string, StorySentence[]>;
  nondeterministic: { seed: string; message: string }[];
  wallMs: number;
  asked?: number;
  stopped?: Result['stopped'];
};

/** Runs the script: the last line names the reporter, the lines before it are facts. */
export function report(script: readonly string[]): string {
  const drafts: Draft[] = [];
  let text = '';
  for (const line of script) {
    const [word = '', ...rest] = line.trim().split(/\s+/);
    const value = line.trim().slice(word.length + 1);
    if (word === 'scenario') drafts.push(draft(value));
    else if (word === 'report') text = told(drafts, rest);
    else fact(drafts.at(-1)!, word, rest, value);
  }
  return text;
}

const draft = (name: string): Draft => ({
  name,
  expect: { verdict: 'held' },
  atLeast: { operations: 1, overlapping: [0, 1], faults: 0 },
  outcomes: [],
  stories: new Map(),
  nondeterministic: [],
  wallMs: 1000,
});

function fact(to: Draft, word: string, rest: readonly string[], value: string): void {
  const last = to.outcomes.at(-1);
  switch (word) {
    case 'expect':
      to.expect = { verdict: 'broken', ...(rest[2] !== undefined && { by: rest[2] }) };
      return;
    case 'at-least':
      to.atLeast = atLeast(to.atLeast, rest);
      return;
    // seeds 1..500 events 2400 virtual-s 20 wall-ms 30 kill 3
    case 'seeds':
      to.outcomes.push(...outcomes(rest));
      return;
    case 'break': {
      const [seed, check, atUs] = rest as [string, string, string];
      const message = value.split(' ').slice(3).join(' ');
      change(to, seed, { verdict: 'broken', violations: [{ check, message, atUs: Number(atUs) }] });
      return;
    }
    case 'doubt':
      change(to, rest[0]!, { verdict: 'unknown', reasons: [rest.slice(1).join(' ')] });
      return;
    case 'story':
      to.stories.set(rest[0]!, [
        ...(to.stories.get(rest[0]!) ?? []),
        { atUs: Number(rest[1]), text: rest.slice(2).join(' ') },
      ]);
      return;
    case 'sometimes':
      for (const outcome of to.outcomes) {
        change(to, outcome.seed, {
          sometimes: { [rest[0]!]: (rest.slice(2) as string[]).includes(outcome.seed) },
        });
      }
      return;
    case 'escape':
      change(to, rest[0]!, {
        verdict: 'unknown',
        escape: {
          what: rest[1]!,
          instead: 'use host.clock.now()',
          host: 'n2',
          atUs: 1_204_000,
          where: 'my.ts:12:9',
        },
      });
      return;
    case 'differs':
      to.nondeterministic.push({ seed: rest[0]!, message: rest.slice(1).join(' ') });
      return;
    case 'wall-ms':
      to.wallMs = Number(rest[0]);
      return;
    case 'stopped':
      to.stopped = rest[0] as Result['stopped'];
      to.asked = Number(rest[1]);
      return;
    default:
      throw new Error(`no fact is called ${word} (after seed ${last?.seed})`);
  }
}

function atLeast(before: Scenario['atLeast'], [key, amount]: readonly string[]): Scenario['atLeast'] {
  if (key !== 'overlapping') return { ...before, [key!]: Number(amount) };
  const odds = parseOdds(amount!);
  return odds.ok ? { ...before, overlapping: odds.value } : before;
}

function outcomes([range = '1..1', ...pairs]: readonly string[]): Outcome[] {
  const [from = 1, to = from] = range.split('..').map(Number);
  const figures = new Map<string, number>();
  for (let i = 0; i < pairs.length; i += 2) figures.set(pairs[i]!, Number(pairs[i + 1]));
  const figure = (name: string, otherwise: number): number => figures.get(name) ?? otherwise;
  const faults = ['partition', 'packet', 'kill', 'pause', 'clock'].filter((kind) => figures.has(kind));
  const operations = figure('operations', 100);
  return Array.from({ length: to - from + 1 }, (_, index) => ({
    seed: String(from + index),
    verdict: 'held' as const,
    violations: [],
    reasons: [],
    fingerprint: (from + index).toString(16).padStart(16, 'abcdef0123456789'),
    events: figure('events', 1000),
    virtualUs: figure('virtual-s', 15) * 1e6,
    wallMs: figure('wall-ms', 12) + (index % 7),
    faults: Object.fromEntries(faults.map((kind) => [kind, figures.get(kind)!])),
    messages: { sent: 400, delivered: 390, lost: 10, duplicated: 0 },
    operations: {
      invoked: operations + 5,
      ok: operations,
      fail: 2,
      info: 3,
      overlapping: figure('overlapping', 40),
    },
    sometimes: {},
  }));
}

function change(to: Draft, seed: string, part: Partial<Outcome>): void {
  const index = to.outcomes.findIndex((outcome) => outcome.seed === seed);
  const before = to.outcomes[index]!;
  to.outcomes[index] = { ...before, ...part, sometimes: { ...before.sometimes, ...part.sometimes } };
}

function resultOf(from: Draft): Result {
  const { name, expect, atLeast, wallMs, stopped, nondeterministic } = from;
  const file = `scenarios/${name}.yaml`;
  const scenario = {
    ...{ name, protocol: 'raft', nodes: { node: 5 }, expect, atLeast },
    workload: { type: 'kv', clients: 5, rate: 60, keys: 2, options: {} },
    checks: [{ name: 'linearizable', options: {} }],
  } as unknown as Scenario;
  const first = new Map<string, Outcome>();
  for (const outcome of from.outcomes) {
    const check = outcome.violations[0]?.check;
    if (check !== undefined && !first.has(check)) first.set(check, outcome);
  }
  return {
    sweep: { scenario: name, file, outcomes: from.outcomes, ...judgeSweep(scenario, from.outcomes) },
    scenario,
    wallMs,
    seedsAsked: from.asked ?? from.outcomes.length,
    ...(stopped !== undefined && { stopped }),
    findings: [...first.values()].map((outcome) => ({
      outcome,
      replay: `skerry replay .skerry/failures/${name.replace('/', '-')}-${outcome.seed}.json`,
      ...(from.stories.has(outcome.seed) && {
        story: { headline: 'a promise', sentences: from.stories.get(outcome.seed)! },
      }),
    })),
    nondeterministic,
  };
}

/** `report default`, `report default columns 60`. */
function told(drafts: readonly Draft[], [name = '', , columns]: readonly string[]): string {
  const reporter = reporters.get(name)!;
  const style: Style = {
    palette: plainPalette,
    nameWidth: Math.max(...drafts.map((draft) => draft.name.length)),
    ...(columns !== undefined && { columns: Number(columns) }),
  };
  const results = drafts.map(resultOf);
  const wallMs = results.reduce((sum, result) => sum + result.wallMs, 0);
  const whole: Report = { version: '0.1.0', results, wallMs };
  const parts = [...results.map((result) => reporter.result(result, style)), reporter.end(whole, style)];
  return parts.filter((part) => part !== '').join('\n');
}

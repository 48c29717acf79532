/** Every exit code of the whole program, with what it prints. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { plainPalette } from '../../reports/index.ts';
import { explain } from '../../sim/cli/program.ts';
import { openTerminal } from '../../sim/cli/terminal.ts';
import { fixture, scenario, trace, workplace } from './skerry.ts';

const { folder, write, skerry, start } = workplace();
const slow = { timeout: 60_000 };

write('sound.yaml', scenario(fixture('sound')));
write('throwing-handler.yaml', scenario(fixture('throwing-handler')));
write('real-time.yaml', scenario(fixture('real-time')));
write('idle.yaml', scenario(fixture('sound'), { atLeast: '{ operations: 100000 }' }));
write('unbroken.yaml', scenario(fixture('sound'), { expect: 'broken', seeds: '[1]' }));
write('long.yaml', scenario('raft', { nodes: '3', duration: '20s' }));

const failureIn = (out: string): string => /skerry replay (\S+\.json)/.exec(out)![1]!;

describe('0: as expected', slow, () => {
  test('a scenario that holds is one line', async () => {
    const { code, out, error } = await skerry('run', 'sound.yaml', '--seeds', '3');
    expect(out).toMatch(
      /^✓ [\w-]+\/sound {4}3 seeds .+ events .+s \(virtual 12s\)\n\n1 scenario: 1 as expected /,
    );
    expect({ code, error }).toEqual({ code: 0, error: '' });
  });

  test('a scenario that expects to break, and does', async () => {
    const change = { expect: '{ verdict: broken, by: no-uncaught-error }', seeds: '[7]' };
    const file = write('expected.yaml', scenario(fixture('throwing-handler'), change));
    const { code, out } = await skerry('run', file, '--seeds', '1');
    expect(out).toContain(
      'found in seed 7: no uncaught error: n1 did not catch Error: the map is upside down',
    );
    expect(code).toBe(0);
    expect(existsSync(join(folder, failureIn(out)))).toBe(true);
  });

  test('list, show, help and version', async () => {
    for (const words of [
      ['list'],
      ['list', 'faults'],
      ['show', 'raft'],
      ['show', 'kill'],
      ['show', 'kv'],
      ['show', 'progress'],
    ]) {
      expect(await skerry(...words)).toMatchObject({ code: 0, error: '' });
    }
    for (const words of [['--help'], ['run', '--help'], ['help', 'replay'], ['show', '-h']]) {
      expect((await skerry(...words)).out).toMatch(/^skerry /);
    }
    expect((await skerry('show', 'locks/redlock')).out.replace(/\s+/g, ' ')).toContain(
      '5 unless the scenario says otherwise, 3 at least',
    );
    expect((await skerry('--version')).out).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  test('what init writes runs, and is not overwritten', async () => {
    expect((await skerry('init', 'first/ledger')).code).toBe(0);
    expect(await skerry('run', 'first/ledger.yaml', '--seeds', '10')).toMatchObject({ code: 0, error: '' });
    const again = await skerry('init', 'first/ledger');
    expect(again).toMatchObject({ code: 64, out: '' });
    expect(again.error).toContain('first/ledger.yaml exists already, and is left alone');
  });
});

describe('1: a violation', slow, () => {
  test.each([
    ['zero-time-loop', 'no livelock: more than 100000 events happened at'],
    ['endless-loop', 'no livelock: event'],
    ['endless-await', 'no livelock: event'],
    ['throwing-handler', 'no uncaught error: n1 did not catch Error: the map is upside down'],
    ['throwing-program', 'did not catch Error: no map to be found'],
    ['unhandled-rejection', 'no uncaught error: n1 did not catch Error: nobody was listening'],
  ])('%s', async (name, message) => {
    const file = write(`${name}.yaml`, scenario(fixture(name)));
    const { code, out, error } = await skerry('run', file, '--seed', '1', '--watchdog', '1s');
    expect(out).toContain(message);
    expect(out).toMatch(/replay: skerry replay /);
    expect(out).not.toMatch(trace);
    expect({ code, error }).toEqual({ code: 1, error: '' });
  });

  test('an expected failure that did not happen', async () => {
    const { code, out } = await skerry('run', 'unbroken.yaml', '--seeds', '2');
    expect(out).toContain('a violation was expected and did not happen');
    expect(code).toBe(1);
  });

  test('a folder that takes no failure file costs nobody the result', async () => {
    write('full/.skerry', 'a file where the folder should be');
    write('full/thrower.yaml', scenario(fixture('throwing-handler')));
    const { code, out, error } = await start(['run', 'thrower.yaml', '--seed', '1'], {}, 'full').ended;
    expect(out).toContain('replay: skerry replay thrower.yaml --seed 1');
    expect(error).toMatch(/^warning: no failure file for seed 1 in \.skerry\/failures: /);
    expect(code).toBe(1);
  });

  test('--bail stops at the first failing seed', async () => {
    const file = write('bail.yaml', scenario(fixture('throwing-handler')));
    const { code, out } = await skerry('run', file, '--seeds', '200', '--bail');
    expect(out).toContain('stopped at the first failure after');
    expect(code).toBe(1);
  });
});

describe('2 and 3: nothing was proved', slow, () => {
  test('2: a run that did too little', async () => {
    const { code, out } = await skerry('run', 'idle.yaml', '--seeds', '2');
    expect(out).toMatch(
      /^\? .+\n {2}unknown: at the median \d+ operations succeeded; at least 100000 are asked for\n/,
    );
    expect(out).toContain('Raise workload.rate or duration');
    expect(code).toBe(2);
  });

  test('3: a program that reaches for real time', async () => {
    const { code, out } = await skerry('run', 'real-time.yaml', '--seeds', '2');
    expect(out).toMatch(/n1 reached for Date\.now at \S+s, in .*real-time\.ts:\d+:\d+\n/);
    expect(out).toContain('host.clock.now()');
    expect(code).toBe(3);
  });

  test('of several the worst one', async () => {
    const { code, out } = await skerry('run', 'real-time.yaml', 'idle.yaml', 'sound.yaml', '--seeds', '1');
    expect(out).toContain('3 scenarios: 1 not deterministic, 1 unknown, 1 as expected');
    expect(code).toBe(3);
  });
});

describe('130: interrupted', slow, () => {
  test('prints what is known so far', async () => {
    const { child, ended } = start(['run', 'long.yaml', '--seeds', '100000', '--jobs', '1']);
    setTimeout(() => child.kill('SIGINT'), 6_000);
    const { code, out, error } = await ended;
    expect(code).toBe(130);
    expect(out).toMatch(/interrupted after [\d,]+ of 100,000 seeds/);
    expect(error).toContain('interrupted');
  });

  test('the second interrupt ends it at once', async () => {
    const { child, ended } = start(['run', 'long.yaml', '--seeds', '100000', '--jobs', '1']);
    setTimeout(() => {
      child.kill('SIGINT');
      child.kill('SIGINT');
    }, 6_000);
    expect((await ended).code).toBe(130);
  });

  test('--budget ends in time, and that is no failure', async () => {
    const startMs = Date.now();
    const { code, out } = await skerry('run', 'sound.yaml', '--seeds', '1000000', '--budget', '6s');
    expect(out).toContain('the time budget ran out after');
    expect(code).toBe(0);
    expect(Date.now() - startMs).toBeLessThan(40_000);
  });
});

describe('replay', slow, () => {
  test('shows the same again, and the exit code is that of the run', async () => {
    const ran = await skerry('run', 'throwing-handler.yaml', '--seed', '5');
    const path = failureIn(ran.out);
    const replayed = await skerry('replay', path);
    expect(replayed).toMatchObject({ code: 1, error: '' });
    expect(replayed.out).toContain('no uncaught error: n1 did not catch Error: the map is upside down');
    const bySeed = await skerry('replay', 'throwing-handler.yaml', '--seed', '5', '--reporter', 'json');
    const { fingerprint } = JSON.parse(readFileSync(join(folder, path), 'utf8'));
    expect(JSON.parse(bySeed.out).results[0].fingerprint).toBe(fingerprint);
  });

  test('warns first if the scenario is not what it was', async () => {
    write('changed.yaml', scenario(fixture('throwing-handler')));
    const ran = await skerry('run', 'changed.yaml', '--seed', '5');
    const path = failureIn(ran.out);
    write('changed.yaml', scenario(fixture('throwing-handler'), { duration: '4s' }));
    const { code, error } = await skerry('replay', path);
    expect(error).toContain('warning: changed.yaml no longer says what');
    expect(code).toBe(1);
  });

  test('warns first if the program is not what it was', async () => {
    const program = readFileSync(fixture('throwing-handler'), 'utf8').replace('./store.ts', fixture('store'));
    write('mine.ts', program);
    write('mine.yaml', scenario('./mine.ts'));
    const ran = await skerry('run', 'mine.yaml', '--seed', '5');
    const path = failureIn(ran.out);
    write(
      'mine.ts',
      program.replace('upside down', 'mended').replace("throw new Error('the map is mended');", ''),
    );
    const { code, out, error } = await skerry('replay', path);
    expect(error).toContain('warning: the program has changed since the failure was written');
    expect(error).toContain('it broke no-uncaught-error then, and does not with the program as it is now');
    expect(out).toMatch(/^✓/);
    expect(code).toBe(0);
  });
});

describe('70: a mistake of ours', () => {
  test('has a stack trace and asks to be reported', () => {
    const said: string[] = [];
    const terminal = {
      ...openTerminal(),
      sayPalette: plainPalette,
      say: (text: string) => void said.push(text),
    };
    expect(explain(new Error('two and two is five'), ['run', 'x.yaml'], terminal)).toBe(70);
    const text = said.join('\n');
    expect(text).toMatch(/^internal error: this is a mistake in skerry/);
    expect(text).toMatch(trace);
    expect(text).toMatch(/Please report it .+ Node v.+ skerry run x\.yaml$/);
  });
});

describe('output', slow, () => {
  test('--reporter json prints one object with stable names', async () => {
    const { code, out } = await skerry('run', 'sound.yaml', '--seeds', '2', '--reporter', 'json');
    const report = JSON.parse(out);
    expect(report).toMatchObject({ tool: 'skerry', ok: true });
    expect(report.results).toHaveLength(2);
    expect(report.results[0]).toMatchObject({
      seed: '1',
      verdict: 'held',
      expected: true,
      faults: {},
      violations: [],
    });
    expect(report.results[0].fingerprint).toMatch(/^[0-9a-f]{16}$/);
    expect(code).toBe(0);
  });

  test('--output-file.json writes it beside the default one', async () => {
    const { out } = await skerry('run', 'sound.yaml', '--seed', '1', '--output-file.json=out.json');
    expect(out).toMatch(/^✓/);
    expect(JSON.parse(readFileSync(join(folder, 'out.json'), 'utf8')).ok).toBe(true);
  });

  test('colours where they are asked for, and only there', async () => {
    const words = ['run', 'sound.yaml', '--seed', '1'];
    const sequence = String.fromCharCode(27);
    expect((await start(words, { FORCE_COLOR: '1' }).ended).out).toContain(`${sequence}[32m✓`);
    expect((await start(words, { FORCE_COLOR: '1', NO_COLOR: '1' }).ended).out).not.toContain(sequence);
    expect((await start(words).ended).out).not.toContain(sequence);
  });

  test('a reader who leaves early is no error to talk about', async () => {
    const { child, ended } = start(['run', 'sound.yaml', 'idle.yaml', 'unbroken.yaml', '--seeds', '5']);
    child.stdout!.destroy();
    expect((await ended).error).not.toMatch(/EPIPE|internal/);
  });
});

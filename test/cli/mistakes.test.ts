/** Every mistake of a user's ends with exit code 64, one clear message, nothing on standard output, and no trace. */
import { chmodSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { fixture, scenario, trace, workplace } from './skerry.ts';

const { folder, write, skerry } = workplace();
const slow = { timeout: 60_000 };

async function refused(words: readonly string[], ...messages: readonly (string | RegExp)[]): Promise<void> {
  const { code, out, error } = await skerry(...words);
  for (const message of messages) expect(error).toMatch(message);
  expect(error).not.toMatch(trace);
  expect(error).toMatch(/^error: /);
  expect({ code, out }).toEqual({ code: 64, out: '' });
}

describe('the command line', slow, () => {
  write('good.yaml', scenario('raft'));

  test.each([
    [['rnu'], 'Did you mean "run"?'],
    [['good.yaml'], 'To run a scenario: skerry run good.yaml'],
    [['run'], 'no scenario was named'],
    [['run', 'good.yaml', '--sed', '5'], 'Did you mean "--seed"?'],
    [['run', 'good.yaml', '-x'], 'has no option -x'],
    [['run', 'good.yaml', '--no-bail'], 'has no option --no-bail'],
    [['run', 'good.yaml', '--seed', ''], '--seed needs S\n  For example: --seed 42'],
    [['run', 'good.yaml', '--seed'], '--seed needs S'],
    [['run', 'good.yaml', '--seed', '1', '--seed', '2'], '--seed was given 2 times'],
    [['run', 'good.yaml', '--seed', '1', '--seeds', '2'], 'exclude each other'],
    [['run', 'good.yaml', '--seeds', '0'], '--seeds 0 would run nothing'],
    [['run', 'good.yaml', '--seeds', '9..1'], 'Write --seeds 1..9.'],
    [['run', 'good.yaml', '--jobs', '0'], '--jobs "0" is not a whole number'],
    [['run', 'good.yaml', '--budget', '5'], 'a duration without a unit\n  Write 5ms or 5s'],
    [['run', 'good.yaml', '--budget', '0s'], 'leaves no time'],
    [['run', 'good.yaml', '--shrink-budget', '0'], 'leaves no work to be done'],
    [
      ['run', 'good.yaml', '--reporter', 'jsno'],
      'there is no reporter "jsno"\n  Did you mean "json"?\n  Reporters: default',
    ],
    [['run', 'good.yaml', '-t', 'paxos'], 'matches none of 1 scenarios'],
    [['run', 'good.yaml', '--set', 'network.loss'], /--set network\.loss: not a path and a value/],
    [['run', 'good.yaml', '--set', 'network.los=5%'], 'did you mean "loss"?'],
    [['run', 'good.yaml', '--seed', '1', '--output-file.json='], '--output-file.json needs PATH'],
    [['show'], 'nothing was named to show'],
    [['show', 'raf'], 'Did you mean "raft"?'],
    [['list', 'raft'], /there is no list of "raft"\n.*There are scenarios, protocols, .* skerry show raft/s],
    [['list', 'protocol'], 'Did you mean "protocols"?'],
    [['list', 'protocols', 'raft'], 'one argument too many'],
    [['show', 'locks/redlok'], 'Did you mean "locks/redlock"?'],
    [['show', 'saga'], 'There are transactions/saga and saga-order.'],
    [['show', 'gossip'], 'There are gossip/map and gossip/deletions.'],
    [['show', 'locks'], 'There are locks/single-node, locks/redlock, locks/replicated, locks/raft'],
    [['init', '../..'], 'cannot be the name of a protocol'],
    [['replay'], 'nothing was named to replay'],
    [['replay', 'good.yaml'], 'a scenario is replayed with a seed'],
    [['replay', 'x.json', '--seed', '1'], '--seed goes with a scenario'],
  ])('%j', (words, message) => refused(words, message));

  test('a report that cannot be written', async () => {
    const { code, error } = await skerry(
      'run',
      'good.yaml',
      '--seed',
      '1',
      '--output-file.json=no/such/folder.json',
    );
    expect(error).toContain('could not be written to no/such/folder.json: it does not exist');
    expect(code).toBe(64);
  });
});

describe('scenario files', slow, () => {
  const store = fixture('sound');
  test.each<[string, string, string | RegExp]>([
    ['malformed YAML', 'schema: 1\nname: [oh\nprotocol: raft\n', /bad\.yaml:\d+:\d+: /],
    ['nothing at all', '', 'bad.yaml:1:1: the file is empty'],
    ['a wrong type', scenario('raft', { nodes: 'many' }), /bad\.yaml:4:8: /],
    ['an unknown key', scenario('raft', { durration: '5s' }), 'did you mean "duration"?'],
    ['a negative duration', scenario('raft', { duration: '-5s' }), 'is negative'],
    ['a duration without a unit', scenario('raft', { duration: '5' }), 'without a unit'],
    ['200% loss', scenario('raft', { network: '{ loss: 200% }' }), '"200%" is more than 100%'],
    [
      'a partition of a node that does not exist',
      scenario('raft', { nodes: '3', faults: '[{ at: 1s, partition: { groups: [[n1], [n9]] } }]' }),
      /n9.*there are n1 to n3/,
    ],
    ['zero nodes', scenario('raft', { nodes: '0' }), /bad\.yaml:4:8: .*1/],
    ['an unknown protocol', scenario('rafd'), 'did you mean "raft"?'],
    ['an unknown check', scenario('raft', { checks: '[linearisable]' }), 'did you mean "linearizable"?'],
    ['a module that does not exist', scenario('./nowhere.ts'), 'nowhere.ts: there is no such module'],
    ['a module that throws as it loads', scenario(fixture('throws-on-load')), 'this module has had enough'],
    ['a module without a protocol', scenario(fixture('no-protocol')), 'exports no "protocol"'],
    ['a program that cannot be made', scenario(fixture('throwing-factory')), 'these options will not do'],
    ['a role that there is not', scenario(store, { nodes: '{ leader: 1 }' }), 'leader'],
  ])('%s', async (_, text, message) => {
    write('bad.yaml', text);
    await refused(['run', 'bad.yaml', '--seed', '1'], message);
  });

  test('a module with a syntax error is told by line', async () => {
    write('broken.ts', 'export const protocol = {\n');
    write('bad.yaml', scenario('./broken.ts'));
    await refused(['run', 'bad.yaml'], /broken\.ts:\d+:\d+: /);
  });

  test('a file that does not exist, with its neighbour', async () => {
    await refused(['run', 'god.yaml'], 'there is no such file or folder');
    await refused(['run', 'raft/partitoin'], 'did you mean "raft/partition"?');
  });

  test('a folder without scenarios', async () => {
    write('empty/readme.txt', 'nothing here');
    await refused(['run', 'empty'], 'there is no scenario in this folder');
  });

  test('a file that may not be read', async () => {
    // Root may read every file, but nobody can read the memory of a process at 0.
    if (process.getuid?.() === 0) symlinkSync('/proc/self/mem', join(folder, 'secret.yaml'));
    else {
      write('secret.yaml', scenario('raft'));
      chmodSync(join(folder, 'secret.yaml'), 0o000);
    }
    await refused(['run', 'secret.yaml'], /secret\.yaml: it (may not|cannot) be read/);
  });

  test('several files are all told before anything runs', async () => {
    write('many/a.yaml', scenario('raft', { nodes: '0' }));
    write('many/b.yaml', scenario('raft', { duration: '5' }));
    write('many/c.yaml', scenario('raft'));
    await refused(
      ['run', 'many'],
      '2 problems in 2 files; nothing was run',
      /many\/a\.yaml:4:8/,
      /many\/b\.yaml:5:11/,
    );
  });

  test('validate finds the same without running anything', async () => {
    const { code, out } = await skerry('validate', 'many');
    expect(out).toMatch(/✗ many\/a\.yaml {2}1 problem\n {2}many\/a\.yaml:4:8: .+\n✗ many\/b\.yaml/);
    expect(out).toContain('✓ many/c.yaml');
    expect(out).toContain('3 scenarios: 2 invalid');
    expect(code).toBe(64);
    expect(await skerry('validate', 'many/c.yaml')).toMatchObject({ code: 0, error: '' });
  });
});

describe('failure files', slow, () => {
  test.each<[string, string, string]>([
    ['empty', '', 'it is empty'],
    ['not JSON', 'oh no', 'it is not JSON'],
    ['cut off', '{ "tool": "skerry", "sch', 'it was cut off'],
    ['of another tool', '{ "tool": "turmoil", "seed": 1 }', 'no failure file of skerry'],
    ['an array', '[]', 'no failure file of skerry'],
    [
      'of a newer version',
      '{ "tool": "skerry", "schema": 99, "version": "9.0.0" }',
      'which is newer than this one',
    ],
    ['damaged', '{ "tool": "skerry", "schema": 1, "version": "0.1.0" }', 'it was edited or damaged'],
  ])('%s', async (_, text, message) => {
    write('failure.json', text);
    await refused(['replay', 'failure.json'], message);
  });

  test('missing', () => refused(['replay', '.skerry/failures/none.json'], 'there is no such file'));

  test('with another scenario in it than was run', async () => {
    write('thrower.yaml', scenario(fixture('throwing-handler')));
    const { out } = await skerry('run', 'thrower.yaml', '--seed', '5');
    const path = /skerry replay (\S+\.json)/.exec(out)![1]!;
    const { readFileSync } = await import('node:fs');
    const failure = JSON.parse(readFileSync(join(folder, path), 'utf8'));
    failure.scenario.value.durationUs = 'long';
    write('edited.json', JSON.stringify(failure));
    await refused(['replay', 'edited.json'], 'it does not match its hash');
  });
});

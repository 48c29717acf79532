/** Programs whose runs depend on more than the seed: where their runs part, and at which line. */
import { describe, expect, test } from 'vitest';
import { fixture, scenario, workplace } from './skerry.ts';

const { write, skerry } = workplace();
const slow = { timeout: 60_000 };

const leak = async (name: string) => {
  write(`${name}.yaml`, scenario(fixture(name), { duration: '1s', recovery: '500ms' }));
  return skerry('run', `${name}.yaml`, '--seed', '1', '--check-determinism', '--jobs', '1');
};

describe('--check-determinism names event, host and line', slow, () => {
  test('of a timer that is set by the state of the module', async () => {
    const { code, out } = await leak('leaks-timer');
    expect(code).toBe(3);
    expect(out).toMatch(/ {2}seed 1: event \d+: first (timer|deliver) at n1 at .+, then timer at n1 at /);
    expect(out).toMatch(
      /\n {2}n1 did something else than before at event \d+, [\d.]+s:\n {4}at .*leaks-timer\.ts:9:\d+\)?\n/,
    );
  });

  test('of a draw that depends on what is left of earlier runs in a Map', async () => {
    const { code, out } = await leak('leaks-draw');
    expect(code).toBe(3);
    expect(out).toMatch(
      /\n {2}n1 did something else than before at event \d+, [\d.]+s:\n {4}at .*leaks-draw\.ts:10:\d+\)?\n/,
    );
  });

  test('of a message with other contents, after an await, with those who called', async () => {
    const { code, out } = await leak('leaks-message');
    expect(code).toBe(3);
    expect(out).toMatch(
      /\n {2}n1 did something else .+:\n {4}at .*leaks-message\.ts:14:\d+\)?\n {4}at .*leaks-message\.ts:10:/,
    );
    const json = await skerry(
      'run',
      'leaks-message.yaml',
      '--seed',
      '1',
      '--check-determinism',
      '--reporter',
      'json',
    );
    const [sweep] = JSON.parse(json.out).sweeps;
    expect(sweep.nondeterministic[0]).toMatchObject({ seed: '1', host: 'n1', event: expect.any(Number) });
    expect(sweep.nondeterministic[0].stack[0]).toContain('leaks-message.ts:14');
  });

  test('and a sound program has nothing to hear', async () => {
    const { code } = await leak('sound');
    expect(code).toBe(0);
  });
});

/** The claims about primaries accept what is right and reject what is wrong, and say what. */
import { describe, expect, test } from 'vitest';
import { primaryChecks, secondariesCatchUp } from '../../scenarios/replication/primary-claims.ts';
import type { Observation } from '../../sim/index.ts';

type Shown = [atMs: number, host: string, state: object | undefined];

/** What a server shows whose log is these letters, each of an epoch. */
function server(role: string, epoch: number, letters: string, commitIndex = letters.length): object {
  const hashes = [0];
  for (const letter of letters) hashes.push(hashes.at(-1)! * 100 + letter.charCodeAt(0));
  const log = {
    firstIndex: 1,
    lastIndex: letters.length,
    termAt: (index: number) => (index === 0 ? 0 : letters.charCodeAt(index - 1) - 96),
    prefixHashAt: (index: number) => hashes[index],
  };
  const statistics = { entriesCut: 0, acknowledgedCut: 0, reads: 0 };
  const lastApplied = commitIndex;
  const stateHash = hashes[commitIndex];
  return { role, epoch, follows: epoch, commitIndex, lastApplied, stateHash, log, statistics };
}

const seen = ([atMs, host, state]: Shown, seq: number): Observation => ({
  seq,
  atUs: atMs * 1000,
  host,
  incarnation: 1,
  up: state !== undefined,
  state,
});

/** What a claim that always holds says of states shown one after the other. */
function judged(name: string, ...shown: Shown[]): string[] {
  const check = primaryChecks.find((one) => one.name === name);
  if (check?.kind !== 'always') throw new Error(`no claim ${name}`);
  const fold = check.claim({}).start();
  return shown.flatMap((one, seq) => fold.observe(seen(one, seq))?.message ?? []);
}

describe('epoch-fencing', () => {
  test('epochs come one after the other', () => {
    expect(
      judged('epoch-fencing', [1, 'n1', server('secondary', 1, '')], [2, 'n1', server('secondary', 3, '')]),
    ).toEqual([]);
  });

  test('after a restart a server follows nobody until it hears somebody', () => {
    const fresh = { ...server('secondary', 3, ''), follows: 0 };
    expect(judged('epoch-fencing', [1, 'n1', server('secondary', 3, '')], [2, 'n1', fresh])).toEqual([]);
  });

  test('who has followed the primary of epoch 3 does not follow that of epoch 2', () => {
    expect(
      judged('epoch-fencing', [1, 'n1', server('secondary', 3, '')], [2, 'n1', server('secondary', 2, '')]),
    ).toEqual(['the epoch followed of n1 went back from 3, reached at 0.001s, to 2 at 0.002s']);
  });
});

describe('one-primary-an-epoch', () => {
  test('two of one epoch are named', () => {
    const shown = judged(
      'one-primary-an-epoch',
      [1, 'n1', server('primary', 3, '')],
      [2, 'n2', server('primary', 3, '')],
    );
    expect(shown).toEqual(['n1 and n2 were both primary of epoch 3: n1 since 0.001s, n2 since 0.002s']);
  });

  test('two of different epochs may be there at one time: only one of them is followed', () => {
    expect(
      judged(
        'one-primary-an-epoch',
        [1, 'n1', server('primary', 3, '')],
        [2, 'n2', server('primary', 4, '')],
      ),
    ).toEqual([]);
  });
});

test('acknowledged-kept: a primary without what was acknowledged in an earlier epoch is named', () => {
  const shown = judged(
    'acknowledged-kept',
    [1, 'n1', server('primary', 1, 'aa')],
    [2, 'n2', server('primary', 2, 'ab', 0)],
  );
  expect(shown).toEqual([
    'n2 became primary of epoch 2 (seen at 0.002s) without entry 2, or one before it, as n1 knew it to be committed in ' +
      'epoch 1 (at 0.001s)',
  ]);
});

describe('secondaries-catch-up', () => {
  const inTheEnd = (...shown: Shown[]) => {
    const fold = secondariesCatchUp(1_000_000).start();
    for (const [seq, one] of shown.entries()) fold.observe(seen(one, seq));
    const verdict = fold.judge();
    return verdict.verdict === 'broken' ? verdict.violations[0]!.message : verdict.verdict;
  };

  test('whoever has what was acknowledged a while ago has caught up', () => {
    const shown = inTheEnd(
      [1000, 'n1', server('primary', 1, 'aa')],
      [1900, 'n2', server('secondary', 1, 'aa')],
      [2500, 'n1', server('primary', 1, 'aaa')],
    );
    expect(shown).toBe('held');
  });

  test('whoever is behind that has not', () => {
    const shown = inTheEnd(
      [1000, 'n1', server('primary', 1, 'aa')],
      [1900, 'n2', server('secondary', 1, 'aa', 1)],
      [2500, 'n1', server('primary', 1, 'aaa')],
    );
    expect(shown).toBe(
      'in the end n2 knows of acknowledged entries up to 1 only; the primary of epoch 1 had acknowledged 2 more than ' +
        '1000 ms before',
    );
  });

  test('nor has one that believes in other entries than the primary', () => {
    const shown = inTheEnd(
      [1000, 'n1', server('primary', 2, 'abb')],
      [2900, 'n2', server('secondary', 1, 'aaa')],
      [3000, 'n1', server('primary', 2, 'abb')],
    );
    expect(shown).toBe("in the end the log of n2 up to 3 is not the primary's of epoch 2");
  });

  test('the last primary counts, and servers that are up', () => {
    const shown = inTheEnd(
      [500, 'n3', server('primary', 1, 'aaaa')],
      [900, 'n3', undefined],
      [1000, 'n1', server('primary', 2, 'ab')],
      [1900, 'n2', server('secondary', 2, 'ab')],
      [2500, 'n1', server('primary', 2, 'ab')],
    );
    expect(shown).toBe('held');
  });

  test('without a primary for that long nothing is known', () => {
    const shown = inTheEnd(
      [1500, 'n1', server('primary', 1, 'aa')],
      [2000, 'n2', server('secondary', 1, '')],
    );
    expect(shown).toBe('unknown');
  });
});

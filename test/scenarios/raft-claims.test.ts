import { describe, expect, test } from 'vitest';
import {
  appendOnly,
  completeness,
  electionSafety,
  leaderReplaced,
  machineSafety,
  matching,
  raftClaims,
} from '../../scenarios/raft/claims.ts';
import { booting, breaks, down, holds, lead, type Shown, viewOf } from './raft-shown.ts';

describe('election safety: at most one leader is elected in a term', () => {
  test('leaders of different terms, even at the same time', () => {
    holds(
      electionSafety,
      lead('n1', 1),
      lead('n2', 2),
      lead('n1', 1),
      { host: 'n1', term: 2 },
      lead('n1', 3),
    );
  });
  test('a leader that is seen again, with a boot of another host in between', () => {
    holds(
      electionSafety,
      lead('n1', 1),
      down('n2'),
      booting('n2', 2),
      { host: 'n2', term: 1 },
      lead('n1', 1),
    );
  });
  test('two leaders of one term', () => {
    breaks(
      electionSafety,
      'n1 and n2 were both leader of term 1: n1 since 0s, n2 since 2s',
      lead('n1', 1),
      lead('n3', 2),
      lead('n2', 1),
    );
  });
  test('a leader that forgot its vote and is elected again', () => {
    breaks(
      electionSafety,
      'n1 became leader of term 4 twice: at 0s, and after a restart at 2s',
      lead('n1', 4),
      down('n1'),
      lead('n1', 4, '', { incarnation: 2 }),
    );
  });
});

test('election safety: a restart that nobody saw in between', () => {
  breaks(
    electionSafety,
    'n1 became leader of term 4 twice: at 0s, and after a restart at 1s',
    lead('n1', 4),
    lead('n1', 4, '', { incarnation: 2 }),
  );
});

test('log matching: a log that changes without growing', () => {
  breaks(
    matching,
    'n1 (at 0s) and n1 (at 1s) both hold an entry 2 of term 2, but their logs up to it differ',
    { host: 'n1', log: '1 2' },
    { host: 'n1', log: '1 2b' },
  );
});

describe('leader append-only: a leader never overwrites or deletes entries in its log', () => {
  test('it appends', () => {
    holds(
      appendOnly,
      lead('n1', 2, '1'),
      lead('n1', 2, '1 2'),
      lead('n1', 2, '1 2 2'),
      lead('n1', 2, '1 2 2'),
    );
  });
  test('it compacts its log', () => {
    holds(appendOnly, lead('n1', 2, '1 2'), lead('n1', 2, '1 2 2 2', { compacted: 3 }));
  });
  test('a follower may delete, also one that was leader and will be again', () => {
    holds(
      appendOnly,
      lead('n1', 2, '1 2 2'),
      { host: 'n1', term: 3, log: '1 2 2' },
      { host: 'n1', term: 3, log: '1' },
      lead('n1', 4, '1 3'),
    );
    holds(appendOnly, lead('n1', 2, '1 2 2'), lead('n1', 4, '1'));
  });
  test('a leader that crashed may have lost what nobody else has', () => {
    holds(appendOnly, lead('n1', 2, '1 2'), lead('n1', 2, '1', { incarnation: 2 }));
    holds(appendOnly, lead('n1', 2, '1 2'), down('n1'), lead('n1', 2, '1'));
  });
  test('it deletes', () => {
    breaks(
      appendOnly,
      'n1, leader of term 2, deleted entries: its log ended at 2 and now ends at 1 at 1s',
      lead('n1', 2, '1 2'),
      lead('n1', 2, '1'),
    );
  });
  test('it overwrites', () => {
    breaks(
      appendOnly,
      'n1, leader of term 2, overwrote an entry up to 2 of its log at 1s',
      lead('n1', 2, '1 2'),
      lead('n1', 2, '1 2b 2'),
    );
    breaks(
      appendOnly,
      'n1, leader of term 2, overwrote an entry up to 2 of its log at 1s',
      lead('n1', 2, '1 2'),
      lead('n1', 2, '1b 2'),
    );
  });
});

describe('log matching: entries with the same index and term have identical logs up to them', () => {
  const follow = (host: string, log: string, more: Partial<Shown> = {}): Shown => ({ host, log, ...more });
  test('logs that share a beginning', () => {
    holds(matching, follow('n1', '1 1 2'), follow('n2', '1 1 3 3'), follow('n3', '1'), follow('n1', '1 1 3'));
  });
  test('compacted logs', () => {
    holds(matching, follow('n1', '1 1 2'), follow('n2', '1 1 2', { compacted: 3 }), follow('n2', '1 1 2 2'));
  });
  test('different entries of the same term', () => {
    breaks(
      matching,
      'n1 (at 0s) and n2 (at 1s) both hold an entry 2 of term 1, but their logs up to it differ',
      follow('n1', '1 1'),
      follow('n2', '1 1b'),
    );
  });
  test('different entries below the end of both logs', () => {
    breaks(
      matching,
      'n1 (at 0s) and n2 (at 2s) both hold an entry 2 of term 1, but their logs up to it differ',
      follow('n1', '1 1 2'),
      follow('n3', '1'),
      follow('n2', '1 1b 3 3'),
    );
  });
  test('the same last entry after different ones', () => {
    breaks(
      matching,
      'n1 (at 0s) and n2 (at 1s) both hold an entry 3 of term 4, but their logs up to it differ',
      follow('n1', '1 2 4'),
      follow('n2', '1 3 4'),
    );
  });
  test('what a host held before it was cut off still counts', () => {
    breaks(
      matching,
      'n1 (at 0s) and n1 (at 2s) both hold an entry 2 of term 2, but their logs up to it differ',
      follow('n1', '1 2'),
      follow('n1', '1'),
      follow('n1', '1 2b'),
    );
  });
  test('a restarted host that comes back with another log of the same length', () => {
    breaks(
      matching,
      'n1 (at 0s) and n1 (at 2s) both hold an entry 2 of term 2, but their logs up to it differ',
      follow('n1', '1 2'),
      booting('n1', 2),
      follow('n1', '1 2b', { incarnation: 2 }),
    );
  });
  test('a compacted log that ends in what nobody else has there', () => {
    breaks(
      matching,
      'n1 (at 0s) and n2 (at 1s) both hold an entry 2 of term 2, but their logs up to it differ',
      follow('n1', '1 2'),
      follow('n2', '1b 2', { compacted: 2 }),
    );
  });
});

describe('leader completeness: a committed entry is in the log of every leader of a higher term', () => {
  test('leaders that have it, and hosts that lead nothing', () => {
    holds(
      completeness,
      lead('n1', 1, '1 1', { commit: 2 }),
      { host: 'n3', term: 2, log: '' },
      lead('n2', 2, '1 1 2'),
      lead('n2', 2, '1 1 2', { commit: 3 }),
      lead('n3', 3, '1 1 2 3', { compacted: 2 }),
    );
  });
  test('an entry that was not committed may be missing', () => {
    holds(completeness, lead('n1', 1, '1 1', { commit: 1 }), lead('n2', 2, '1 2'));
  });
  test('a leader of a lower term need not have it', () => {
    holds(completeness, lead('n1', 1, '1'), lead('n2', 2, '1 2', { commit: 2 }), lead('n1', 1, '1 1'));
    holds(completeness, lead('n2', 2, '1 2', { commit: 2 }), lead('n1', 1, '1 1'));
  });
  test('a commit counts from the term of its entry, though a host shows an older term', () => {
    holds(completeness, lead('n1', 2, '1'), lead('n2', 3, '1 3'), {
      host: 'n3',
      term: 1,
      log: '1 3',
      commit: 2,
    });
  });
  test('an old leader learns late of a commit that a new leader has', () => {
    holds(
      completeness,
      lead('n1', 1, '1 1'),
      lead('n2', 2, '1 1'),
      lead('n2', 2, '1 1 2'),
      lead('n1', 1, '1 1', { commit: 2 }),
    );
  });
  test('a commit that turns out late asks nothing of leaders of lower terms, whoever leads now', () => {
    holds(completeness, lead('n1', 1, '1'), lead('n3', 3, '1 2'), lead('n2', 2, '1 2', { commit: 2 }));
  });
  test('a leader that has compacted it away', () => {
    holds(completeness, lead('n1', 1, '1 1', { commit: 2 }), lead('n2', 2, '1 1 1 2 2', { compacted: 4 }));
  });
  test('a leader that had it, restarts and leads the same term without it', () => {
    breaks(
      completeness,
      'n2 became leader of term 2 (seen at 1s) without entry 1, or one before it, as n1 knew it to be committed in ' +
        'term 1 (at 2s)',
      lead('n2', 2, '1 2'),
      lead('n2', 2, '2', { incarnation: 2 }),
      lead('n1', 1, '1', { commit: 1 }),
    );
  });
  test('a leader is elected without it', () => {
    breaks(
      completeness,
      'n2 became leader of term 2 (seen at 1s) without entry 2, or one before it, as n1 knew it to be committed in ' +
        'term 1 (at 0s)',
      lead('n1', 1, '1 1', { commit: 2 }),
      lead('n2', 2, '1'),
    );
  });
  test('a leader is elected with another entry in its place', () => {
    breaks(
      completeness,
      'n2 became leader of term 3 (seen at 1s) without entry 2, or one before it, as n1 knew it to be committed in ' +
        'term 1 (at 0s)',
      lead('n1', 1, '1 1', { commit: 2 }),
      lead('n2', 3, '1 2 3'),
    );
  });
  test('not the next leader but a later one lacks it', () => {
    breaks(
      completeness,
      'n3 became leader of term 3 (seen at 2s) without entry 1, or one before it, as n1 knew it to be committed in ' +
        'term 1 (at 0s)',
      lead('n1', 1, '1', { commit: 1 }),
      lead('n2', 2, '1 2'),
      lead('n3', 3, '2 3'),
    );
  });
  test('it turns out to have been committed after the leader was elected', () => {
    breaks(
      completeness,
      'n2 became leader of term 2 (seen at 1s) without entry 2, or one before it, as n1 knew it to be committed in ' +
        'term 1 (at 2s)',
      lead('n1', 1, '1 1', { commit: 1 }),
      lead('n2', 2, '1 2'),
      lead('n1', 1, '1 1', { commit: 2 }),
    );
  });
  test('it turns out when the leader is gone, and its log was longer', () => {
    breaks(
      completeness,
      'n2 became leader of term 2 (seen at 1s) without entry 3, or one before it, as n3 knew it to be committed in ' +
        'term 1 (at 5s)',
      lead('n1', 1, '1 1 1'),
      lead('n2', 2, '1 1'),
      lead('n2', 2, '1 1 2 2'),
      { host: 'n2', term: 3, log: '1 1 1' },
      down('n2'),
      { host: 'n3', term: 1, log: '1 1 1', commit: 3 },
    );
  });
  test('it turns out after a restart of the leader in its own term', () => {
    breaks(
      completeness,
      'n2 became leader of term 2 (seen at 0s) without entry 1, or one before it, as n1 knew it to be committed in ' +
        'term 1 (at 2s)',
      lead('n2', 2, '2'),
      lead('n2', 2, '1 2', { incarnation: 2 }),
      lead('n1', 1, '1', { commit: 1 }),
    );
  });
  test('the same host is elected again and has lost it', () => {
    breaks(
      completeness,
      'n1 became leader of term 2 (seen at 1s) without entry 1, or one before it, as n1 knew it to be committed in ' +
        'term 1 (at 0s)',
      lead('n1', 1, '1', { commit: 1 }),
      lead('n1', 2, '', { incarnation: 2 }),
    );
  });
});

describe('state-machine safety: no two servers apply different entries at the same index', () => {
  const at = (host: string, log: string, commit: number, more: Partial<Shown> = {}): Shown => ({
    host,
    log,
    commit,
    ...more,
  });
  test('servers that commit the same entries, sooner or later', () => {
    holds(
      machineSafety,
      at('n1', '1 1 2', 2),
      at('n2', '1 1 3', 1),
      at('n2', '1 1 3', 2),
      at('n3', '1 1', 2, { compacted: 1 }),
      at('n1', '1 1 3', 3),
      at('n1', '1 1', 0, { incarnation: 2 }),
      at('n1', '1 1 3', 3, { incarnation: 2 }),
    );
  });
  test('a server that restarts from a snapshot and has not heard of commits', () => {
    holds(machineSafety, at('n1', '1 1', 2), at('n1', '1 1', 0, { compacted: 2, incarnation: 2 }));
  });
  test('servers that apply the same entries', () => {
    holds(
      machineSafety,
      at('n1', '1 1', 2, { applied: 1, state: 11 }),
      at('n2', '1 1', 2, { applied: 1, state: 11 }),
      at('n1', '1 1', 2, { applied: 2, state: 12 }),
      at('n2', '1 1', 2, { applied: 2, state: 12 }),
    );
  });
  test('different entries committed at one index', () => {
    breaks(
      machineSafety,
      'the entry committed at index 2 is not the same everywhere: n1 had one at 0s, n2 another at 1s',
      at('n1', '1 1', 2),
      at('n2', '1 2', 2),
    );
    breaks(
      machineSafety,
      'the entry committed at index 2 is not the same everywhere: n1 had one at 0s, n2 another at 1s',
      at('n1', '1 1 3', 3),
      at('n2', '1 2 3', 3),
    );
    breaks(
      machineSafety,
      'the entry committed at index 2 is not the same everywhere: n1 had one at 0s, n2 another at 1s',
      at('n1', '1 1 3', 2),
      at('n2', '1 2 3', 3),
    );
  });
  test('a committed entry is overwritten later', () => {
    breaks(
      machineSafety,
      'the entry committed at index 1 is not the same everywhere: n1 had one at 0s, n1 another at 1s',
      at('n1', '1', 1),
      at('n1', '2', 1),
    );
  });
  test('a committed entry is another one after a restart', () => {
    breaks(
      machineSafety,
      'the entry committed at index 1 is not the same everywhere: n1 had one at 0s, n1 another at 2s',
      at('n1', '1', 1),
      down('n1'),
      at('n1', '2', 1, { incarnation: 2 }),
    );
  });
  test('a committed entry is cut off', () => {
    breaks(
      machineSafety,
      'n1 has committed the entries up to 2, but at 1s its log ends at 1',
      at('n1', '1 1', 2),
      at('n1', '1', 2),
    );
  });
  test('different states after the same entries', () => {
    breaks(
      machineSafety,
      'after applying the entries up to 1, the state of n2 at 1s is not the one that n1 had at 0s',
      at('n1', '1', 1, { applied: 1, state: 11 }),
      at('n2', '1', 1, { applied: 1, state: 12 }),
    );
  });
  test('a state that changes though nothing was applied', () => {
    breaks(
      machineSafety,
      'after applying the entries up to 1, the state of n1 at 1s is not the one that n1 had at 0s',
      at('n1', '1', 1, { applied: 1, state: 11 }),
      at('n1', '1', 1, { applied: 1, state: 12 }),
    );
  });
});

describe('leader-replaced comes true with a leader of a higher term', () => {
  const comes = (...shown: Shown[]): boolean => {
    const fold = leaderReplaced.start();
    return shown
      .map((one, at) =>
        fold.observe({
          seq: at,
          atUs: at,
          host: one.host,
          incarnation: one.incarnation ?? 1,
          up: !('up' in one),
          state: 'up' in one ? undefined : viewOf(one),
        }),
      )
      .at(-1) as boolean;
  };
  test('another host, or the same one again', () => {
    expect(comes(lead('n1', 1), lead('n2', 2))).toBe(true);
    expect(comes(lead('n1', 1), { host: 'n1', term: 2 }, lead('n1', 3))).toBe(true);
    expect(comes(lead('n1', 1), lead('n2', 2), { host: 'n2', term: 3 }), 'it stays true').toBe(true);
  });
  test('not one leader, a candidate, nor a leader of a lower term', () => {
    expect(comes(lead('n1', 1), lead('n1', 1))).toBe(false);
    expect(comes(lead('n1', 1), { host: 'n2', term: 2, role: 'candidate' })).toBe(false);
    expect(comes(lead('n2', 2), lead('n1', 1))).toBe(false);
    expect(comes(lead('n2', 2), down('n2'))).toBe(false);
  });
});

test('claims pass over hosts that are no servers', () => {
  for (const claim of raftClaims) {
    const fold = claim.start();
    const client = { seq: 0, atUs: 0, host: 'c1', incarnation: 1, up: true, state: { waiting: 1 } };
    expect(fold.observe(client) || undefined).toBeUndefined();
  }
});

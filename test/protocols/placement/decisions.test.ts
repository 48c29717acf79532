/** Views that follow each other, and what becomes of a key between two owners. */
import { describe, expect, test } from 'vitest';
import type { Place } from '../../../protocols/placement/index.ts';
import { weightOf } from '../../../protocols/placement/options.ts';
import { type KeyRecord, onHandOver, operated } from '../../../protocols/placement/record.ts';
import { changed, firstView, type View, Views } from '../../../protocols/placement/view.ts';

const add = (server: string) => ({ change: 'add', server, weight: 1 }) as const;
const remove = (server: string) => ({ change: 'remove', server, weight: 1 }) as const;

describe('a view', () => {
  const first = firstView(['n2', 'n1']);

  test('names its members in order, and a change makes the next one', () => {
    expect(first).toEqual({
      version: 1,
      members: [
        { id: 'n1', weight: 1 },
        { id: 'n2', weight: 1 },
      ],
    });
    const next = changed(first, add('n0'))!;
    expect([next.version, next.members.map(({ id }) => id)]).toEqual([2, ['n0', 'n1', 'n2']]);
  });

  test('gives servers of unequal size a weight each, by the option "shares"', () => {
    const weights = (shares: string) => firstView(['n3', 'n12', 'n1'], weightOf({ shares })).members;
    expect(weights('numbered').map(({ weight }) => weight)).toEqual([1, 12, 3]);
    expect(weights('equal').map(({ weight }) => weight)).toEqual([1, 1, 1]);
    expect(weightOf({ shares: 'numbered' })('n4000')).toBe(1000);
  });

  test('stays the same if there is nothing to change, and somebody must be left', () => {
    expect(changed(first, add('n1'))).toBe(first);
    expect(changed(first, remove('n9'))).toBe(first);
    expect(changed(firstView(['n1']), remove('n1'))).toBeNull();
  });
});

describe('the views that a host knows', () => {
  /** The last member owns everything. */
  const last: Place = (members) => ({ owners: () => [members.at(-1)!.id] });
  const view = (version: number, ...ids: string[]): View => ({
    version,
    members: ids.map((id) => ({ id, weight: 1 })),
  });

  test('follow each other without a gap, and none is taken in twice', () => {
    const views = new Views(last);
    expect(views.owner('a')).toBeUndefined();
    expect(views.adopt([view(2, 'n1')])).toBe(false);
    expect(views.adopt([view(1, 'n1'), view(2, 'n2')])).toBe(true);
    expect(views.adopt([view(2, 'n9'), view(3, 'n3')])).toBe(true);
    expect([1, 2, 3].map((version) => views.owner('a', version))).toEqual(['n1', 'n2', 'n3']);
    expect(views.after(1).map(({ version }) => version)).toEqual([2, 3]);
  });

  test('tell since when a server has owned a key without a break, and who did before', () => {
    const views = new Views(last);
    views.adopt([view(1, 'n1'), view(2, 'n0', 'n1'), view(3, 'n2'), view(4, 'n1'), view(5, 'n0', 'n1')]);
    expect(views.tenure('a', 2)).toEqual({ since: 1, before: null });
    expect(views.tenure('a', 3)).toEqual({ since: 3, before: 'n1' });
    expect(views.tenure('a', 5)).toEqual({ since: 4, before: 'n2' });
    // Of an earlier view again.
    expect(views.tenure('a', 3)).toEqual({ since: 3, before: 'n1' });
  });

  test('are placed once each, however often and however far back tenures are asked for', () => {
    let placed = 0;
    const views = new Views((members) => {
      placed += 1;
      return last(members);
    });
    const all = Array.from({ length: 30 }, (_, at) => view(at + 1, `n${at % 4}`));
    for (let round = 0; round < 3; round++) {
      views.adopt(all.slice(0, 10 * (round + 1)));
      for (let version = views.version; version > 0; version--) {
        const before = version === 1 ? null : `n${(version - 2) % 4}`;
        expect(views.tenure('a', version)).toEqual({ since: version, before });
      }
    }
    expect(placed).toBe(30);
  });
});

describe('the owner since view 5 asks for a key', () => {
  const record = (since: number, given: number | null): KeyRecord => ({
    key: 'a',
    value: 1,
    since,
    given,
    done: [],
  });

  test.each([
    ['that was got for the tenure before: it is given', record(3, null), 'give'],
    ['that was given to it already, and the answer lost: it is given again', record(3, 5), 'give again'],
    ['that was never got: it is got first', undefined, 'get it first'],
    ['that was given away in an earlier tenure: it is got back first', record(1, 2), 'get it first'],
    ['that is left over from an earlier tenure: it is got first', record(1, null), 'get it first'],
    ['that has come back since then: a late copy', record(6, null), 'refuse'],
    ['that was given to a later owner: a late copy', record(3, 7), 'refuse'],
  ] as const)('%s', (_, known, deed) => {
    expect(onHandOver(known, 5, 3)).toBe(deed);
  });
});

describe('an operation', () => {
  const fresh: KeyRecord = { key: 'a', value: null, since: 1, given: null, done: [] };
  const put = (value: number) => ({ f: 'put', key: 'a', value }) as const;

  test('takes effect once, however often it arrives', () => {
    const once = operated(fresh, put(1), 'x', 1)!.record;
    const other = operated(once, put(2), 'y', 1)!.record;
    const again = operated(other, put(1), 'x', 1)!;
    expect(again.record).toBe(other);
    expect(again.record.value).toBe(2);
  });

  test('that its session has given up is refused when it arrives late', () => {
    const later = operated(fresh, put(2), 'x', 2)!.record;
    expect(operated(later, put(1), 'x', 1)).toBeNull();
  });

  test('cas puts what it says if it finds what it expects, and a copy is told the same', () => {
    const cas = { f: 'cas', key: 'a', from: null, to: 7 } as const;
    const first = operated(fresh, cas, 'x', 1)!;
    expect([first.result, first.record.value]).toEqual([true, 7]);
    expect(operated(first.record, cas, 'x', 1)!.result).toBe(true);
    expect(operated(first.record, cas, 'y', 1)!.result).toBe(false);
  });

  test('at most 64 sessions are remembered: the one that was quiet for longest gives way', () => {
    let record = fresh;
    for (let session = 0; session < 100; session++) {
      record = operated(record, put(session), `s${session}`, 1)!.record;
      record = operated(record, put(session), 'busy', session)!.record;
    }
    expect(record.done).toHaveLength(64);
    expect(record.done.map(([session]) => session)).toContain('busy');
    expect(record.done.map(([session]) => session)).not.toContain('s0');
  });
});

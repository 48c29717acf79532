/** What clients ask for, at random: scripts for the workloads of the catalogue. */
import fc from 'fast-check';
import type { Question } from '../../index.ts';

/** One thing to ask for; `place` is its place in the script, from 1, and makes values that nobody else writes. */
export type DrawnQuestion = (place: number) => Question;

/** The simplest comes first: what is drawn shrinks to it. */
const kinds: Readonly<Record<string, (key: fc.Arbitrary<string>) => fc.Arbitrary<DrawnQuestion>>> = {
  kv: (key) => {
    const get = key.map(
      (own): DrawnQuestion =>
        () => ({ f: 'get', key: own }),
    );
    const put = key.map(
      (own): DrawnQuestion =>
        (place) => ({ f: 'put', key: own, value: place }),
    );
    const remove = key.map(
      (own): DrawnQuestion =>
        () => ({ f: 'delete', key: own }),
    );
    const cas = fc.tuple(key, fc.option(fc.integer({ min: 1, max: 20 }))).map(
      ([own, from]): DrawnQuestion =>
        (place) => ({ f: 'cas', key: own, value: [from, place] }),
    );
    return fc.oneof(
      { withCrossShrink: true },
      { arbitrary: get, weight: 4 },
      { arbitrary: put, weight: 3 },
      { arbitrary: cas, weight: 2 },
      { arbitrary: remove, weight: 1 },
    );
  },
  lock: (key) =>
    fc.tuple(fc.constantFrom('acquire', 'release', 'write', 'renew'), key).map(
      ([f, own]): DrawnQuestion =>
        (place) => ({ f, key: own, ...(f === 'write' && { value: place }) }),
    ),
  ids: () => fc.constant(() => ({ f: 'generate' })),
  stamps: () => fc.constant(() => ({ f: 'stamp' })),
  membership: () => fc.constant(() => ({ f: 'alive' })),
};

/** The workloads whose operations can be drawn here. */
export const drawnWorkloads: readonly string[] = Object.keys(kinds);

/** @throws TypeError if nobody here knows what the clients of that workload ask for */
export function questionsOf(workload: string, key: fc.Arbitrary<string>): fc.Arbitrary<DrawnQuestion> {
  const own = kinds[workload];
  if (own !== undefined) return own(key);
  const known = drawnWorkloads.join(', ');
  throw new TypeError(
    `the operations of a workload "${workload}" cannot be drawn, only those of ${known}; give an arbitrary of your own as "operations"`,
  );
}

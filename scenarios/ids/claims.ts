/** What leased numbers of workers promise, read off what workers and allocators show. */
import type { AllocatorView, LeasedIdView } from '../../protocols/ids/index.ts';
import { type AlwaysClaim, type Check, type Holding, mutualExclusion, sometimes } from '../../sim/index.ts';

/** A worker that is paused has its number for as long as it said when it last showed itself, and no longer. */
const exclusive: AlwaysClaim = {
  name: 'worker-number-exclusive',
  about: 'No two workers believe in one number at one time.',
  kind: 'always',
  start() {
    let nowUs = 0;
    const holdings = (state: unknown): Holding[] | undefined => {
      const { role, number, remainingMs } = state as Partial<LeasedIdView>;
      if (role !== 'worker') return undefined;
      if (number === null || number === undefined || remainingMs === undefined) return [];
      return [{ resource: `number ${number}`, untilUs: nowUs + Math.floor(remainingMs * 1000) }];
    };
    const { name, about } = exclusive;
    const fold = mutualExclusion(name, about, holdings).start();
    return {
      observe(observation) {
        nowUs = observation.atUs;
        return fold.observe(observation);
      },
    };
  },
};

const passedOn = sometimes(
  'worker-number-passed-on',
  'A number comes to another worker.',
  ({ state }) => ((state as Partial<AllocatorView> | undefined)?.passedOn ?? 0) > 0,
);

export const idChecks: readonly Check[] = [
  { name: exclusive.name, about: exclusive.about, kind: 'always', options: {}, claim: () => exclusive },
  { name: passedOn.name, about: passedOn.about, kind: 'sometimes', options: {}, claim: () => passedOn },
];

/** The judges of consistency models as checks: what sessions, causes and staleness were like in a finished history. */
import { type Check, consistencyJudges } from '../sim/index.ts';

export const consistencyChecks: readonly Check[] = [...consistencyJudges.values()].map(
  ({ name, about, options, judge }): Check => ({
    name,
    about,
    kind: 'history',
    options,
    // To invalidate what is cached neither reads nor writes.
    judge: ({ history }, values) =>
      judge(
        history.filter(({ f }) => f !== 'invalidate'),
        values,
      ),
  }),
);

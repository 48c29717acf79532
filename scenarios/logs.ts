/** What logs that forget promise: they do not grow for ever. */
import type { LogView } from '../protocols/compacted-journal.ts';
import { type AlwaysClaim, type Check, sometimes } from '../sim/index.ts';

/** Of a host that has one. */
function logOf(state: unknown): LogView | undefined {
  const log = (state as { readonly log?: Partial<LogView> } | undefined)?.log;
  return log?.records === undefined ? undefined : (log as LogView);
}

const bounded = (recordsMax: number): AlwaysClaim => ({
  name: 'log-bounded',
  about: 'No log ever has more records than it may.',
  kind: 'always',
  start: () => ({
    observe({ host, state, atUs }) {
      const log = logOf(state);
      if (log === undefined || log.records <= recordsMax) return undefined;
      const message = `the log of ${host} has ${log.records} records, and may have ${recordsMax}`;
      return { check: 'log-bounded', message, atUs, evidence: { host, ...log } };
    },
  }),
});

const rewritten = sometimes(
  'log-rewritten',
  'A log is written anew, without what nobody needs any more.',
  ({ state }) => (logOf(state)?.rewritten ?? 0) > 0,
);

export const logChecks: readonly Check[] = [
  {
    name: 'log-bounded',
    about: bounded(0).about,
    kind: 'always',
    options: { records: { type: 'integer', default: 1000, min: 1, about: 'So many it may have.' } },
    claim: ({ records }) => bounded(Number(records)),
  },
  { name: rewritten.name, about: rewritten.about, kind: 'sometimes', options: {}, claim: () => rewritten },
];

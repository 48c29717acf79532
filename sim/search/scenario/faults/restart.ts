import type { FaultOf } from '../../../world/spec.ts';
import { distribution, map, nameOf, settled, targets, whole } from '../notation.ts';
import { writeDistribution } from '../write-values.ts';
import { notation, writeTargets } from './notation.ts';

export const restart = notation({
  kind: 'restart',
  about: 'hosts that are restarted one after another, or crash again and again',
  text: 'Ends the targets one after another and boots each again after `down`; the next one follows `gap` later, and so on for `rounds`. With `how: stop` (the default: a rolling restart) a program may finish its business while it is down, and its disk keeps everything; with `how: crash` the power fails. One target and many rounds are a crash loop.',
  examples: [
    '{ at: 2s, restart: { targets: all, down: 200ms, gap: 1s } }',
    '{ at: 2s, for: 3s, restart: { targets: one, how: crash, down: 50ms, gap: 100ms, rounds: 20 } }',
  ],
  form: map({
    targets,
    how: nameOf('way to end', ['stop', 'crash']).prefault('stop'),
    down: distribution.prefault('200ms').describe('How long each is down.'),
    gap: distribution.prefault('1s').describe('From the boot of one to the end of the next.'),
    rounds: whole(1, 1_000).prefault(1),
  })
    .transform(settled((value): FaultOf<'restart'> => ({ kind: 'restart', ...value })))
    .describe('A rolling restart, or a crash loop.'),
  write: ({ targets, how, down, gap, rounds }) => ({
    targets: writeTargets(targets),
    how,
    down: writeDistribution(down),
    gap: writeDistribution(gap),
    rounds,
  }),
});

import { z } from 'zod';
import type { FaultOf } from '../../../world/spec.ts';
import { map, nameOf, settled, targets } from '../notation.ts';
import { notation, writeTargets } from './notation.ts';

export const kill = notation({
  kind: 'kill',
  about: 'hosts that crash and come back',
  text: 'Memory is lost. With `storage: lose-unsynced` (the default) so is what was written and not synced, wholly or in part; with `keep` the disk stays as it was. The program starts afresh after `restartAfter`.',
  examples: ['{ at: 2s, kill: { targets: leader, storage: lose-unsynced }, restartAfter: 500ms }'],
  form: z
    .union([
      targets,
      map({ targets, storage: nameOf('storage', ['lose-unsynced', 'keep']).prefault('lose-unsynced') }),
    ])
    .transform(
      settled((value): FaultOf<'kill'> => {
        if (typeof value === 'object' && 'storage' in value) return { kind: 'kill', ...value };
        return { kind: 'kill', targets: value, storage: 'lose-unsynced' };
      }),
    )
    .describe(
      'Memory is lost; of the unsynced writes a drawn prefix survives, or with `storage: keep` all of them.',
    ),
  write: ({ targets, storage }) => ({ targets: writeTargets(targets), storage }),
});

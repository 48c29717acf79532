import { z } from 'zod';
import type { FaultOf } from '../../../world/spec.ts';
import { map, settled, storage, targets, whole } from '../notation.ts';
import { notation, writeTargets } from './notation.ts';

export const kill = notation({
  kind: 'kill',
  about: 'hosts that crash and come back',
  text: 'Memory is lost, and of the disk what `storage` says. `keep`: nothing, only the process dies. `lose-unsynced` (the default): a power loss that leaves a drawn prefix of each file’s unsynced writes. `lose-all`: nothing unsynced is left. `torn`: of the unsynced writes any 4 KiB sectors are left, in no order, and so with new, renamed and removed names. `wipe`: the disk comes back empty; a nemesis needs `damage: any` for it. With `afterEffects` a host dies in the midst of what it does. The program starts afresh after `restartAfter`.',
  examples: [
    '{ at: 2s, kill: { targets: leader, storage: lose-unsynced }, restartAfter: 500ms }',
    '{ at: 2s, kill: { targets: one, storage: keep }, restartAfter: 500ms }',
    '{ at: 2s, for: 1s, kill: { targets: all, storage: lose-all } }',
    '{ at: 2s, for: 1s, kill: { targets: all, storage: torn } }',
    '{ at: 2s, for: 1s, kill: { targets: [n1], storage: wipe } }',
    '{ at: 2s, for: 1s, kill: { targets: [n1], afterEffects: [3] } }',
  ],
  form: z
    .union([
      targets,
      map({
        targets,
        storage: storage.prefault('lose-unsynced'),
        afterEffects: z
          .array(whole(0, 1_000_000))
          .optional()
          .describe('For each named host: how many more effects (sends, writes …) it has before it dies.'),
      }),
    ])
    .transform(
      settled((value): FaultOf<'kill'> => {
        if (typeof value === 'object' && 'storage' in value) return { kind: 'kill', ...value };
        return { kind: 'kill', targets: value, storage: 'lose-unsynced' };
      }),
    )
    .describe(
      'Memory is lost; `storage` says what becomes of the disk: of the unsynced writes a drawn prefix survives, unless it says otherwise.',
    ),
  write: ({ targets, storage, afterEffects }) => ({
    targets: writeTargets(targets),
    storage,
    ...(afterEffects && { afterEffects: [...afterEffects] }),
  }),
});

/** Locks with one mistake each. */
import { type LockRules, redlockWith, singleNodeLockWith } from '../../protocols/locks/index.ts';
import type { Protocol } from '../../protocols/protocol.ts';

const singleNode = (name: string, about: string, replaced: Partial<LockRules>): Protocol => ({
  ...singleNodeLockWith(replaced),
  name,
  about,
});

export const lockSpecimens: readonly Protocol[] = [
  singleNode(
    'zoo/lock-without-fencing',
    'A lock on one node whose resource lets in whoever comes, however old his token is (Kleppmann 2016).',
    { admits: () => true },
  ),
  singleNode(
    'zoo/lock-released-by-anybody',
    'A lock on one node that is deleted without a look at whose it is.',
    { mayRelease: () => true },
  ),
  singleNode(
    'zoo/lock-in-two-steps',
    'A lock on one node that is taken with SETNX and gets its time to live with EXPIRE, one after the other.',
    {
      claim: async (node, { ttlMs, ...held }) => {
        const grant = await node.acquire({ ...held, ttlMs: null });
        if (grant !== null) await node.renew({ ...held, ttlMs });
        return grant;
      },
    },
  ),
  {
    ...redlockWith({ now: (clock) => clock.now() }),
    name: 'zoo/redlock-by-wall-clock',
    about:
      'Redlock on nodes whose keys expire by the wall clock, as those of Redis do: it may jump (Kleppmann 2016).',
  },
  {
    ...redlockWith({ restartDelayMs: () => 0 }),
    name: 'zoo/redlock-forgets',
    about: 'Redlock on nodes that grant locks as soon as they have started, with nothing written down.',
  },
];

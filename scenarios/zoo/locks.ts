/** Locks with one mistake each. */
import {
  type LockRules,
  localLockWith,
  raftLockWith,
  redlockWith,
  replicatedLockWith,
  singleNodeLockWith,
} from '../../protocols/locks/index.ts';
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
  singleNode(
    'zoo/lock-counted-from-answer',
    'A lock on one node in which clients believe from when they are told of it, however long that took.',
    { countsFrom: (_, answeredMs) => answeredMs },
  ),
  singleNode(
    'zoo/lock-serves-last-first',
    'A lock on one node that gives a key to whoever came last of those in line.',
    { nextInLine: (line) => line.at(-1) },
  ),
  singleNode(
    'zoo/lock-loss-untold',
    'A lock on one node whose holders are not told that they have lost it, and work on.',
    { tellsLoss: () => {} },
  ),
  {
    ...replicatedLockWith({ isAcknowledged: () => true }),
    name: 'zoo/lock-copied-later',
    about: 'A lock on a primary that answers before its replicas have a copy, as Redis does by default.',
  },
  {
    ...localLockWith({ depthAfter: () => 0 }),
    name: 'zoo/lock-forgets-depth',
    about: 'A lock between tasks that is free after one release, however often it was acquired.',
  },
  {
    ...localLockWith({ inOrder: (keys) => [...keys], mustBeInOrder: () => {} }),
    name: 'zoo/lock-in-any-order',
    about: 'A lock between tasks that acquires several keys in whatever order they are named.',
  },
  {
    ...raftLockWith(
      {},
      { clusterTime: (stampedMs, _, clock) => Math.max(stampedMs, Math.floor(clock.now())) },
    ),
    name: 'zoo/raft-lock-by-wall-clock',
    about:
      'Locks on Raft whose leaders put their wall clocks into the log: they jump, and each leader has its own.',
  },
  {
    ...redlockWith({ now: (clock) => clock.now() }),
    name: 'zoo/redlock-by-wall-clock',
    about:
      'Redlock on nodes whose keys expire by the wall clock, as those of Redis do: it may jump (Kleppmann 2016).',
  },
  singleNode(
    'zoo/lock-forgets',
    'A lock on one node that grants as soon as it has started, although it writes down what it granted once a second only.',
    { restartDelayMs: () => 0 },
  ),
  {
    ...redlockWith({ restartDelayMs: () => 0 }),
    name: 'zoo/redlock-forgets',
    about: 'Redlock on nodes that grant locks as soon as they have started, with nothing written down.',
  },
];

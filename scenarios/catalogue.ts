/** Everything built in that a scenario file can name. */
import { caching } from '../protocols/caching/index.ts';
import { hybridClocks, lamportClocks, vectorClocks } from '../protocols/clocks/index.ts';
import { gossip } from '../protocols/gossip/index.ts';
import { leasedSnowflake, snowflake } from '../protocols/ids/index.ts';
import {
  localLock,
  raftLock,
  redlockLock,
  replicatedLock,
  singleNodeLock,
} from '../protocols/locks/index.ts';
import { swim } from '../protocols/membership/index.ts';
import { rendezvousPlacement, ringPlacement } from '../protocols/placement/index.ts';
import { raft } from '../protocols/raft/index.ts';
import { leaderless, primarySecondary } from '../protocols/replication/index.ts';
import { order as orders, saga, twoPhaseCommit } from '../protocols/transactions/index.ts';
import {
  type Check,
  type Content,
  catalogueOf,
  linearizable,
  models,
  progress,
  uniqueIds,
  unknown,
} from '../sim/index.ts';
import { cachingChecks } from './caching/claims.ts';
import { clockChecks } from './clocks/claims.ts';
import { consistencyChecks } from './consistency.ts';
import { gossipChecks } from './gossip/claims.ts';
import { idChecks } from './ids/claims.ts';
import { lockChecks } from './locks/claims.ts';
import { sectionChecks } from './locks/sections.ts';
import { logChecks } from './logs.ts';
import { membershipChecks } from './membership/claims.ts';
import { placementChecks } from './placement/claims.ts';
import { raftClaims } from './raft/claims.ts';
import { leaderlessChecks } from './replication/leaderless-claims.ts';
import { primaryChecks } from './replication/primary-claims.ts';
import { commitmentChecks } from './transactions/commitment.ts';
import { orderChecks } from './transactions/orders.ts';
import { sagaChecks } from './transactions/sagas.ts';
import { book } from './workloads/book.ts';
import { cache } from './workloads/cache.ts';
import { entries } from './workloads/entries.ts';
import { ids } from './workloads/ids.ts';
import { kv } from './workloads/kv.ts';
import { lock } from './workloads/lock.ts';
import { membership } from './workloads/membership.ts';
import { order } from './workloads/order.ts';
import { sections } from './workloads/sections.ts';
import { siblings } from './workloads/siblings.ts';
import { stamps } from './workloads/stamps.ts';
import { transfer } from './workloads/transfer.ts';
import { cachingSpecimens } from './zoo/caching.ts';
import { clockSpecimens } from './zoo/clocks.ts';
import { gossipSpecimens } from './zoo/gossip.ts';
import { idSpecimens } from './zoo/ids.ts';
import { leaderlessSpecimens } from './zoo/leaderless.ts';
import { lockSpecimens } from './zoo/locks.ts';
import { membershipSpecimens } from './zoo/membership.ts';
import { naiveProtocols } from './zoo/naive/index.ts';
import { orderSpecimens } from './zoo/orders.ts';
import { placementSpecimens } from './zoo/placement.ts';
import { primarySecondarySpecimens } from './zoo/primary-secondary.ts';
import { raftSpecimens } from './zoo/raft.ts';
import { sagaSpecimens } from './zoo/saga.ts';
import { twoPhaseCommitSpecimens } from './zoo/two-phase-commit.ts';

const claimChecks = raftClaims.map(
  (claim): Check =>
    claim.kind === 'always'
      ? { name: claim.name, about: claim.about, kind: 'always', options: {}, claim: () => claim }
      : { name: claim.name, about: claim.about, kind: 'sometimes', options: {}, claim: () => claim },
);

const isLinearizable: Check = {
  name: 'linearizable',
  about: 'What the clients saw could have come from one copy that does one thing at a time.',
  kind: 'history',
  options: {},
  judge: ({ history, model }) =>
    model === undefined
      ? unknown('the workload has no model to judge its history by')
      : linearizable(history, model),
};

const idsAreUnique: Check = {
  name: 'unique-ids',
  about: 'No identifier is given out twice.',
  kind: 'history',
  options: {},
  judge: ({ history }) => uniqueIds(history),
};

const makesProgress: Check = {
  name: 'progress',
  about: 'Once the faults are over, every operation is answered within a bound.',
  kind: 'eventually',
  options: {
    within: { type: 'duration', default: 3000, min: 1, about: 'How long recovery and an answer may take.' },
  },
  judge: ({ history, recoveryUs }, { within }) =>
    recoveryUs === undefined
      ? unknown('the run ended before its recovery phase')
      : progress({ withinUs: Number(within) * 1000 }).judge(history, recoveryUs),
};

/** Judged in every run, named or not, by the run itself. */
const everywhere: readonly Check[] = [
  {
    name: 'no-uncaught-error',
    about: 'No program lets an error or a rejected promise go uncaught.',
    kind: 'history',
    options: {},
    everywhere: true,
    judge: () => ({ verdict: 'held' }),
  },
  {
    name: 'no-livelock',
    about: 'No program keeps the run busy without letting time pass.',
    kind: 'history',
    options: {},
    everywhere: true,
    judge: () => ({ verdict: 'held' }),
  },
];

export const catalogue: Content = catalogueOf({
  protocols: [
    ...[raft, ...raftSpecimens, ...naiveProtocols],
    ...[primarySecondary, ...primarySecondarySpecimens],
    ...[twoPhaseCommit, ...twoPhaseCommitSpecimens, saga, ...sagaSpecimens, orders, ...orderSpecimens],
    ...[lamportClocks, vectorClocks, hybridClocks, ...clockSpecimens],
    ...[snowflake, leasedSnowflake, ...idSpecimens, swim, ...membershipSpecimens],
    ...[gossip, ...gossipSpecimens],
    ...[leaderless, ...leaderlessSpecimens],
    ...[singleNodeLock, redlockLock, replicatedLock, raftLock, localLock, ...lockSpecimens],
    ...[ringPlacement, rendezvousPlacement, ...placementSpecimens],
    ...[caching, ...cachingSpecimens],
  ],
  workloads: [kv, transfer, book, stamps, ids, lock, sections, membership, entries, order, siblings, cache],
  checks: [
    ...[
      ...claimChecks,
      ...commitmentChecks,
      ...sagaChecks,
      ...logChecks,
      ...orderChecks,
      ...clockChecks,
      ...lockChecks,
      ...sectionChecks,
      ...membershipChecks,
      ...gossipChecks,
      ...idChecks,
      ...placementChecks,
      ...leaderlessChecks,
      ...cachingChecks,
    ],
    ...[...primaryChecks, ...consistencyChecks],
    ...[isLinearizable, idsAreUnique, makesProgress, ...everywhere],
  ],
  models: [...models.values()],
});

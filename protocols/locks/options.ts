/** What may be set from outside. The same on all hosts. */
import type { HostId } from '../host.ts';
import type { OptionsOf, OptionTable } from '../protocol.ts';
import { raftOptions } from '../raft/options.ts';

/** Hosts are known by what their names begin with. */
export const nodePrefix = 'n';
export const resourcePrefix = 'r';
export const sentinelPrefix = 's';

export const isNode = (id: HostId): boolean => id.startsWith(nodePrefix);
export const isSentinel = (id: HostId): boolean => id.startsWith(sentinelPrefix);
export const isResource = (id: HostId): boolean => id.startsWith(resourcePrefix);

const common = {
  ttl: { type: 'duration', default: 1000, min: 10, about: 'How long a lock lasts unless it is renewed.' },
  ttlMax: {
    type: 'duration',
    default: 10_000,
    min: 10,
    about:
      'The longest that a node grants. A node that may have forgotten grants nothing for as long after its start.',
  },
  driftPpm: {
    type: 'integer',
    default: 10_000,
    min: 0,
    max: 500_000,
    about: 'How much faster one clock may run than another, in parts in a million; a client believes less.',
  },
  acquireTimeout: {
    type: 'duration',
    default: 5000,
    min: 1,
    about: 'A client gives up on a lock after this.',
  },
  retryCount: {
    type: 'integer',
    default: 1000,
    min: 0,
    about: 'Attempts of a client besides the first one.',
  },
  retryDelay: {
    type: 'duration',
    default: 50,
    min: 1,
    about:
      'Mean wait before the second attempt; each further one is twice as long, up to 16 times. Who stands in line ' +
      'waits no longer each time, and at most a quarter of the ttl.',
  },
  ordered: {
    type: 'flag',
    default: false,
    about: 'A client that has a key may only ask for later ones: nobody waits in a circle.',
  },
  callTimeout: {
    type: 'duration',
    default: 200,
    min: 1,
    about: 'A client gives up on one node after this; well below the ttl.',
  },
} as const satisfies OptionTable;

const persistence = {
  type: 'choice',
  of: ['none', 'every-second', 'always'],
  about: 'What a node writes down: nothing, everything once a second, or everything before it answers.',
} as const;

export const singleNodeOptions = {
  ...common,
  persistence: {
    ...persistence,
    default: 'always',
    about: `${persistence.about} Only with \`always\` there are fencing tokens.`,
  },
} as const satisfies OptionTable;

export const redlockOptions = {
  ...common,
  persistence: {
    ...persistence,
    default: 'none',
    about: `${persistence.about} Unless it is \`always\`, a node is silent for ttlMax after its start.`,
  },
} as const satisfies OptionTable;

/** `callTimeout` is for the resource; how long a client tries to reach the cluster is `requestTimeout`. */
export const raftLockOptions = { ...raftOptions, ...common } as const satisfies OptionTable;

export const replicatedOptions = {
  ...common,
  copyTimeout: {
    type: 'duration',
    default: 100,
    min: 1,
    about: 'A primary gives up on a copy after this.',
  },
  pingInterval: {
    type: 'duration',
    default: 100,
    min: 1,
    about:
      'How often the sentinel looks whether the primary is there, and the primary whether a majority follows it.',
  },
  downAfter: {
    type: 'duration',
    default: 500,
    min: 1,
    about:
      'A primary that is silent for so long is replaced; one that no majority follows for so long leaves its office.',
  },
} as const satisfies OptionTable;

/** Tasks of one host: no clock runs faster than another, and keys are acquired in order. */
export const localOptions = {
  ...common,
  driftPpm: { ...common.driftPpm, default: 0 },
  ordered: { ...common.ordered, default: true },
  autoRenew: {
    type: 'flag',
    default: true,
    about: 'Critical sections renew their locks for as long as they last.',
  },
  callTimeout: {
    type: 'duration',
    default: 2000,
    min: 1,
    about: 'A client gives up on a critical section after this.',
  },
} as const satisfies OptionTable;

/** What a client of any kind of lock goes by. */
export type ClientOptions = OptionsOf<typeof common>;
export type NodeOptions = OptionsOf<typeof singleNodeOptions>;
export type LocalOptions = OptionsOf<typeof localOptions>;
export type ReplicatedOptions = OptionsOf<typeof replicatedOptions>;
export type RaftLockOptions = OptionsOf<typeof raftLockOptions>;

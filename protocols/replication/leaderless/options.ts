/** What may be set from outside. The same on all hosts. */
import { compactionOptions } from '../../compacted-journal.ts';
import type { OptionsOf, OptionTable } from '../../protocol.ts';
import { levels } from './level.ts';

export const leaderlessOptions = {
  replicas: {
    type: 'integer',
    default: 3,
    min: 1,
    about: 'How many nodes store each key (N); at most as many as there are.',
  },
  readLevel: {
    type: 'choice',
    default: 'quorum',
    of: levels,
    about:
      'How many replicas must answer a read (R), unless it asks for another level: one, a majority, or all.',
  },
  readReplicas: {
    type: 'integer',
    default: 0,
    min: 0,
    about: 'R as a number, at most N; 0 for what readLevel says.',
  },
  writeLevel: {
    type: 'choice',
    default: 'quorum',
    of: levels,
    about:
      'How many replicas must have made a write durable (W), unless it asks for another level: one, a majority, or all.',
  },
  writeReplicas: {
    type: 'integer',
    default: 0,
    min: 0,
    about: 'W as a number, at most N; 0 for what writeLevel says.',
  },
  conflict: {
    type: 'choice',
    default: 'last-write-wins',
    of: ['last-write-wins', 'first-write-wins', 'siblings'],
    about: 'What becomes of versions that do not know of each other: one of them wins, or all are kept.',
  },
  timestamps: {
    type: 'choice',
    default: 'logical',
    of: ['logical', 'wall-clock'],
    about:
      'What orders the writes, unless siblings are kept: a counter above all that a read quorum knows, or the wall clock ' +
      'of the node that coordinates; then a clock that is behind loses writes.',
  },
  writeBack: {
    type: 'flag',
    default: true,
    about:
      'A read with R + W > N makes sure that as many replicas as a write needs have what it returns, before it returns it.',
  },
  readRepair: {
    type: 'flag',
    default: true,
    about: 'Replicas whose answers to a read were behind are sent what they lack.',
  },
  hintedHandoff: {
    type: 'flag',
    default: true,
    about: 'A write that a replica did not take in time is kept for it elsewhere, and handed over later.',
  },
  sloppyQuorum: {
    type: 'flag',
    default: false,
    about:
      'Other nodes stand in for replicas that do not answer, and count. More writes succeed, and reads may miss them.',
  },
  antiEntropy: {
    type: 'flag',
    default: true,
    about: 'Replicas compare what they store, and exchange what differs.',
  },
  antiEntropyInterval: {
    type: 'duration',
    default: 1000,
    min: 1,
    about: 'How often a node compares what it stores with one of the others.',
  },
  handoffInterval: {
    type: 'duration',
    default: 500,
    min: 1,
    about: 'How often a node tries to hand over what it keeps for others.',
  },
  tombstoneGrace: {
    type: 'duration',
    default: 600_000,
    min: 1,
    about:
      'How long a deletion is remembered at least: longer than two requestTimeouts, and any message under way, and any ' +
      'pause of a host, all together. After that it is forgotten as soon as all replicas have it.',
  },
  callTimeout: {
    type: 'duration',
    default: 100,
    min: 1,
    about: 'A node gives up on another one after this.',
  },
  attemptTimeout: {
    type: 'duration',
    default: 300,
    min: 1,
    about: 'A client asks another replica after this; more than two callTimeouts.',
  },
  requestTimeout: {
    type: 'duration',
    default: 2000,
    min: 1,
    about: 'A client gives up on an operation after this.',
  },
  ...compactionOptions,
} as const satisfies OptionTable;

export type LeaderlessOptions = OptionsOf<typeof leaderlessOptions>;

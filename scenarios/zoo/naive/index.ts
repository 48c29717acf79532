/** Protocols that trust what no production grants: each is right as long as its one assumption holds. */
import type { Protocol } from '../../../protocols/protocol.ts';
import { noChecksum, shrugsErrorsOff } from './file-per-key.ts';
import { hastyCas } from './hasty-cas.ts';
import { heartbeatPrimary } from './heartbeat-primary.ts';
import { impatient } from './impatient.ts';
import { leaseCache } from './lease-cache.ts';
import { memoryQuorum } from './memory-quorum.ts';
import { movedQuorum } from './moved-quorum.ts';
import { noSync } from './no-sync.ts';
import { oneCopy } from './one-copy.ts';
import { orderedWrites } from './ordered-writes.ts';
import { retriesSync } from './retries-sync.ts';
import { valueAhead } from './value-ahead.ts';

export const naiveProtocols: readonly Protocol[] = [
  hastyCas,
  heartbeatPrimary,
  valueAhead,
  leaseCache,
  memoryQuorum,
  movedQuorum,
  noSync,
  retriesSync,
  orderedWrites,
  oneCopy,
  impatient,
  noChecksum,
  shrugsErrorsOff,
];

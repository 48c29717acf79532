/** Protocols that trust what no production grants: each is right as long as its one assumption holds. */
import type { Protocol } from '../../../protocols/protocol.ts';
import { hastyCas } from './hasty-cas.ts';
import { leaseCache } from './lease-cache.ts';
import { memoryQuorum } from './memory-quorum.ts';

export const naiveProtocols: readonly Protocol[] = [hastyCas, leaseCache, memoryQuorum];

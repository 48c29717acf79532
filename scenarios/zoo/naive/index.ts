/** Protocols that trust what no production grants: each is right as long as its one assumption holds. */
import type { Protocol } from '../../../protocols/protocol.ts';

export const naiveProtocols: readonly Protocol[] = [];

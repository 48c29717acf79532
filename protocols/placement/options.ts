/** What may be set from outside. The same on all hosts. */
import { compactionOptions } from '../compacted-journal.ts';
import type { HostId } from '../host.ts';
import type { OptionsOf, OptionTable } from '../protocol.ts';
import { equalShares, numberedShares, type WeightOf } from './view.ts';

/** Hosts are known by what their names begin with. */
export const serverPrefix = 'n';
export const directoryPrefix = 'd';

export const isServer = (id: HostId): boolean => id.startsWith(serverPrefix);
export const isDirectory = (id: HostId): boolean => id.startsWith(directoryPrefix);

const common = {
  shares: {
    type: 'choice',
    default: 'equal',
    of: ['equal', 'numbered'],
    about:
      'How many keys a server has: as many as any other, or n2 twice as many as n1, n3 three times as many.',
  },
  viewInterval: {
    type: 'duration',
    default: 200,
    min: 1,
    about: 'A server looks for newer views, and offers what is no longer its own, this often.',
  },
  callTimeout: {
    type: 'duration',
    default: 200,
    min: 1,
    about: 'A server gives up on another one, or on the directory, after this.',
  },
  attemptTimeout: {
    type: 'duration',
    default: 300,
    min: 1,
    about: 'A client asks again after this; above the callTimeout.',
  },
  requestTimeout: {
    type: 'duration',
    default: 2000,
    min: 1,
    about: 'A client gives up on an operation after this, retries included.',
  },
  ...compactionOptions,
} as const satisfies OptionTable;

export const ringOptions = {
  points: {
    type: 'integer',
    default: 128,
    min: 1,
    max: 4096,
    about: 'Points of each server on the ring: with more of them the shares are more even.',
  },
  ...common,
} as const satisfies OptionTable;

export const rendezvousOptions = common;

export const weightOf = ({ shares }: { readonly shares: string }): WeightOf =>
  shares === 'numbered' ? numberedShares : equalShares;

export type PlacementOptions = OptionsOf<typeof common>;
export type RingOptions = OptionsOf<typeof ringOptions>;

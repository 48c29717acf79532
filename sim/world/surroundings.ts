/** What the parts of a world see of each other. */
import type { HostId } from '../../protocols/host.ts';
import type { Sealer } from '../../protocols/message.ts';
import type { Handle } from '../kernel/agenda.ts';
import type { Choices } from '../kernel/choices.ts';
import type { Loop } from '../kernel/loop.ts';
import type { Fingerprint } from '../kernel/trace.ts';
import type { Atlas } from './atlas.ts';
import type { Buggify } from './buggify.ts';
import type { MachineClock } from './clock.ts';
import type { DiskTraits, StoredFiles } from './disk.ts';
import type { DiskTrouble } from './disk-trouble.ts';
import type { Sampler } from './distribution.ts';
import type { Network } from './network.ts';
import type { Storage } from './spec.ts';

/** The kinds of events on a world's agenda. */
export const eventKind = { task: 0, deliver: 1, timer: 2, callTimeout: 3, disk: 4, boot: 5 } as const;

/** How long each kind of file operation takes. */
export interface DiskSamplers {
  readonly read: Sampler;
  readonly write: Sampler;
  readonly sync: Sampler;
}

/** What a machine, and the lives on it, need of their world. */
export interface Surroundings {
  readonly loop: Loop;
  readonly network: Network;
  readonly choices: Choices;
  readonly fingerprint: Fingerprint;
  readonly sealer: Sealer;
  /** Whether events of one instant are put in a drawn order. */
  readonly shuffled: boolean;
  readonly names: readonly HostId[];
  readonly servers: readonly HostId[];
  readonly disk: DiskSamplers;
  readonly diskTraits: DiskTraits;
  /** What was destroyed. */
  readonly atlas: Atlas;
  /** The index of a host, if there is one of that name. */
  find(id: HostId): number | undefined;
  trace(type: string, host: number, detail?: () => Record<string, unknown>): void;
  uncaught(host: number, error: unknown): void;
  readonly buggify: Buggify | undefined;
  /** Runs a task of the simulator itself at a time of the run. */
  at(atUs: number, task: () => void): void;
  /** Lets an event of a host happen now that had to wait. */
  perform(host: number, kind: number, payload: unknown): void;
  /** A machine went up or down outside a turn of its own. */
  changed(host: number): void;
  /** The program of a machine is about to end, perhaps in the midst of a turn. Throws nothing. */
  ending(host: number): void;
}

/** A machine as the life on it sees it. */
export interface Body {
  readonly world: Surroundings;
  readonly index: number;
  readonly id: HostId;
  readonly clock: MachineClock;
  readonly files: StoredFiles;
  /** What is wrong with its disk now. */
  readonly troubles: readonly DiskTrouble[];
  /** Puts an event of this machine on the agenda. */
  schedule(delayUs: number, kind: number, payload: unknown): Handle;
  kill(storage: Storage): number;
}

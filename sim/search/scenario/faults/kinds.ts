/** Every kind of fault as people write it, in the order in which they are listed. */
import type { FaultKind } from '../../../world/spec.ts';
import { bandwidth } from './bandwidth.ts';
import { clock } from './clock.ts';
import { disk } from './disk.ts';
import { hold } from './hold.ts';
import { kill } from './kill.ts';
import { members } from './members.ts';
import type { FaultNotation } from './notation.ts';
import { packet } from './packet.ts';
import { partition } from './partition.ts';
import { pause } from './pause.ts';
import { restart } from './restart.ts';
import { slow } from './slow.ts';

export const faultNotations = {
  partition,
  packet,
  hold,
  bandwidth,
  kill,
  restart,
  disk,
  pause,
  slow,
  clock,
  members,
} as const satisfies {
  readonly [K in FaultKind]: { readonly kind: K };
};

export const faultKinds = Object.keys(faultNotations) as FaultKind[];

/** The notation of a kind that is known only when the program runs. */
export const notationOf = (kind: FaultKind): FaultNotation =>
  faultNotations[kind] as unknown as FaultNotation;

/** What `list` and `show` say about a kind of fault. */
export interface FaultPage {
  readonly about: string;
  readonly text: string;
  readonly examples: readonly string[];
}

export const faultPages: ReadonlyMap<FaultKind, FaultPage> = new Map(
  faultKinds.map((kind) => [kind, notationOf(kind)]),
);

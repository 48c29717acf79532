/** Every kind of fault there is. */
import type { FaultKind } from '../spec.ts';
import { bandwidth } from './bandwidth.ts';
import { clock } from './clock.ts';
import { disk } from './disk.ts';
import type { FaultRules } from './effect.ts';
import { hold } from './hold.ts';
import { kill } from './kill.ts';
import { members } from './members.ts';
import { packet } from './packet.ts';
import { partition } from './partition.ts';
import { pause } from './pause.ts';
import { restart } from './restart.ts';
import { slow } from './slow.ts';

export const faultRules: { readonly [K in FaultKind]: FaultRules<K> } = {
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
};

/** The rules of a kind that is known only when the program runs. */
export function rulesOf(kind: FaultKind): FaultRules {
  return faultRules[kind] as FaultRules;
}

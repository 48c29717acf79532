/** How one kind of fault is written, and what is said about it: the reference is made from the same data. */
import type { z } from 'zod';
import type { HostId } from '../../../../protocols/host.ts';
import type { Fault, FaultKind, FaultOf, Targets } from '../../../world/spec.ts';
import { listed } from '../nearest.ts';
import { refuse } from '../notation.ts';
import type { Path } from '../problem.ts';
import { type Data, isMap } from '../source.ts';

/** A kind of fault as people write it. `form` reads what a file says, `write` is the way back. */
export interface FaultNotation<K extends FaultKind = FaultKind, W = unknown> {
  readonly kind: K;
  /** One line. */
  readonly about: string;
  /** A few sentences: what happens, and how it ends. */
  readonly text: string;
  /** Lines for `faults:` of a scenario of three servers n1 to n3, two spare ones and clients. */
  readonly examples: readonly string[];
  readonly form: z.ZodType<FaultOf<K>, W>;
  write(fault: FaultOf<K>): W;
  /** The hosts that it names, with their places; without it those of `targets`. */
  mentions?(fault: FaultOf<K>, path: Path): Mention[];
}

/** Gives a notation its types. */
export const notation = <K extends FaultKind, W>(own: FaultNotation<K, W>): FaultNotation<K, W> => own;

export interface Mention {
  readonly host: HostId;
  readonly path: Path;
}

export const among = (targets: Targets, path: Path): Mention[] =>
  typeof targets === 'string' ? [] : targets.map((host, index) => ({ host, path: [...path, index] }));

/** `written` is the fault as the file has it: some kinds may be given by their targets alone. */
export function mentionsOf(
  of: FaultNotation,
  fault: Fault,
  path: Path,
  written: Data | undefined,
): Mention[] {
  if (of.mentions !== undefined) return of.mentions(fault, path);
  if (!('targets' in fault)) return [];
  return among(fault.targets, isMap(written) ? [...path, 'targets'] : path);
}

/** For editors: exactly one of these keys. */
export const oneOf = (keys: readonly string[]) =>
  keys.map((key) => ({ type: 'object', properties: { [key]: {} }, required: [key] }));

/** The one key of `of` that `value` has; refuses none and several. */
export function only<K extends string>(
  value: { readonly [key in K]?: unknown },
  of: readonly K[],
  noun: string,
  context: z.core.$RefinementCtx,
): K | undefined {
  const present = of.filter((key) => value[key] !== undefined);
  if (present.length === 0) refuse(context, `${noun} is missing`, { hint: `one of ${listed(of, 'or')}` });
  if (present.length > 1) {
    refuse(context, `${listed(present)} are two faults`, {
      path: [present[1]!],
      hint: 'write one entry each',
    });
  }
  return present.length === 1 ? present[0] : undefined;
}

type WrittenTargets = Exclude<Targets, readonly string[]> | string[];

export const writeTargets = (targets: Targets): WrittenTargets =>
  typeof targets === 'string' ? targets : [...targets];

/** What every kind of fault has in common: how it is started, what it did, how chance draws one. */
import type { Stream } from '../../kernel/choices.ts';
import type { Machine } from '../machine.ts';
import type { Fault, FaultKind, FaultOf, NemesisKind, NemesisSpec, Targets } from '../spec.ts';
import type { Scene } from './scene.ts';

/** A fault in force. */
export interface Effect {
  /** In words, with its hosts: `{n1} | {n2, n3}`. */
  readonly text: string;
  /** The fault with everything that was drawn for it written out; unless given, the fault on the hosts chosen last. */
  readonly concrete?: Fault;
  /** The servers it takes down, pauses, or cuts off. */
  readonly down?: readonly Machine[];
  /** Puts it right. Called once. */
  undo(): void;
  /**
   * Puts right what befell machines of the core, and leaves everything else as it is for good: `undo` is not called
   * any more. Links inside the core are healed by the network; a fault of links needs nothing of its own.
   */
  spare?(core: ReadonlySet<Machine>): void;
  /** Whether it has changed the course of anything: a packet, an event, a reading. */
  touched(): boolean;
}

/** How one kind of fault works. */
export interface FaultRules<K extends FaultKind = FaultKind> {
  /** Starts it; undefined if there is nothing that it could fall on. */
  start(fault: FaultOf<K>, scene: Scene): Effect | undefined;
  /**
   * Chance draws what it does: 0 is the mildest. Without this method a nemesis cannot use the kind.
   * @param own what the nemesis says of this kind; without variants those are drawn that the kind draws of old
   */
  draw?(draw: Stream, targets: Targets, spec: NemesisSpec, own: NemesisKind): FaultOf<K>;
  /** What `variants` may name; the milder ones first. */
  readonly variants?: readonly string[];
}

/** What a run, and a sweep of runs, came to: plain data that reports, failure files and other processes read. */
import type { History, Violation } from '../check/index.ts';
import type { Tape } from '../kernel/choices.ts';
import type { TraceEvent } from '../kernel/trace.ts';
import type { Destroyed } from '../world/atlas.ts';
import type { FaultKind, TimedFault } from '../world/spec.ts';

/** The result of one scenario with one seed. */
export interface Outcome {
  readonly seed: string;
  readonly verdict: 'held' | 'broken' | 'unknown';
  /** Empty unless broken. */
  readonly violations: readonly Violation[];
  /** Why it is unknown; empty otherwise. */
  readonly reasons: readonly string[];
  /** 16 hexadecimal digits over everything that happened. */
  readonly fingerprint: string;
  /** Events of the loop. */
  readonly events: number;
  readonly virtualUs: number;
  readonly wallMs: number;
  /** Faults that took effect, by kind. */
  readonly faults: Readonly<Partial<Record<FaultKind, number>>>;
  /**
   * What was drawn for the run as a whole, by name: the kinds and intensities of a swarm, the core that was healed,
   * the buggify sites that were active.
   */
  readonly drawn?: Readonly<Record<string, string>>;
  /** What disks lost or had changed, of all hosts; absent if nothing. */
  readonly damage?: Destroyed;
  /** Programs that ended by an error of their disk. Absent if none. */
  readonly halts?: number;
  readonly messages: Messages;
  readonly operations: OperationCounts;
  /** `sometimes` claims by name: whether this run made them true. */
  readonly sometimes: Readonly<Record<string, boolean>>;
  /** Code that reached past the simulator for real time, chance or the outside: the run proves nothing. */
  readonly escape?: Escape;
  /** Only with `record: 'full'`. */
  readonly full?: FullRecord;
}

export interface FullRecord {
  readonly trace: readonly TraceEvent[];
  readonly history: History;
  readonly tape: Tape;
  /** Every fault of the run as a script would write it: named hosts, the times and the labels that it had. */
  readonly faults: readonly TimedFault[];
  /** Every host as it was at the end. */
  readonly hosts: readonly HostNow[];
}

export interface HostNow {
  readonly host: string;
  readonly isUp: boolean;
  readonly isPaused: boolean;
  /** How often it has booted. */
  readonly lives: number;
  /** What its program exposes; absent if nothing, or if it is down. */
  readonly state?: unknown;
}

export interface Messages {
  readonly sent: number;
  readonly delivered: number;
  /** Lost on a link or swallowed by a partition. */
  readonly lost: number;
  readonly duplicated: number;
}

export interface OperationCounts {
  readonly invoked: number;
  readonly ok: number;
  readonly fail: number;
  readonly info: number;
  /** Operations that overlapped another one on their key. */
  readonly overlapping: number;
}

export interface Escape {
  /** What was reached for: `Date.now`, `Math.random`, `fs.readFileSync` … */
  readonly what: string;
  /** What to use instead. */
  readonly instead: string;
  readonly host: string;
  readonly atUs: number;
  /** The line of the program that did it, if it can be told. */
  readonly where?: string;
}

/** The result of a scenario over all its seeds, in the order in which they were asked for. */
export interface Sweep {
  /** How the scenario is called in reports: `raft/partition`. */
  readonly scenario: string;
  /** Where it came from, for commands to type. */
  readonly file: string;
  readonly outcomes: readonly Outcome[];
  readonly verdict: 'held' | 'broken' | 'unknown';
  /** Whether the scenario's `expect` was met. */
  readonly expected: boolean;
  /** One sentence each: why the verdict is unknown, or why it is not the expected one. */
  readonly reasons: readonly string[];
  readonly medians: Medians;
  /** `sometimes` claims by name: in how many seeds they came true. */
  readonly sometimes: Readonly<Record<string, number>>;
}

export interface Medians {
  /** Operations that succeeded. */
  readonly operations: number;
  /** The part of the operations that overlapped another one on their key, 0 to 1. */
  readonly overlapping: number;
  readonly faults: number;
  readonly events: number;
  readonly virtualUs: number;
}

/** What a failure is told as: the sentences of `explain`, from data. */
export interface Story {
  /** The check that broke. */
  readonly check?: string;
  /** What it promises, in words. */
  readonly promise?: string;
  /** What was promised and what was seen. */
  readonly headline: string;
  /** At most twelve, in order of time. */
  readonly sentences: readonly StorySentence[];
}

export interface StorySentence {
  readonly atUs: number;
  /** What it tells of; `host`: what a host said of itself. */
  readonly kind?: 'fault' | 'heal' | 'host' | 'operation' | 'violation';
  readonly text: string;
}

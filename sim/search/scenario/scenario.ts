/** The value that a scenario file becomes: plain data, complete, and the whole description of a sweep. */
import type { HostId, Ratio } from '../../../protocols/host.ts';
import type {
  BuggifySpec,
  ClockSpec,
  Core,
  DiskSpec,
  FaultKind,
  NemesisSpec,
  NetworkSpec,
  TimedFault,
} from '../../world/spec.ts';

/** Values of an option table, complete; durations are milliseconds, as protocols want them. */
export type OptionValues = Readonly<Record<string, number | boolean | string>>;

export interface Scenario {
  readonly schema: 1;
  readonly name: string;
  /** One or a few sentences; may be empty. */
  readonly about: string;
  /** A name in the catalogue; for a protocol in a module of the user's, its path as the file writes it. */
  readonly protocol: string;
  /** How many hosts of each role of the protocol. */
  readonly nodes: Readonly<Record<string, number>>;
  /** Further servers of the first role that are not members at the start. Default 0. */
  readonly spares?: number;
  readonly options: OptionValues;
  /** The safety phase, in which anything may break. */
  readonly durationUs: number;
  /** The recovery phase after it: nothing breaks any more, and the core is whole. */
  readonly recoveryUs: number;
  readonly core: Core;
  readonly network: NetworkSpec;
  readonly clocks: ClockSpec;
  readonly disk: DiskSpec;
  readonly workload: WorkloadSpec;
  /** In the order of the file, which need not be that of time. */
  readonly faults: readonly TimedFault[];
  readonly nemesis?: NemesisSpec;
  /** Lets programs take the rare paths that they mark with `host.buggify`. */
  readonly buggify?: BuggifySpec;
  /** Kinds of faults that are drawn as ever and then not carried out: to see what becomes of a run without them. */
  readonly without?: readonly FaultKind[];
  readonly checks: readonly CheckSpec[];
  /** Pinned seeds: they run first, whatever else is asked for. */
  readonly seeds: readonly string[];
  readonly expect: Expectation;
  readonly limits: Limits;
  /** Which of several events at the same time comes first: drawn, or the one scheduled first. */
  readonly ties: 'random' | 'fifo';
  readonly atLeast: AtLeast;
}

export interface WorkloadSpec {
  readonly type: string;
  /** Hosts `c1`, `c2` … that run it. */
  readonly clients: number;
  /** Operations a second, of all clients together. */
  readonly rate: number;
  /** How many different keys (locks, accounts …) they use. */
  readonly keys: number;
  readonly options: OptionValues;
  /** What the clients do, operation by operation, instead of drawing it. */
  readonly script?: readonly ScriptedOperation[];
}

/** One operation of one client; it begins at its time, or when the client is done with the one before. */
export interface ScriptedOperation {
  readonly client: HostId;
  readonly atUs: number;
  /** The function, as the model names it. */
  readonly f: string;
  readonly key?: string;
  readonly value?: unknown;
}

export interface CheckSpec {
  readonly name: string;
  readonly options: OptionValues;
}

/** Judged per sweep. `by` names the check that breaks, and the only one that may. */
export type Expectation = { readonly verdict: 'held' } | { readonly verdict: 'broken'; readonly by?: string };

/** A run that reaches one of these ends with a verdict that says so. */
export interface Limits {
  readonly events: number;
  /** Events without virtual time passing. */
  readonly instantEvents: number;
}

/** A run that did less proved nothing: its verdict is unknown. */
export interface AtLeast {
  /** Operations that succeeded. */
  readonly operations: number;
  /** The part of the operations that overlapped another one. */
  readonly overlapping: Ratio;
  /** Faults that touched something. */
  readonly faults: number;
}

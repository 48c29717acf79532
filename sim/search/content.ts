/** What a catalogue must hold so that its entries can be run: workloads with their programs, checks with their judges. */
import type { AnyProgram, Host, HostId } from '../../protocols/host.ts';
import type { Clients } from '../../protocols/protocol.ts';
import type { AlwaysClaim, FinallyClaim, History, Model, SometimesClaim, Verdict } from '../check/index.ts';
import type { Catalogue, CheckInfo, ModelInfo, WorkloadInfo } from './catalogue.ts';
import type { Question, Session } from './recorder.ts';
import type { OptionValues } from './scenario/index.ts';

/** What a workload's clients are given. */
export interface WorkloadContext {
  readonly servers: readonly HostId[];
  readonly clients: number;
  /** Mean microseconds between two operations of one client. */
  readonly thinkUs: number;
  readonly keys: readonly string[];
  readonly options: OptionValues;
  /** The protocol's client library of the kind that the workload needs, for one host. */
  connect(host: Host<never>): ReturnType<NonNullable<Clients[keyof Clients]>>;
  /** A new life of a client, whose operations are recorded. */
  session(host: Host<never>): Session;
  /** A number that no other call of this run gives: a value to write. */
  fresh(): number;
}

export interface Workload extends WorkloadInfo {
  /** The program of each client. */
  program(context: WorkloadContext): AnyProgram;
  /**
   * Carries out given operations for one life of one client, as its program would; each promise resolves when the
   * operation is over, however it ended. Without it a failure keeps the clients that it was found with.
   */
  performer?(context: WorkloadContext, host: Host<never>): (question: Question) => Promise<unknown>;
}

/** What is left of a run for a judge. */
export interface FinishedRun {
  readonly history: History;
  /** The model that the workload's history is judged by. */
  readonly model: Model | undefined;
  /** When the recovery phase began and ended; undefined if the run ended before. */
  readonly recoveryUs: { readonly from: number; readonly to: number } | undefined;
}

export type Check =
  | (CheckInfo & { readonly kind: 'always'; claim(options: OptionValues): AlwaysClaim })
  | (CheckInfo & { readonly kind: 'sometimes'; claim(options: OptionValues): SometimesClaim })
  | (CheckInfo & { readonly kind: 'finally'; claim(options: OptionValues): FinallyClaim })
  | (CheckInfo & {
      readonly kind: 'eventually' | 'history';
      judge(run: FinishedRun, options: OptionValues): Verdict;
    });

export type Content = Catalogue<Workload, Check, Model & ModelInfo>;

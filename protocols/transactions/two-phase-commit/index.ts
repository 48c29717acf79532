/** Two-phase commit with logs, presumed abort and cooperative termination. */
import type { Host, HostId } from '../../host.ts';
import type { Protocol } from '../../protocol.ts';
import { coordinatorPrefix, participantPrefix, twoPhaseCommitClient } from './client.ts';
import { coordinator } from './coordinator.ts';
import type { CommitWire } from './messages.ts';
import { type TwoPhaseCommitOptions, twoPhaseCommitOptions } from './options.ts';
import { participant } from './participant.ts';
import { paperRules, type Rules } from './rules.ts';

/** Two-phase commit with some of its rules replaced: what becomes of it if the papers are not followed there? */
export function twoPhaseCommitWith(replaced: Partial<Rules>) {
  const rules = { ...paperRules, ...replaced };
  return {
    name: 'transactions/two-phase-commit',
    about: 'Transfers between accounts of different hosts: all changes of a transaction are made, or none.',
    promise:
      'Atomic commitment (AC1 to AC5) as long as disks keep what was synced; blocks while the coordinator is away and ' +
      'all who can be asked are in doubt. Gray, Notes on Data Base Operating Systems, 1978; Bernstein, Hadzilacos & ' +
      'Goodman, Concurrency Control and Recovery, 1987, §7.4; presumed abort: Mohan, Lindsay & Obermarck, ' +
      'Transaction Management in R*, 1986, §3.2.',
    options: twoPhaseCommitOptions,
    roles: {
      coordinator: {
        prefix: coordinatorPrefix,
        count: 1,
        program: (options: TwoPhaseCommitOptions) => (host: Host<CommitWire>) =>
          coordinator(host, options, rules),
      },
      participant: {
        prefix: participantPrefix,
        count: 3,
        program: (options: TwoPhaseCommitOptions) => (host: Host<CommitWire>) =>
          participant(host, options, rules),
      },
    },
    clients: {
      bank: (host: Host<never>, servers: readonly HostId[], options: TwoPhaseCommitOptions) =>
        twoPhaseCommitClient(host as unknown as Host<CommitWire>, servers, options),
    },
  } satisfies Protocol;
}

export const twoPhaseCommit = twoPhaseCommitWith({});

/** The client's half: it names a transaction first, so that it may ask for its outcome again and again. */
import { type Host, type HostId, isTimedOut, Refused, TimedOut } from '../../host.ts';
import type { BankClient } from '../../protocol.ts';
import { askedAgain } from '../asked-again.ts';
import type { Change, CommitWire, Decision } from './messages.ts';
import type { TwoPhaseCommitOptions } from './options.ts';
import { accountsOf } from './participant.ts';
import { Ballots, type CommitmentView } from './view.ts';

/** Hosts whose names begin so play this role. */
export const coordinatorPrefix = 't';
export const participantPrefix = 'p';

/** A client of the first coordinator among the servers. It exposes what it was told, as a process that decides. */
export function twoPhaseCommitClient(
  host: Host<CommitWire>,
  servers: readonly HostId[],
  options: TwoPhaseCommitOptions,
): BankClient {
  const coordinators = servers.filter((id) => id.startsWith(coordinatorPrefix));
  const holders = new Map<string, HostId>();
  for (const participant of servers.filter((id) => id.startsWith(participantPrefix))) {
    for (const account of accountsOf(participant, options.accounts)) holders.set(account, participant);
  }
  const told = new Ballots();
  const view: CommitmentView = { role: 'client', ballots: told.latest };
  host.expose(() => view);

  const changeOf = (account: string, amount: number): Change => {
    const participant = holders.get(account);
    if (participant === undefined) throw new Refused(`nobody holds an account "${account}"`);
    return { participant, account, amount };
  };

  const begin = async (coordinator: HostId): Promise<string> => {
    try {
      const { transaction } = await host.call(coordinator, 'begin', null, {
        timeoutMs: options.attemptTimeout,
      });
      return transaction;
    } catch (error) {
      // Whatever became of the name, nothing was done under it.
      if (isTimedOut(error)) throw new Refused('no transaction could be begun in time');
      throw error;
    }
  };

  const submit = async (
    coordinator: HostId,
    transaction: string,
    changes: readonly Change[],
  ): Promise<Decision> => {
    const ask = (timeoutMs: number) =>
      host.call(coordinator, 'submit', { transaction, changes }, { timeoutMs });
    const inVain = `nobody said what became of transaction ${transaction}`;
    const { decision } = await askedAgain(host, options, ask, inVain);
    if (decision === null) throw new TimedOut(`nobody knows any more what became of ${transaction}`);
    return decision;
  };

  return {
    accounts: [...holders.keys()],
    async transfer(from, to, amount) {
      const changes = [changeOf(from, -amount), changeOf(to, amount)];
      const coordinator = coordinators[host.random.below(coordinators.length, 'coordinator')]!;
      const transaction = await begin(coordinator);
      const decision = await submit(coordinator, transaction, changes);
      told.show({ transaction, decision });
      if (decision === 'abort') throw new Refused(`transaction ${transaction} was aborted`);
    },
  };
}

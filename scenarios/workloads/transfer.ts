/** Clients that move money between accounts, each in a loop of its own. */
import type { Host } from '../../protocols/host.ts';
import type { BankClient } from '../../protocols/protocol.ts';
import type { Question, Reply, Workload, WorkloadContext } from '../../sim/index.ts';

/** A transfer is recorded as ok if it was made, as fail if it was refused, as info if the client does not know. */
export const transfer: Workload = {
  name: 'transfer',
  about: 'transfers between two of all accounts, by clients that each do one thing at a time',
  needs: 'bank',
  options: {
    amountMax: { type: 'integer', default: 10, min: 1, about: 'A transfer moves 1 to this much.' },
    stopAfter: {
      type: 'duration',
      default: 13000,
      min: 0,
      about: 'Clients begin no transfer after this, so that at the end of the run no money is on its way.',
    },
  },
  checks: ['atomic-commitment', 'in-doubt', 'money-conserved', 'progress'],
  program: (context) => (host: Host<never>) => run(context, host),
  performer,
};

/** Does and records single transfers. */
function performer(context: WorkloadContext, host: Host<never>) {
  const bank = context.connect(host) as BankClient;
  const session = context.session(host);
  return ({ f, value }: Question): Promise<Reply | undefined> => {
    if (f !== 'transfer') throw new TypeError(`a client of a bank can transfer, not "${f}"`);
    const [from, to, amount] = value as [string, string, number];
    return session.operate({ f, value }, () => bank.transfer(from, to, amount).then(() => ({})));
  };
}

async function run(context: WorkloadContext, host: Host<never>): Promise<void> {
  const { options, thinkUs } = context;
  // What it connects with is the performer's; the names of the accounts are the same for all.
  const { accounts } = context.connect(host) as BankClient;
  const perform = performer(context, host);
  while (host.clock.elapsed() < Number(options.stopAfter)) {
    await host.clock.sleep(host.random.below(2 * thinkUs + 1, 'think') / 1000);
    const from = host.random.below(accounts.length, 'from');
    const to = (from + 1 + host.random.below(Math.max(1, accounts.length - 1), 'to')) % accounts.length;
    const amount = 1 + host.random.below(Number(options.amountMax), 'amount');
    await perform({ f: 'transfer', value: [accounts[from], accounts[to], amount] });
  }
}

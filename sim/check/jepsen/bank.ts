/**
 * Whether money is conserved: transfers move it between accounts, so every read of all accounts has the same total;
 * as Jepsen's bank workload asks. A total that is off shows a read that is no snapshot, or a transfer done by half.
 */
import {
  asker,
  assertWellFormed,
  type History,
  HistoryError,
  type Operation,
  returnedAt,
} from '../history.ts';
import { show } from '../plain.ts';
import { broken, held, unknown, type Verdict, type Violation } from '../verdict.ts';

export interface BankOptions {
  /** What all balances add up to; by default what they do in the first read that succeeded. */
  readonly total?: number;
  /** Whether a balance below zero is a violation; by default it is not. */
  readonly noOverdraft?: boolean;
  /** The accounts that every read must show; by default those of the first read that succeeded. */
  readonly accounts?: readonly string[];
}

export type BankVerdict = Verdict & {
  readonly operations: number;
  /** How many reads were judged, and how many of them were wrong. */
  readonly reads: number;
  readonly wrong: number;
  /** What was taken for the total; `null` if nothing said. */
  readonly total: number | null;
};

export interface BankEvidence {
  readonly operation: Operation;
  readonly balances: Readonly<Record<string, number>>;
  readonly found: number;
  readonly expected: number;
  /** The last correct read that returned before this one was called, and the first one called after it returned. */
  readonly before: Operation | null;
  readonly after: Operation | null;
}

const violationsMax = 20;

/**
 * `read` has an object of balances by account as its output; whatever else the clients do (`transfer` …) is
 * not looked at. Balances are whole numbers. A history without a successful read is unknown.
 * @throws HistoryError if an output of a read is no object of whole numbers
 */
export function bank(history: History, options: BankOptions = {}): BankVerdict {
  assertWellFormed(history);
  const reads = history.flatMap((operation, at) =>
    operation.f === 'read' && operation.type === 'ok'
      ? [{ operation, balances: balancesOf(operation, at) }]
      : [],
  );
  const [first] = reads;
  const total = options.total ?? (first === undefined ? null : sum(first.balances));
  const accounts = options.accounts ?? Object.keys(first?.balances ?? {});
  const right: Operation[] = [];
  const wrong: { operation: Operation; balances: Balances; complaint: string }[] = [];
  for (const { operation, balances } of reads) {
    const complaint = complaintAbout(balances, accounts, total ?? 0, options.noOverdraft ?? false);
    if (complaint === undefined) right.push(operation);
    else wrong.push({ operation, balances, complaint });
  }
  const counts = { operations: history.length, reads: reads.length, wrong: wrong.length, total };
  if (wrong.length > 0) {
    const neighbours = new Neighbours(right);
    const violations = wrong.slice(0, violationsMax).map(({ operation, balances, complaint }): Violation => {
      const { returnUs } = operation;
      return {
        check: 'bank',
        message: `${asker(operation)} read, returned at ${returnedAt(operation)}, ${complaint}`,
        ...(returnUs === undefined || returnUs === null ? {} : { atUs: returnUs }),
        evidence: {
          operation,
          balances,
          found: sum(balances),
          expected: total ?? 0,
          ...neighbours.of(operation),
        } satisfies BankEvidence,
      };
    });
    return { ...broken(...violations), ...counts };
  }
  if (reads.length === 0) return { ...unknown('no read succeeded, so no total was ever seen'), ...counts };
  if (reads.length === 1 && options.total === undefined) {
    return { ...unknown('one read alone says nothing: give the total, or read again'), ...counts };
  }
  return { ...held, ...counts };
}

type Balances = Readonly<Record<string, number>>;

function balancesOf({ output }: Operation, at: number): Balances {
  const isObject = typeof output === 'object' && output !== null && !Array.isArray(output);
  if (!isObject || !Object.values(output).every(Number.isSafeInteger)) {
    throw new HistoryError(
      `operation ${at + 1} (read): its output ${show(output)} should be whole balances by account, {"a":10,"b":5}`,
    );
  }
  return output as Balances;
}

function complaintAbout(
  balances: Balances,
  accounts: readonly string[],
  total: number,
  noOverdraft: boolean,
): string | undefined {
  const missing = accounts.filter((account) => !Object.hasOwn(balances, account));
  if (missing.length > 0)
    return `did not show the balance of ${missing.map(show).join(', ')}: ${show(balances)}`;
  const found = sum(balances);
  if (found !== total) {
    const off = found > total ? `${found - total} too much` : `${total - found} too little`;
    return `found ${found} in all accounts where ${total} was expected, ${off}: ${show(balances)}`;
  }
  const overdrawn = Object.entries(balances).find(([, balance]) => balance < 0);
  if (!noOverdraft || overdrawn === undefined) return undefined;
  return `found ${show(overdrawn[0])} overdrawn at ${overdrawn[1]}: ${show(balances)}`;
}

function sum(balances: Balances): number {
  return Object.values(balances).reduce((left, right) => left + right, 0);
}

/** The correct reads around a wrong one, to show between which moments things went wrong. */
class Neighbours {
  readonly #byReturn: readonly Operation[];
  readonly #byCall: readonly Operation[];

  constructor(right: readonly Operation[]) {
    this.#byReturn = [...right].sort((a, b) => (a.return as number) - (b.return as number));
    this.#byCall = [...right].sort((a, b) => a.call - b.call);
  }

  of(operation: Operation): Pick<BankEvidence, 'before' | 'after'> {
    const before = this.#byReturn.findLast(({ return: returned }) => (returned as number) < operation.call);
    const after = this.#byCall.find(({ call }) => call > (operation.return as number));
    return { before: before ?? null, after: after ?? null };
  }
}

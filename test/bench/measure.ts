/**
 * Measures things side by side: several rounds, each of which runs every subject for a moment, and medians over the
 * rounds. Other work on the machine slows neighbours in a round alike, so the ratios hold where the times do not.
 */

export interface Subject {
  readonly section: string;
  readonly name: string;
  /** What is counted: `messages`, `RPCs`. */
  readonly unit: string;
  /** Does some work for about this long, from a fresh start. */
  round(ms: number): Promise<Round>;
}

export interface Round {
  /** How much was done, in the subject's unit. */
  readonly count: number;
  readonly ms: number;
  /** More to tell, by name, as rates or counts of its own. */
  readonly also?: Readonly<Record<string, number>>;
}

export interface Result {
  readonly subject: Subject;
  /** Median over the rounds, a second. */
  readonly rate: number;
  /** Median over the rounds of this rate divided by the yardstick's of the same round. */
  readonly ratio: number;
  readonly also: Readonly<Record<string, number>>;
}

export interface Measuring {
  readonly rounds: number;
  readonly roundMs: number;
}

/** The first subject is the yardstick. */
export async function measure(
  subjects: readonly Subject[],
  { rounds, roundMs }: Measuring,
): Promise<Result[]> {
  const measured: Round[][] = subjects.map(() => []);
  for (let round = -1; round < rounds; round += 1) {
    for (const [index, subject] of subjects.entries()) {
      globalThis.gc?.();
      const done = await subject.round(roundMs);
      // The round before the first warms up.
      if (round >= 0) measured[index]!.push(done);
    }
  }
  const rates = measured.map((own) => own.map(({ count, ms }) => (count / ms) * 1000));
  return subjects.map((subject, index) => ({
    subject,
    rate: median(rates[index]!),
    ratio: median(rates[index]!.map((rate, round) => rate / rates[0]![round]!)),
    also: medians(measured[index]!.map(({ also }) => also ?? {})),
  }));
}

function medians(samples: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  const names = Object.keys(samples[0] ?? {});
  return Object.fromEntries(names.map((name) => [name, median(samples.map((sample) => sample[name]!))]));
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** What to do about a scenario that proved nothing, or that did not break although it should have. */
import type { Result } from './result.ts';

/** From so many seeds on, it is not for want of seeds that something never happened. */
const SEEDS_MANY = 1000;

/** One sentence for each thing that is wrong with the sweep as a whole. */
export function adviceFor(result: Result): string[] {
  const { sweep, scenario } = result;
  if (result.stopped === 'interrupt') return [];
  const { atLeast } = scenario;
  const { medians, outcomes } = sweep;
  if (outcomes.length === 0) return ['Give it more time (--budget) or leave the limit away.'];
  if (sweep.verdict === 'held') return [missing(result)];
  const undecided = outcomes.filter(({ verdict }) => verdict === 'unknown');
  if (undecided.length * 10 > outcomes.length) {
    const look = `Look at one: skerry run ${sweep.file} --seed ${undecided[0]!.seed} --reporter verbose.`;
    const why =
      'A checker that gave up wants fewer operations or more keys; a run that did too little wants more time, more ' +
      'clients or milder faults.';
    return outcomes.length === 1 ? [why] : [look, why];
  }
  const sentences: string[] = [];
  if (medians.operations < atLeast.operations) {
    sentences.push('Raise workload.rate or duration, soften the faults, or lower atLeast.operations.');
  }
  if (medians.overlapping * atLeast.overlapping[1] < atLeast.overlapping[0]) {
    sentences.push(
      'Raise workload.clients or workload.rate, or lower workload.keys, so that operations meet; or lower atLeast.overlapping.',
    );
  }
  if (medians.faults < atLeast.faults) {
    sentences.push('Let the nemesis strike more often (nemesis.every), or lower atLeast.faults.');
  }
  const never = Object.entries(sweep.sometimes).filter(([, count]) => count === 0);
  if (never.length > 0 && sentences.length === 0) {
    const names = never.map(([name]) => name).join(', ');
    sentences.push(
      `Faults that are longer, more frequent or aimed elsewhere may bring it about; if it does not belong here, take ${names} out of checks.`,
    );
  }
  return sentences;
}

function missing({ sweep, seedsAsked }: Result): string {
  const more =
    seedsAsked >= SEEDS_MANY ? '' : `Search further (skerry run ${sweep.file} --seeds ${SEEDS_MANY}) and `;
  const pin = 'pin the seed that shows it (seeds: [17]); if it cannot break any more, say expect: held.';
  return more === '' ? `${pin[0]!.toUpperCase()}${pin.slice(1)}` : `${more}${pin}`;
}

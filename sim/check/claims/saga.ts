/** Sagas (Garcia-Molina & Salem, SIGMOD 1987, §2): T1 … Tn, or T1 … Tj and then Cj … C1. */
import { show, showUs } from '../plain.ts';
import { broken, held, unknown, type Violation } from '../verdict.ts';
import { type AlwaysClaim, always, type FinallyClaim, perHost } from './claim.ts';

/** Something that a step of a saga did, or a compensation undid. */
export interface Effect {
  readonly saga: string;
  /** Counts from 1. */
  readonly step: number;
  readonly kind: 'done' | 'compensated';
}

interface Effects {
  readonly latest: readonly Effect[];
  readonly before: number;
}

/** How sagas are read off what hosts expose. */
export interface Sagas {
  /** The latest effects at this host, in order, and how many came before them: a restart changes neither. */
  effects(state: unknown): Effects | undefined;
  /** How many steps a saga has. */
  steps(saga: string): number;
}

type Step = { done: boolean; compensated: boolean; host: string; atUs: number };

/** Nothing can be said of what was shown in no turn. */
function unseen(host: string, effect: number, before: number): { message: string; evidence: object } {
  const message = `${host} shows its effects from number ${before + 1} on, but number ${effect} was never seen`;
  return { message, evidence: { host, effect, before } };
}

/** The effects of all hosts so far, by saga and step. */
class Progress {
  readonly sagas = new Map<string, Map<number, Step>>();
  readonly #readOf = perHost(() => ({ effects: 0 }));

  /** Takes in what is new, and says what is wrong with it. */
  read(
    { latest, before }: Effects,
    host: string,
    atUs: number,
  ): { message: string; evidence: object } | undefined {
    const position = this.#readOf(host);
    while (position.effects < before + latest.length) {
      const effect = latest[position.effects++ - before];
      if (effect === undefined) return unseen(host, position.effects, before);
      const problem = this.#take(effect, host, atUs);
      if (problem === undefined) continue;
      const { saga, step, kind } = effect;
      const what = kind === 'done' ? `step ${step}` : `the compensation of step ${step}`;
      const message = `saga ${show(saga)}: ${what} took effect at ${host} at ${showUs(atUs)}, ${problem}`;
      return { message, evidence: { ...effect, host } };
    }
    return undefined;
  }

  #take({ saga, step, kind }: Effect, host: string, atUs: number): string | undefined {
    let steps = this.sagas.get(saga);
    if (steps === undefined) {
      steps = new Map();
      this.sagas.set(saga, steps);
    }
    const known = steps.get(step);
    const own = { done: kind === 'done', compensated: kind === 'compensated', host, atUs };
    if (kind === 'done') {
      steps.set(step, own);
      if (known?.compensated) return `after it had been compensated at ${showUs(known.atUs)}`;
      if (known?.done) return `for the second time: it had at ${known.host} at ${showUs(known.atUs)}`;
      const undone = [...steps].find(([, one]) => one.compensated);
      return undone === undefined
        ? undefined
        : `although step ${undone[0]} had been compensated at ${showUs(undone[1].atUs)}`;
    }
    if (known?.compensated) return `for the second time: it had at ${known.host} at ${showUs(known.atUs)}`;
    steps.set(step, { ...own, done: known?.done ?? false });
    if (known === undefined) return 'which had not been done';
    const later = [...steps].find(([other, one]) => other > step && one.done && !one.compensated);
    return later === undefined
      ? undefined
      : `before that of step ${later[0]}, which was done at ${showUs(later[1].atUs)}`;
  }
}

/**
 * No step takes effect twice, nor after a compensation; compensations run in reverse order, each at most once, and only
 * for what was done.
 */
export function sagaOrder(name: string, about: string, sagas: Sagas): AlwaysClaim {
  return always(name, about, () => {
    const progress = new Progress();
    return ({ host, state, atUs }) => {
      const effects = state === undefined ? undefined : sagas.effects(state);
      return effects === undefined ? undefined : progress.read(effects, host, atUs);
    };
  });
}

/** In the end of every saga all steps are done, or everything that was done is compensated. Unknown without sagas. */
export function sagasEnd(name: string, about: string, sagas: Sagas): FinallyClaim {
  return {
    name,
    about,
    kind: 'finally',
    start() {
      const progress = new Progress();
      let lastUs = 0;
      return {
        observe({ host, state, atUs }) {
          lastUs = atUs;
          const effects = state === undefined ? undefined : sagas.effects(state);
          // What is wrong with their order is another claim's business, but all are to be read.
          while (effects !== undefined && progress.read(effects, host, atUs) !== undefined);
        },
        judge() {
          const violations: Violation[] = [];
          for (const [saga, steps] of progress.sagas) {
            const done = [...steps].filter(([, one]) => one.done);
            const left = done.filter(([, one]) => !one.compensated).map(([step]) => step);
            if (left.length === 0 || left.length === sagas.steps(saga)) continue;
            const message =
              `saga ${show(saga)} is neither done nor undone in the end: of ${sagas.steps(saga)} steps, ` +
              `${left.sort((a, b) => a - b).join(', ')} took effect and ${left.length === 1 ? 'was' : 'were'} not compensated`;
            violations.push({ check: name, message, atUs: lastUs, evidence: { saga, left } });
          }
          if (violations.length > 0) return broken(...violations);
          return progress.sagas.size > 0 ? held : unknown('no saga took any effect');
        },
      };
    },
  };
}

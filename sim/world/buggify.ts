/**
 * Trouble that programs ask for. Two gates, as in FoundationDB: a site is active in a run with some odds, and an active
 * site fires with some odds each time it is asked. So each run takes a few rare paths often, instead of all of them seldom.
 */
import type { Choices } from '../kernel/choices.ts';
import type { BuggifySpec } from './spec.ts';

export class Buggify {
  /** How often a site said yes. */
  fired = 0;
  readonly #spec: BuggifySpec;
  readonly #choices: Choices;
  readonly #active = new Map<string, boolean>();

  constructor(spec: BuggifySpec, choices: Choices) {
    this.#spec = spec;
    this.#choices = choices;
  }

  /** The sites that are active in this run, of those that were asked. */
  get sites(): string[] {
    return [...this.#active].filter(([, active]) => active).map(([site]) => site);
  }

  fires(site: string, host: string): boolean {
    let active = this.#active.get(site);
    if (active === undefined) {
      active = this.#choices.chance(this.#spec.active, `buggify ${site} active`);
      this.#active.set(site, active);
    }
    if (!active || !this.#choices.chance(this.#spec.fires, `${host} buggify ${site}`)) return false;
    this.fired += 1;
    return true;
  }
}

/** What the claims about logical clocks say of events that hosts show. */
import { describe, expect, test } from 'vitest';
import type { ClockEvent, ClockView } from '../../protocols/clocks/index.ts';
import { clockChecks } from '../../scenarios/clocks/claims.ts';
import { epochUs } from '../../sim/index.ts';

/** What each host shows, turn by turn; the first problem that a check finds in it. */
class Shown {
  readonly #fold;
  readonly #views = new Map<string, ClockView & { recent: ClockEvent<unknown>[] }>();
  readonly #clock: string;
  problem: string | undefined;

  constructor(check: string, clock: string) {
    const found = clockChecks.find(({ name }) => name === check);
    if (found?.kind !== 'always') throw new Error(`no claim ${check}`);
    this.#fold = found.claim({ ahead: 600, own: 100 }).start();
    this.#clock = clock;
  }

  /** An event of a host, and what it received if anything; returns what a message would bear. */
  event(host: string, stamp: unknown, cause?: { name: string; stamp: unknown; from: string }, life = 1) {
    const before = this.#views.get(host);
    const past = before?.life === life ? before : undefined;
    const name = `${host}/${life}/${(past?.count ?? 0) + 1}`;
    const view = {
      clock: this.#clock,
      life,
      stamp,
      physicalUsMax: past?.physicalUsMax ?? before?.physicalUsMax ?? 0,
      count: (past?.count ?? 0) + 1,
      recent: [...(past?.recent ?? []), { name, stamp, ...(cause && { cause }) }],
      refused: 0,
    };
    this.#views.set(host, view);
    this.#show(host, view);
    return { name, stamp, from: host };
  }

  /** The own wall clock of a host reads so much. */
  reads(host: string, physicalUs: number): void {
    const none = { clock: this.#clock, life: 1, stamp: null, count: 0, recent: [], refused: 0 };
    const view = { ...(this.#views.get(host) ?? none), physicalUsMax: epochUs + physicalUs };
    this.#views.set(host, view);
    this.#show(host, view);
  }

  #show(host: string, state: object): void {
    const observation = { seq: 1, atUs: 1_000_000, host, incarnation: 1, up: true, state };
    this.problem ??= this.#fold.observe(observation)?.message;
  }
}

const hybrid = (physicalUs: number, logical = 0) => ({ physicalUs: epochUs + physicalUs, logical });

describe('clock-condition', () => {
  test('holds where stamps grow along messages', () => {
    const shown = new Shown('clock-condition', 'lamport');
    const sent = shown.event('n1', 1);
    shown.event('n2', 1);
    shown.event('n2', 2, sent);
    shown.event('n1', 2);
    expect(shown.problem).toBeUndefined();
  });

  test('a receipt that is not above its sending breaks it', () => {
    const shown = new Shown('clock-condition', 'lamport');
    const sent = shown.event('n1', 5);
    shown.event('n2', 5, sent);
    expect(shown.problem).toBe(
      'event 1 of n1, stamped "5", sent the message received in event 1 of n2, stamped "5": ' +
        'of these stamps the former must be less',
    );
  });

  test('a host that goes back over a restart breaks it', () => {
    const shown = new Shown('clock-condition', 'lamport');
    shown.event('n1', 5);
    shown.event('n1', 5, undefined, 2);
    expect(shown.problem).toContain('must be less');
  });
});

describe('strong-clock-condition', () => {
  /** Two hosts that know nothing of each other, but for what the stamps of n2 claim. */
  const apart = (claimed: number) => {
    const shown = new Shown('strong-clock-condition', 'vector');
    for (let count = 1; count <= 15; count++) {
      shown.event('n1', { n1: count });
      shown.event('n2', { n2: count, ...(claimed > 0 && { n1: claimed }) });
    }
    return shown.problem;
  };

  test('holds of events that are concurrent by their stamps too', () => {
    expect(apart(0)).toBeUndefined();
  });

  test('a stamp that claims to know what it never heard breaks it', () => {
    expect(apart(5)).toContain('did not happen before');
  });

  test('a receipt that takes nothing over breaks it', () => {
    const shown = new Shown('strong-clock-condition', 'vector');
    for (let count = 1; count <= 15; count++) {
      const sent = shown.event('n1', { n1: count });
      shown.event('n2', { n2: count }, sent);
    }
    expect(shown.problem).toContain('happened before');
  });

  test('a message from a turn that nobody saw tells nothing', () => {
    const shown = new Shown('strong-clock-condition', 'vector');
    for (let count = 1; count <= 15; count++) shown.event('n1', { n1: count });
    shown.event('n2', { n1: 16, n2: 1 }, { name: 'n1/1/unseen', stamp: { n1: 16 }, from: 'n1' });
    for (let count = 2; count <= 25; count++) shown.event('n2', { n1: 16, n2: count });
    expect(shown.problem).toBeUndefined();
  });
});

describe('hybrid-clock-sound', () => {
  test('600 ms ahead are allowed, and not more', () => {
    const shown = new Shown('hybrid-clock-sound', 'hybrid');
    shown.event('n1', hybrid(1_600_000));
    expect(shown.problem).toBeUndefined();
    shown.event('n1', hybrid(1_600_001));
    expect(shown.problem).toContain('ahead');
  });

  test('a host whose own wall clock was ahead is excused, but must not go back', () => {
    const shown = new Shown('hybrid-clock-sound', 'hybrid');
    shown.reads('n1', 60_000_000);
    shown.event('n1', hybrid(60_000_000));
    expect(shown.problem).toBeUndefined();
    shown.event('n1', hybrid(1_000_000), undefined, 2);
    expect(shown.problem).toContain('went back');
  });

  test('nobody else is excused by that', () => {
    const shown = new Shown('hybrid-clock-sound', 'hybrid');
    shown.reads('n1', 60_000_000);
    const sent = shown.event('n1', hybrid(60_000_000));
    shown.event('n2', hybrid(60_000_000, 1), sent);
    expect(shown.problem).toContain('the clock of n2');
  });
});

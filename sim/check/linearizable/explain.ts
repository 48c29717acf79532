/** An impossible history as evidence: data first, then sentences. */
import { asker, calledAt, deed, type Operation, returnedAt } from '../history.ts';
import type { Model } from '../models/index.ts';
import { counted, show } from '../plain.ts';
import type { Core } from './core.ts';
import type { SearchResult } from './search.ts';

export interface Evidence {
  readonly model: string;
  readonly key: string | null;
  /** How many operations on this key were judged. */
  readonly operations: number;
  /** Who found it: an engine by name, or `search`. */
  readonly engine: string;
  /** The rule that was broken, if the engine has several. */
  readonly rule?: string;
  /** What the engine said of it: a sentence. */
  readonly said?: string;
  /**
   * The longest order found: its length, its last operations, the state after each of those, and after all. Where the
   * operations of the key are too many for a search, it is an order of the core.
   */
  readonly prefix: {
    readonly of: 'key' | 'core';
    readonly operations: number;
    readonly last: readonly Operation[];
    readonly states: readonly unknown[];
    readonly state: unknown;
  };
  /** The operations that would have to come next, and why none of them can. */
  readonly next: readonly Obstacle[];
  /** A few operations that already contradict each other, by call; at most the last 40 of them. */
  readonly core: readonly Operation[];
  /** How many they are: over 40 only if the budget for shrinking ran out. */
  readonly coreSize: number;
  /** Whether the core falls apart without any one of its operations. */
  readonly coreIsMinimal: boolean;
  /** Whether a search has found, too, that the core has no order. */
  readonly coreIsVerified: boolean;
  /** How many writes outside the core could not help, had each taken effect at any time after its call or never. */
  readonly aside: number;
  /** The contradiction in words, one step a sentence. */
  readonly sentences: readonly string[];
}

export interface Obstacle {
  readonly operation: Operation;
  /** The end of a sentence that starts with the operation. */
  readonly why: string;
}

const lastShown = 8;
const coreShown = 40;

export interface Finding {
  readonly engine: string;
  readonly rule?: string;
  readonly said?: string;
  /** A search of the whole history that could not order it. */
  readonly result: SearchResult | undefined;
  readonly core: Core;
  readonly isVerified: boolean;
}

export function evidenceOf(
  key: string | undefined,
  history: readonly Operation[],
  model: Model,
  { engine, rule, said, result = undefined, core, isVerified }: Finding,
): Evidence {
  const byCall = [...core.operations].sort((left, right) => left.call - right.call);
  const order = result ?? core.result;
  return {
    model: model.name,
    key: key ?? null,
    operations: history.length,
    engine,
    ...(rule === undefined ? {} : { rule }),
    ...(said === undefined ? {} : { said }),
    prefix: {
      of: result === undefined ? 'core' : 'key',
      operations: order.order.length,
      last: order.order.slice(-lastShown),
      states: statesAfter(order.order, model).slice(-lastShown),
      state: order.state ?? null,
    },
    next: obstacles(result === undefined ? core.operations : history, model, order),
    core: byCall.slice(-coreShown),
    coreSize: byCall.length,
    coreIsMinimal: core.isMinimal,
    coreIsVerified: isVerified,
    aside: core.aside.length,
    sentences: isVerified ? sentences(byCall, model, core) : unverified(byCall, said),
  };
}

/** The state after each operation of an order. */
function statesAfter(order: readonly Operation[], model: Model): unknown[] {
  let state = model.initial;
  return order.map((operation) => {
    state = model.step(state, operation);
    return state ?? null;
  });
}

/** The determinate operations that were called before the front returned and have no place, the front first. */
function obstacles(history: readonly Operation[], model: Model, result: SearchResult): Obstacle[] {
  const deadline = result.front?.return as number;
  const placed = new Set(result.order);
  return history
    .filter((operation) => operation.type === 'ok' && operation.call <= deadline && !placed.has(operation))
    .sort((left, right) => (left.return as number) - (right.return as number))
    .map((operation) => ({ operation, why: model.why(result.state, operation) }));
}

const sentencesMax = 12;

function unverified(core: readonly Operation[], said: string | undefined): string[] {
  return [...told(core), ...(said === undefined ? [] : [said])];
}

function told(core: readonly Operation[]): string[] {
  const shown = core.slice(-sentencesMax).map((operation) => {
    const until = operation.return === null ? '' : ` and returned at ${returnedAt(operation)}`;
    return `${asker(operation)}'s ${deed(operation)} was called at ${calledAt(operation)}${until}.`;
  });
  const more = core.length - sentencesMax;
  return more > 0 ? [...shown, `… and ${counted(more, 'operation')} more.`] : shown;
}

function sentences(core: readonly Operation[], model: Model, { aside, cut, result }: Core): string[] {
  const words = told(core);
  for (const [before, after] of forced(core.slice(0, sentencesMax))) {
    words.push(
      `${name(before)} comes before ${name(after)}: it returned at ${returnedAt(before)}, the other was called at ` +
        `${calledAt(after)}.`,
    );
  }
  if (cut !== undefined) {
    words.push(`Whatever returned before ${calledAt(cut)} does not count: ${name(cut)} replaced it.`);
  }
  const order = result.order.map(deed).slice(-lastShown);
  const before = order.length === 0 ? 'At the start' : `After ${order.join(', ')}`;
  for (const { operation, why } of obstacles(core, model, result)) {
    words.push(`${before} the state is ${show(result.state)}: ${name(operation)} ${why}.`);
  }
  words.push(
    core.length === 1 ? 'So it has no place.' : `So no order of these ${core.length} operations is left.`,
  );
  if (aside.length > 0) {
    const others = aside.length === 1 ? 'One more change does' : `${aside.length} more changes do`;
    words.push(`${others} not help, whether they took effect at any time after their call or never.`);
  }
  return words;
}

const name = (operation: Operation): string => `${asker(operation)}'s ${deed(operation)}`;

const precedes = (left: Operation, right: Operation): boolean =>
  left.type === 'ok' && (left.return as number) < right.call;

/** The pairs whose order real time forces, without those that follow from others. */
function forced(core: readonly Operation[]): [Operation, Operation][] {
  const pairs: [Operation, Operation][] = [];
  for (const left of core) {
    for (const right of core) {
      const between = core.some((middle) => precedes(left, middle) && precedes(middle, right));
      if (precedes(left, right) && !between) pairs.push([left, right]);
    }
  }
  return pairs;
}

/** The one sentence that stands for the whole evidence. */
export function headline(evidence: Evidence): string {
  const { key, model, core } = evidence;
  const what = key === null ? `the ${model}` : `key ${show(key)} of the ${model}`;
  const [obstacle] = evidence.next;
  if (obstacle === undefined) return `${what} is not linearizable: ${evidence.said ?? 'no order is left'}`;
  const tried =
    `${name(obstacle.operation)}, called at ${calledAt(obstacle.operation)} and returned at ` +
    `${returnedAt(obstacle.operation)}, ${obstacle.why}`;
  const others = core.filter((operation) => operation !== obstacle.operation).map(name);
  const clash = others.length === 0 ? '' : `; it contradicts ${others.slice(0, 6).join(', ')}`;
  return `${what} is not linearizable: ${tried}${clash}`;
}

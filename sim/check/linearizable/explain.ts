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
  /** The longest order found: its length, its last operations, and the state after it. */
  readonly prefix: {
    readonly operations: number;
    readonly last: readonly Operation[];
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

export function evidenceOf(
  key: string | undefined,
  history: readonly Operation[],
  model: Model,
  result: SearchResult,
  core: Core,
): Evidence {
  const byCall = [...core.operations].sort((left, right) => left.call - right.call);
  return {
    model: model.name,
    key: key ?? null,
    operations: history.length,
    prefix: {
      operations: result.order.length,
      last: result.order.slice(-lastShown),
      state: result.state ?? null,
    },
    next: obstacles(history, model, result),
    core: byCall.slice(-coreShown),
    coreSize: byCall.length,
    coreIsMinimal: core.isMinimal,
    aside: core.aside.length,
    sentences: sentences(byCall, model, core),
  };
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

function sentences(core: readonly Operation[], model: Model, { aside, cut, result }: Core): string[] {
  const shown = core.slice(-sentencesMax);
  const told = shown.map((operation) => {
    const until = operation.return === null ? '' : ` and returned at ${returnedAt(operation)}`;
    return `${asker(operation)}'s ${deed(operation)} was called at ${calledAt(operation)}${until}.`;
  });
  if (core.length > sentencesMax)
    told.push(`… and ${counted(core.length - sentencesMax, 'operation')} more.`);
  for (const [before, after] of forced(core.slice(0, sentencesMax))) {
    told.push(
      `${name(before)} comes before ${name(after)}: it returned at ${returnedAt(before)}, the other was called at ` +
        `${calledAt(after)}.`,
    );
  }
  if (cut !== undefined) {
    told.push(`Whatever returned before ${calledAt(cut)} does not count: ${name(cut)} replaced it.`);
  }
  const order = result.order.map(deed).slice(-lastShown);
  const before = order.length === 0 ? 'At the start' : `After ${order.join(', ')}`;
  for (const { operation, why } of obstacles(core, model, result)) {
    told.push(`${before} the state is ${show(result.state)}: ${name(operation)} ${why}.`);
  }
  told.push(
    core.length === 1 ? 'So it has no place.' : `So no order of these ${core.length} operations is left.`,
  );
  if (aside.length > 0) {
    const others = aside.length === 1 ? 'One more change does' : `${aside.length} more changes do`;
    told.push(`${others} not help, whether they took effect at any time after their call or never.`);
  }
  return told;
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
  const tried =
    `${name(obstacle.operation)}, called at ${calledAt(obstacle.operation)} and returned at ` +
    `${returnedAt(obstacle.operation)}, ${obstacle.why}`;
  const others = core.filter((operation) => operation !== obstacle.operation).map(name);
  const clash = others.length === 0 ? '' : `; it contradicts ${others.slice(0, 6).join(', ')}`;
  return `${what} is not linearizable: ${tried}${clash}`;
}

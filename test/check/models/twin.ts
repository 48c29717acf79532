/**
 * The definition of linearizability, tried out on any object: a twin is an object written apart from the models, and
 * a history is right if some order of its operations, with any choice among those of unknown fate, is one of its runs.
 */
import type { Operation } from '../../../sim/check/history.ts';
import { chance } from '../brute-force.ts';

/** Numbers below a limit. */
export type Below = (limit: number) => number;

interface Asked {
  readonly f: string;
  readonly value?: unknown;
}

export interface Twin<State = unknown> {
  /** The model's name. */
  readonly name: string;
  readonly initial: State;
  /**
   * All that the object may do when it is asked: what it answers (undefined if the answer says nothing) and its state
   * thereafter. Nothing if it lets the client wait.
   */
  does(state: State, asked: Asked & { readonly process: number }): readonly (readonly [unknown, State])[];
  /** Something to ask; `fresh` is a number that nobody has used. */
  ask(below: Below, fresh: number): Asked;
  /** An answer that may be a lie. */
  lie(below: Below, asked: Asked): unknown;
  /** Whether an answer is the same as another; otherwise by their JSON. */
  isSame?(answer: unknown, output: unknown): boolean;
  /** Operations which, one after another behind any history in which nothing is open, can never be right. */
  readonly violation: readonly (Asked & { readonly output?: unknown })[];
  /** Whether the values can be replaced by others of any type. */
  readonly isOpaque?: boolean;
  /** Of so many answers one is a lie, to make half of the histories wrong. */
  readonly liesOneIn: number;
  /** Operations of small histories, where trying every order of 8 would take too long. */
  readonly operationsMax?: number;
}

const sameJson = (answer: unknown, output: unknown): boolean =>
  JSON.stringify(answer ?? null) === JSON.stringify(output ?? null);

/** Whether there is an order; only for a handful of operations. */
export function hasRun<State>(history: readonly Operation[], twin: Twin<State>): boolean {
  const isSame = twin.isSame ?? sameJson;
  const relevant = history.filter(({ type }) => type !== 'fail');
  const precedes = (left: Operation, right: Operation): boolean =>
    left.type === 'ok' && (left.return as number) < right.call;
  const dead = new Set<string>();
  const visit = (left: readonly Operation[], state: State): boolean => {
    if (left.every(({ type }) => type === 'info')) return true;
    const situation = JSON.stringify([left.map((operation) => relevant.indexOf(operation)), state]);
    if (dead.has(situation)) return false;
    if (leadsOn(left, state)) return true;
    dead.add(situation);
    return false;
  };
  const leadsOn = (left: readonly Operation[], state: State): boolean => {
    return left.some((operation) => {
      if (left.some((other) => precedes(other, operation))) return false;
      const rest = left.filter((other) => other !== operation);
      return twin
        .does(state, operation)
        .some(
          ([answer, after]) =>
            (operation.type === 'info' || answer === undefined || isSame(answer, operation.output)) &&
            visit(rest, after),
        );
    });
  };
  return visit(relevant, twin.initial);
}

export interface Course {
  readonly operations: number;
  readonly processes: number;
  /** One in so many operations is uncertain; 0 for none. */
  readonly uncertainOneIn: number;
  /** One in so many answers is replaced by a random one; 0 for none. */
  readonly liesOneIn: number;
}

interface Running {
  readonly asked: Asked;
  readonly process: number;
  readonly at: number;
  effect?: { readonly answer: unknown };
}

/**
 * A history of the object serving clients in a closed loop, each operation taking effect at a random moment between its
 * call and its return. Who waits in vain stays open, without effect.
 */
export function runOf<State>(seed: number, twin: Twin<State>, course: Course): Operation[] {
  const below = chance(seed);
  const operations: Operation[] = [];
  const running: Running[] = [];
  const idle = Array.from({ length: course.processes }, (_, process) => process);
  let nextProcess = course.processes;
  let state = twin.initial;
  let position = 0;
  for (let stuck = 0; stuck < 50; ) {
    position++;
    const mayCall = operations.length < course.operations && idle.length > 0;
    if (mayCall && (running.length === 0 || below(2) === 0)) {
      const process = idle.splice(below(idle.length), 1)[0]!;
      const asked = twin.ask(below, operations.length + 1);
      running.push({ asked, process, at: operations.length });
      operations.push({ process, ...asked, type: 'info', call: position, return: null });
      continue;
    }
    if (running.length === 0) break;
    const one = running[below(running.length)]!;
    if (one.effect === undefined) {
      const outcomes = twin.does(state, { ...one.asked, process: one.process });
      stuck = outcomes.length === 0 ? stuck + 1 : 0;
      if (outcomes.length === 0) continue;
      const [answer, after] = outcomes[below(Math.min(outcomes.length, 3))]!;
      one.effect = { answer };
      state = after;
      continue;
    }
    running.splice(running.indexOf(one), 1);
    if (course.uncertainOneIn > 0 && below(course.uncertainOneIn) === 0) {
      idle.push(nextProcess++);
      continue;
    }
    idle.push(one.process);
    const { answer } = one.effect;
    const lies = answer !== undefined && course.liesOneIn > 0 && below(course.liesOneIn) === 0;
    const output = lies ? twin.lie(below, one.asked) : answer;
    operations[one.at] = { ...operations[one.at]!, type: 'ok', return: position, output };
  }
  return operations;
}

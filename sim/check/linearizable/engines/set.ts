/**
 * Sets, element by element: what is done to one element says nothing about another, so the elements can be judged apart
 * (linearizability is local: Herlihy & Wing 1990, Theorem 1).
 *
 * Additions and removals that were told what they found take turns (alternation.ts); those that were told nothing write
 * `true` and `false` to a register (front.ts). A read of the whole set asks after each element. If no element by itself
 * is at fault it may still be that no moment suits all of them, so that a set that was read as a whole, and has several
 * elements, is called illegal or left undecided.
 */
import { calledAt, type Operation, returnedAt } from '../../history.ts';
import { show } from '../../plain.ts';
import type { Decision, Engine } from '../engine.ts';
import { stuckTurn, Turn } from './alternation.ts';
import { type Cells, Deed } from './cells.ts';
import { judgeReadsAndWrites } from './lazy.ts';
import { Values } from './values.ts';
import { named } from './wording.ts';

/** Questions after one element that reads of whole sets may come to. */
const questionsMax = 20_000_000;

export const setEngine: Engine = {
  name: 'elements',
  models: ['set'],
  judge(part, model) {
    const elements = new Values();
    for (const element of model.initial as readonly unknown[]) elements.number(element);
    const initial = elements.count;
    const deeds: number[] = [];
    const reads: number[] = [];
    for (let at = 0; at < part.length; at++) {
      const { f, type, value, output } = part[at];
      if (type === 'fail' || (type !== 'ok' && (f === 'read' || f === 'contains'))) continue;
      if (f !== 'read') {
        elements.number(value);
        deeds.push(at);
        continue;
      }
      reads.push(at);
      const listed = new Set((output as readonly unknown[]).map((element) => elements.number(element)));
      if (listed.size < (output as readonly unknown[]).length) return listedTwice(part, at);
    }
    if (reads.length * elements.count > questionsMax) {
      return { verdict: 'undecided', reason: 'the set was read as a whole too often' };
    }
    return judgeElements(part, { elements, initial, deeds, reads });
  },
};

interface Elements {
  readonly elements: Values;
  /** How many of them are there at the start. */
  readonly initial: number;
  /** Additions, removals and questions after one element. */
  readonly deeds: readonly number[];
  readonly reads: readonly number[];
}

function judgeElements(part: readonly Operation[], { elements, initial, deeds, reads }: Elements): Decision {
  const listed = reads.map(
    (at) => new Set((part[at].output as readonly unknown[]).map((element) => elements.find(element))),
  );
  const starts = new Int32Array(elements.count + 1);
  for (const at of deeds) starts[elements.find(part[at].value) + 1]++;
  for (let element = 0; element < elements.count; element++) starts[element + 1] += starts[element];
  const filled = starts.slice();
  const sorted = new Int32Array(deeds.length);
  for (const at of deeds) sorted[filled[elements.find(part[at].value)]++] = at;
  let undecided: Decision | undefined;
  for (let element = 0; element < elements.count; element++) {
    const own = sorted.subarray(starts[element], starts[element + 1]);
    const decision = judgeElement(part, {
      name: show(elements.value(element)),
      isThereInitially: element < initial,
      at: [...own, ...reads],
      turns: [
        ...Array.from(own, (at) => turnOf(part[at])),
        ...listed.map((list) => (list.has(element) ? Turn.seenTaken : Turn.seenFree)),
      ],
      isTold: Array.from(own, (at) => isTold(part[at])),
    });
    if (decision.verdict === 'illegal') return decision;
    if (decision.verdict === 'undecided') undecided = decision;
  }
  if (undecided !== undefined) return undecided;
  if (reads.length === 0 || elements.count <= 1) return { verdict: 'linearizable' };
  return { verdict: 'undecided', reason: 'the set was read as a whole' };
}

interface Element {
  readonly name: string;
  readonly isThereInitially: boolean;
  readonly at: readonly number[];
  readonly turns: readonly number[];
  /** Whether additions and removals were told what they found; undefined where it does not matter. */
  readonly isTold: readonly (boolean | undefined)[];
}

function turnOf({ f, output, type }: Operation): number {
  const isRefused = type === 'ok' && output === false;
  if (f === 'add') return isRefused ? Turn.seenTaken : Turn.taking;
  if (f === 'remove') return isRefused ? Turn.seenFree : Turn.giving;
  return output === true ? Turn.seenTaken : Turn.seenFree;
}

const isTold = ({ f, output, type }: Operation): boolean | undefined =>
  f === 'contains' || type !== 'ok' ? undefined : typeof output === 'boolean';

function judgeElement(part: readonly Operation[], element: Element): Decision {
  const isAnyTold = element.isTold.includes(true);
  if (isAnyTold && element.isTold.includes(false)) {
    return {
      verdict: 'undecided',
      reason: 'some changes of an element were told what they found, and some were not',
    };
  }
  const call = Float64Array.from(element.at, (at) => part[at].call);
  const returned = Float64Array.from(element.at, (at) =>
    part[at].type === 'ok' ? (part[at].return as number) : Number.POSITIVE_INFINITY,
  );
  if (!isAnyTold) {
    const decision = judgeReadsAndWrites(cellsOf(element, call, returned), part);
    return decision.verdict === 'illegal'
      ? { ...decision, why: `element ${element.name}: ${decision.why}` }
      : decision;
  }
  const kind = Uint8Array.from(element.turns);
  const stuck = stuckTurn({ kind, call, returned }, element.isThereInitially);
  if (stuck === undefined) return { verdict: 'linearizable' };
  const positions = [stuck.operation, stuck.lastTurn, stuck.askedBy].filter((position) => position !== -1);
  const suspects = [...new Set(positions)].map((position) => element.at[position]);
  const wrong = part[element.at[stuck.operation]];
  const isThere = kind[stuck.operation] === Turn.taking || kind[stuck.operation] === Turn.seenFree;
  const last = stuck.lastTurn === -1 ? undefined : part[element.at[stuck.lastTurn]];
  const since = last === undefined ? 'from the start' : `since ${named(last)}, called at ${calledAt(last)}`;
  return {
    verdict: 'illegal',
    rule: isThere ? 'still-there' : 'not-there',
    why:
      `element ${element.name}: ${named(wrong)} returned at ${returnedAt(wrong)}, but the element was ` +
      `${isThere ? 'there' : 'not there'} ${since}, and no other ${isThere ? 'removal' : 'addition'} had been called ` +
      'that could have come in between',
    suspects: suspects.sort((a, b) => a - b),
  };
}

/** The element as a register of `false` and `true`. */
function cellsOf(
  { at, turns, isThereInitially }: Element,
  call: Float64Array,
  returned: Float64Array,
): Cells {
  const values = new Values();
  const [absent, present] = [values.number(false), values.number(true)];
  const stateOf = (turn: number): number =>
    turn === Turn.taking || turn === Turn.seenTaken ? present : absent;
  const isChange = (turn: number): boolean => turn === Turn.taking || turn === Turn.giving;
  return {
    count: at.length,
    deed: Uint8Array.from(turns, (turn) => (isChange(turn) ? Deed.write : Deed.read)),
    from: Int32Array.from(turns, (turn) => (isChange(turn) ? -1 : stateOf(turn))),
    to: Int32Array.from(turns, (turn) => (isChange(turn) ? stateOf(turn) : -1)),
    ...{ call, returned, values, initial: isThereInitially ? present : absent },
    at: Int32Array.from(at),
  };
}

function listedTwice(part: readonly Operation[], at: number): Decision {
  return {
    verdict: 'illegal',
    rule: 'listed-twice',
    why: `${named(part[at])}, which returned at ${returnedAt(part[at])}, lists an element twice`,
    suspects: [at],
  };
}

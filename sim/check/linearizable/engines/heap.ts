/** The pending operation whose return comes first in `eventsOf`: a binary heap over numbers of operations. */
export class Soonest {
  readonly #returned: Float64Array;
  readonly #heap: number[] = [];

  constructor(returned: Float64Array) {
    this.#returned = returned;
  }

  get size(): number {
    return this.#heap.length;
  }

  add(operation: number): void {
    const heap = this.#heap;
    let at = heap.push(operation) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.#isSooner(operation, heap[parent])) break;
      heap[at] = heap[parent];
      at = parent;
    }
    heap[at] = operation;
  }

  /** Takes the one that returns first out; there must be one. */
  take(): number {
    const heap = this.#heap;
    const soonest = heap[0];
    const moved = heap.pop() as number;
    if (heap.length === 0) return soonest;
    let at = 0;
    for (let child = 1; child < heap.length; child = 2 * at + 1) {
      if (child + 1 < heap.length && this.#isSooner(heap[child + 1], heap[child])) child++;
      if (!this.#isSooner(heap[child], moved)) break;
      heap[at] = heap[child];
      at = child;
    }
    heap[at] = moved;
    return soonest;
  }

  #isSooner(one: number, other: number): boolean {
    const [left, right] = [this.#returned[one], this.#returned[other]];
    return left < right || (left === right && one < other);
  }
}

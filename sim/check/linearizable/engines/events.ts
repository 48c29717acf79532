/** Calls and returns in the order of time. */
import { ascending } from './order.ts';

/**
 * An operation for its call, its complement (~) for its return; what never returns has only a call. Where times are
 * equal calls come first, since such operations are concurrent.
 */
export function eventsOf(call: Float64Array, returned: Float64Array): Int32Array {
  const count = call.length;
  const returning: number[] = [];
  for (let operation = 0; operation < count; operation++) {
    if (Number.isFinite(returned[operation])) returning.push(operation);
  }
  const times = new Float64Array(count + returning.length);
  times.set(call);
  for (let at = 0; at < returning.length; at++) times[count + at] = returned[returning[at]];
  // The sort is stable: calls stand before returns.
  const order = ascending(times);
  for (let at = 0; at < order.length; at++) {
    if (order[at] >= count) order[at] = ~returning[order[at] - count];
  }
  return order;
}

/** What could have had an influence on what. */
import type { TraceEvent } from '../kernel/trace.ts';

/**
 * The numbers of the events that could have influenced some given ones: on each host the earlier ones, and for each the
 * event that sent its packet or set its timer (Lamport's happened-before, 1978).
 */
export function causalPast(trace: readonly TraceEvent[], of: readonly number[]): ReadonlySet<number> {
  const hostOf = new Map<number, string>();
  const causeOf = new Map<number, number>();
  const eventsOn = new Map<string, number[]>();
  for (const { event, cause, host } of trace) {
    causeOf.set(event, cause);
    if (host === undefined || hostOf.has(event)) continue;
    hostOf.set(event, host);
    const list = eventsOn.get(host) ?? [];
    eventsOn.set(host, list);
    list.push(event);
  }
  const past = new Set<number>();
  /** Of each host's events, how many belong to the past. */
  const taken = new Map<string, number>();
  const open = [...of];
  for (let event = open.pop(); event !== undefined; event = open.pop()) {
    past.add(event);
    const cause = causeOf.get(event) ?? -1;
    if (cause >= 0 && !past.has(cause)) open.push(cause);
    const host = hostOf.get(event);
    if (host === undefined) continue;
    const events = eventsOn.get(host) ?? [];
    let next = taken.get(host) ?? 0;
    for (; next < events.length && events[next]! <= event; next += 1) {
      if (!past.has(events[next]!)) open.push(events[next]!);
    }
    taken.set(host, Math.max(next, taken.get(host) ?? 0));
  }
  return past;
}

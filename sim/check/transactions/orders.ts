/** The orders that do not come from data: of each session, and of real time. */
import type { History } from '../history.ts';
import { type GraphBuilder, realTime, session } from './graph.ts';

/**
 * Each committed transaction of a process comes before its next one. Nothing follows one of unknown fate: it may
 * take effect at any later time.
 */
export function addSessions(builder: GraphBuilder, history: History, isCommitted: Uint8Array): void {
  const last = new Map<number, number>();
  for (const at of byCall(history)) {
    if (isCommitted[at] === 0) continue;
    const before = last.get(history[at].process);
    if (before !== undefined) builder.edge(before, at, session);
    if (history[at].type === 'ok') last.set(history[at].process, at);
  }
}

/**
 * What returned before another was called comes before it. Instead of the pairs, of which there are as many as there
 * are clients to each transaction even without those that follow from others, there is a chain of waypoints: what
 * has returned leads to the next one, and from the last one it goes on to whatever is called. Transactions of unknown
 * fate never returned.
 */
export function addRealTime(builder: GraphBuilder, history: History, isCommitted: Uint8Array): void {
  const returns = history.flatMap(({ type }, at) => (type === 'ok' ? [at] : []));
  const returnOf = (at: number): number => history[at].return as number;
  if (returns.some((at, place) => place > 0 && returnOf(at) < returnOf(returns[place - 1]))) {
    returns.sort((left, right) => returnOf(left) - returnOf(right));
  }
  let returned = 0;
  let moment = -1;
  for (const at of byCall(history)) {
    if (isCommitted[at] === 0) continue;
    const { call } = history[at];
    if (returned < returns.length && returnOf(returns[returned]) < call) {
      const next = builder.waypoint();
      if (moment >= 0) builder.edge(moment, next, realTime);
      moment = next;
      for (; returned < returns.length && returnOf(returns[returned]) < call; returned++) {
        builder.edge(returns[returned], moment, realTime);
      }
    }
    if (moment >= 0) builder.edge(moment, at, realTime);
  }
}

function byCall(history: History): number[] {
  const order = Array.from(history, (_, at) => at);
  const isSorted = order.every((at) => at === 0 || history[at - 1].call <= history[at].call);
  return isSorted ? order : order.sort((left, right) => history[left].call - history[right].call);
}

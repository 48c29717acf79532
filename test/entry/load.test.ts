/** When the operations of real clients end, and what is recorded of those that do not. */
import { expect, test } from 'vitest';
import { type Host, Refused } from '../../protocols/host.ts';
import { Load, type LoadLimits } from '../../sim/entry/load.ts';
import type { HistoryEvent, Session } from '../../sim/index.ts';

const hostNamed = (id: string) => ({ id }) as Host<never>;
const never = new Promise<never>(() => {});

/** A load with two clients that each do the same again and again. */
function loadOf(limits: Partial<LoadLimits>, deed: (session: Session) => Promise<unknown>) {
  const events: HistoryEvent[] = [];
  const { signal } = new AbortController();
  const load = new Load({
    ...{ operations: undefined, durationMs: undefined, signal, onEvent: (event) => void events.push(event) },
    ...limits,
  });
  const programs = ['c1', 'c2'].map(async (id) => {
    const session = load.session(hostNamed(id));
    for (;;) {
      await new Promise((resolve) => setTimeout(resolve, 1));
      await deed(session);
    }
  });
  return { load, events, ended: load.run(programs) };
}

const put = (session: Session, run: () => Promise<unknown>) =>
  session.operate({ f: 'put', key: 'x', value: 1 }, () => run().then(() => ({})));

test('no operation is begun beyond those asked for, and all of them are waited for', async () => {
  const { load, events, ended } = loadOf({ operations: 7 }, (session) =>
    put(session, () => new Promise((resolve) => setTimeout(resolve, 5))),
  );
  expect(await ended).toBe('operations');
  expect(load.figures()).toMatchObject({ begun: 7, ok: 7, fail: 0, info: 0 });
  expect(load.figures().latenciesMs).toHaveLength(7);
  expect(events).toHaveLength(14);
});

test('what is refused was not done; nobody knows of other errors', async () => {
  let count = 0;
  const { load, ended } = loadOf({ operations: 10 }, (session) =>
    put(session, async () => {
      count += 1;
      throw count % 2 === 0 ? new Refused() : new Error('lost');
    }),
  );
  await ended;
  expect(load.figures()).toMatchObject({ ok: 0, fail: 5, info: 5, latenciesMs: [] });
});

test('the time is over', async () => {
  const { load, ended } = loadOf({ durationMs: 30 }, (session) => put(session, async () => {}));
  expect(await ended).toBe('duration');
  expect(load.figures().begun).toBeGreaterThan(0);
});

test('the clients have no more to do', async () => {
  const { signal } = new AbortController();
  const load = new Load({ operations: 100, durationMs: undefined, signal, onEvent: () => {} });
  const session = load.session(hostNamed('c1'));
  expect(await load.run([put(session, async () => {}).then(() => {})])).toBe('workload');
});

test('operations that never end are given up, and what becomes of them later is not recorded', async () => {
  let finish = (): void => {};
  const { load, events, ended } = loadOf({ operations: 2, stallMs: 50 }, (session) =>
    put(session, () => new Promise<void>((resolve) => (finish = resolve))),
  );
  expect(await ended).toBe('stalled');
  expect(load.figures()).toMatchObject({ begun: 2, info: 2 });
  const before = events.length;
  finish();
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(events).toHaveLength(before);
});

test('an interrupt leaves what was open as it is: of unknown fate', async () => {
  const interruption = new AbortController();
  const { load, events, ended } = loadOf({ operations: 5, signal: interruption.signal }, (session) => {
    setTimeout(() => interruption.abort(), 20);
    return put(session, () => never);
  });
  expect(await ended).toBe('interrupted');
  expect(load.figures()).toMatchObject({ begun: 2, ok: 0, info: 2 });
  expect(events.map(({ type }) => type).sort()).toEqual(['info', 'info', 'invoke', 'invoke']);
});

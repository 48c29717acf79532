import { expect, test } from 'vitest';
import type { Agenda } from '../../sim/kernel/agenda.ts';
import { type Limits, Loop, limitsDefault, type Pump, type Rules, type Stop } from '../../sim/kernel/loop.ts';
import { makePump } from '../../sim/platform/pump.ts';

type Task = () => unknown;

const ways = ['drain', 'hop'] as const;

/** A loop whose events are tasks; `log` gets what `settle` finds. */
class Lab {
  readonly loop: Loop;
  settled = 0;
  /** Called with each settle. */
  onSettle: () => void = () => {};

  constructor(limits: Partial<Limits> = {}) {
    const rules: Rules = {
      dispatch: (agenda: Agenda) => {
        (agenda.payload as Task)();
        return true;
      },
      settle: () => {
        this.settled += 1;
        this.onSettle();
      },
      unhandled: (reason) => {
        throw reason;
      },
    };
    this.loop = new Loop(rules, { ...limitsDefault, ...limits });
  }

  in(delayUs: number, task: Task): void {
    this.loop.schedule(delayUs, 0, 0, 0, task);
  }

  async run(way: 'drain' | 'hop' = 'drain', pump?: Pump): Promise<Stop> {
    return this.loop.run(pump ?? (await makePump({ way })));
  }
}

for (const way of ways) {
  test(`${way}: a run with nothing left to do is quiet, also when time has no end`, async () => {
    for (const virtualUs of [1_000, Number.POSITIVE_INFINITY]) {
      const lab = new Lab({ virtualUs });
      lab.in(7, () => {});
      expect(await lab.run(way)).toEqual({ reason: 'quiet' });
      expect(lab.loop.nowUs).toBe(7);
      expect(lab.loop.event).toBe(0);
    }
    expect(await new Lab().run(way)).toEqual({ reason: 'quiet' });
  });

  test(`${way}: stop ends the run after the current event and its drain`, async () => {
    const log: string[] = [];
    const lab = new Lab();
    lab.in(1, async () => {
      lab.loop.stop();
      await null;
      log.push('drained');
    });
    lab.in(2, () => log.push('never'));
    expect(await lab.run(way)).toEqual({ reason: 'stopped' });
    expect(log).toEqual(['drained']);
    expect(lab.settled).toBe(1);
  });

  test(`${way}: the first reason to stop stays`, async () => {
    const lab = new Lab({ events: 1 });
    lab.in(1, () => {
      lab.loop.stop();
      lab.loop.stop({ reason: 'quiet' });
    });
    expect(await lab.run(way)).toEqual({ reason: 'stopped' });
  });

  test(`${way}: as many events as the limit says, and the limit names itself`, async () => {
    const lab = new Lab({ events: 5 });
    const again = () => lab.in(10, again);
    lab.in(10, again);
    expect(await lab.run(way)).toEqual({ reason: 'limit', limit: 'events', value: 5, atUs: 50 });
    expect(lab.settled).toBe(5);
  });

  test(`${way}: events up to the last microsecond of virtual time, and the limit names itself`, async () => {
    const lab = new Lab({ virtualUs: 30 });
    const again = () => lab.in(10, again);
    lab.in(10, again);
    expect(await lab.run(way)).toEqual({ reason: 'limit', limit: 'virtualUs', value: 30, atUs: 30 });
    expect(lab.settled).toBe(3);
  });

  test.each([0, 5])(`${way}: events of one instant, which may be number %d, have a limit`, async (atUs) => {
    const lab = new Lab({ instantEvents: 100 });
    const again = () => lab.in(0, again);
    lab.in(atUs, again);
    expect(await lab.run(way)).toEqual({ reason: 'limit', limit: 'instantEvents', value: 100, atUs });
    expect(lab.settled).toBe(100);
  });

  test(`${way}: a hundred events of each of many instants are within a limit of a hundred`, async () => {
    const lab = new Lab({ instantEvents: 100 });
    for (let i = 0; i < 500; i += 1) lab.in(Math.floor(i / 100), () => {});
    expect(await lab.run(way)).toEqual({ reason: 'quiet' });
    expect(lab.settled).toBe(500);
  });

  test(`${way}: real time has a limit, and it names itself`, async () => {
    const lab = new Lab({ wallMs: 20 });
    const again = () => lab.in(1, again);
    lab.in(1, again);
    expect(await lab.run(way)).toMatchObject({ reason: 'limit', limit: 'wallMs', value: 20 });
  });

  test(`${way}: an event's cause is the event during which it was scheduled, however late in its drain`, async () => {
    const causes: Record<string, [event: number, cause: number]> = {};
    const lab = new Lab();
    const note = (name: string) => {
      causes[name] = [lab.loop.event, lab.loop.cause];
    };
    lab.in(1, async () => {
      note('root');
      lab.in(20, () => note('at once'));
      await null;
      await null;
      process.nextTick(() => lab.in(5, () => note('after a tick')));
    });
    lab.in(2, () => {
      note('bystander');
      lab.in(1, () => note('its own'));
    });
    await lab.run(way);
    expect(causes).toEqual({
      root: [0, -1],
      bystander: [1, -1],
      'its own': [2, 1],
      'after a tick': [3, 0],
      'at once': [4, 0],
    });
  });

  test(`${way}: everything runnable has run before the event settles and time moves on`, async () => {
    const log: string[] = [];
    const lab = new Lab();
    const chain = async (name: string) => {
      for (let depth = 0; depth < 1_000; depth += 1) await null;
      process.nextTick(() => {
        void Promise.resolve().then(() => queueMicrotask(() => log.push(`${name} at ${lab.loop.nowUs}`)));
      });
    };
    lab.onSettle = () => log.push(`settled at ${lab.loop.nowUs}`);
    for (const atUs of [1, 1, 2]) lab.in(atUs, () => void chain('chain'));
    await lab.run(way);
    expect(log).toEqual([1, 1, 2].flatMap((atUs) => [`chain at ${atUs}`, `settled at ${atUs}`]));
  });

  test(`${way}: the real loop has its turn during a long run`, async () => {
    const lab = new Lab({ wallMs: 10_000 });
    const again = () => lab.in(1, again);
    lab.in(1, again);
    // Only a timer of the real loop ends this run.
    setTimeout(() => lab.loop.stop(), 5);
    expect(await lab.run(way)).toEqual({ reason: 'stopped' });
  });

  test(`${way}: an error of the rules themselves rejects the run`, async () => {
    const lab = new Lab();
    lab.in(1, () => {
      throw new Error('a flaw in the rules');
    });
    await expect(lab.run(way)).rejects.toThrow('a flaw in the rules');
  });

  test(`${way}: the number of the current event is on the beacon`, async () => {
    const beacon = new Float64Array(1);
    const pump = await makePump({ way, beacon });
    const seen: number[] = [];
    const lab = new Lab();
    for (let i = 0; i < 3; i += 1) lab.in(i, () => seen.push(beacon[0]!));
    await lab.run(way, pump);
    expect(seen).toEqual([0, 1, 2]);
  });
}

test('an event that ran no code is neither drained nor settled', async () => {
  let settled = 0;
  const loop = new Loop({ dispatch: () => false, settle: () => (settled += 1), unhandled: () => {} });
  loop.schedule(1, 0, 0, 0, undefined);
  expect(await loop.run(await makePump())).toEqual({ reason: 'quiet' });
  expect(settled).toBe(0);
});

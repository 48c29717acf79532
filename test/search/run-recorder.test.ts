import { describe, expect, test } from 'vitest';
import { DiskError, Refused, TimedOut } from '../../protocols/host.ts';
import { Recorder } from '../../sim/search/recorder.ts';
import { runOf } from './run-lab.ts';

const host = { id: 'c1' } as never;
const put = { f: 'put', key: 'a', value: 1 };

describe('what an answer becomes', () => {
  test.each([
    ['a refusal is fail', new Refused(), 'fail'],
    ['a refusal of another copy of the module is fail', refusedElsewhere(), 'fail'],
    ['a timeout is info', new TimedOut(), 'info'],
    ['a disk error is info', new DiskError('io', 'broken'), 'info'],
    ['anything else is info', 'nonsense', 'info'],
  ])('%s', async (_, error, type) => {
    const recorder = new Recorder(() => 5);
    const session = recorder.session(host);
    expect(await session.operate(put, () => Promise.reject(error))).toBeUndefined();
    expect(recorder.history()).toMatchObject([{ type, f: 'put', key: 'a', client: 'c1' }]);
    expect(recorder).toMatchObject({ invoked: 1, ok: 0 });
  });

  test('an answer is ok, with what it says', async () => {
    const recorder = new Recorder(() => 5);
    const reply = await recorder.session(host).operate({ f: 'get', key: 'a' }, async () => ({ value: 7 }));
    expect(reply).toEqual({ value: 7 });
    expect(recorder.history()).toMatchObject([{ type: 'ok', f: 'get' }]);
    expect(recorder).toMatchObject({ invoked: 1, ok: 1 });
  });
});

test('after an info the client goes on under a new process, after a fail under the same', async () => {
  const recorder = new Recorder(() => 0);
  const session = recorder.session(host);
  await session.operate(put, () => Promise.reject(new Refused()));
  await session.operate(put, () => Promise.reject(new TimedOut()));
  await session.operate(put, async () => ({}));
  const processes = recorder.history().map(({ process, type }) => `${process} ${type}`);
  expect(processes).toEqual(['0 fail', '0 info', '1 ok']);
});

test('two lives of a client are two sessions and two processes; a process more is no session more', async () => {
  const recorder = new Recorder(() => 0);
  const one = recorder.session(host);
  await one.operate(put, () => Promise.reject(new TimedOut()));
  await one.operate(put, async () => ({}));
  const two = recorder.session(host);
  await two.operate(put, async () => ({}));
  expect(recorder.history().map(({ session, process }) => [session, process])).toEqual([
    [0, 0],
    [0, 1],
    [1, 2],
  ]);
});

test('an operation that nobody answers stays open', async () => {
  const recorder = new Recorder(() => 0);
  void recorder.session(host).operate(put, () => new Promise(() => {}));
  await recorder.session(host).operate({ f: 'get', key: 'a' }, async () => ({ value: 1 }));
  expect(recorder.history()).toMatchObject([
    { type: 'info', f: 'put', return: null },
    { type: 'ok', f: 'get' },
  ]);
});

test('a kill ends what the client has open, and nothing else', async () => {
  const recorder = new Recorder(() => 0);
  recorder.killed('c1');
  void recorder.session(host).operate(put, () => new Promise(() => {}));
  recorder.killed('c2');
  expect(recorder.history()).toMatchObject([{ type: 'info', return: null }]);
  recorder.killed('c1');
  recorder.killed('c1');
  expect(recorder.history()).toMatchObject([{ type: 'info', return: 1 }]);
});

test('nobody ever hears what became of the operation of a killed client, which comes back as another process', async () => {
  // The server is paused from before the put until after the kill: the put is on its way when its client dies.
  const { full, operations } = await runOf({
    client: async (store, session, { id, clock }) => {
      await clock.sleep(400);
      if (id !== 'c1') return;
      await session.operate({ f: 'put', key: 'a', value: 1 }, () => store.put('a', 1).then(() => ({})));
      await session.operate({ f: 'get', key: 'a' }, async () => ({ value: await store.get('a') }));
    },
    lines: [
      'faults:',
      '  - { at: 300ms, for: 300ms, pause: { targets: [n1] } }',
      '  - { at: 425ms, kill: { targets: [c1] }, restartAfter: 300ms }',
    ],
    options: { record: 'full' },
  });
  const { history } = full!;
  expect(history.map(({ f, type }) => `${f} ${type}`)).toEqual(['put info', 'put ok', 'get ok']);
  expect(history[0]!.returnUs, 'in doubt from the kill on').toBe(425_000);
  expect(history[0]!.process).not.toBe(history[1]!.process);
  expect(operations).toMatchObject({ invoked: 3, ok: 2, info: 1, fail: 0 });
});

/** As another copy of `protocols/host.ts` makes it: told by its brand alone. */
function refusedElsewhere(): Error {
  return Object.defineProperty(new Error('refused'), Symbol.for('skerry.Refused'), { value: true });
}

test('of a client that its last effect has killed nothing is recorded but that nobody knows', async () => {
  const recorder = new Recorder(() => 0);
  const session = recorder.session(host);
  let heard = false;
  const operation = session.operate({ f: 'put', key: 'a' }, async () => {
    recorder.killed('c1');
    return {};
  });
  void operation.then(() => {
    heard = true;
  });
  await new Promise(setImmediate);
  expect(heard).toBe(false);
  expect(recorder.history()).toMatchObject([{ type: 'info', f: 'put' }]);
  expect(recorder).toMatchObject({ invoked: 1, ok: 0 });
});

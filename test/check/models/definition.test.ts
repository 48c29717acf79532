import { describe, expect, test } from 'vitest';
import {
  HistoryError,
  linearizable,
  modelNamed,
  type Operation,
  timeline,
} from '../../../sim/check/index.ts';

/** Pictures that a model accepts, and that it rejects, by what they show. */
interface Cases {
  readonly accepts: Readonly<Record<string, string>>;
  readonly rejects: Readonly<Record<string, string>>;
}

const definitions: Readonly<Record<string, Cases>> = {
  'append-kv': {
    accepts: {
      'what is appended stands at the end': 'c1: [get x -> ""] [append x "a"] [append x "b"] [get x -> "ab"]',
      'a put starts afresh': 'c1: [append x "a"] [put x "b"] [append x "c"] [get x -> "bc"]',
      'two beside each other come in either order': `
        c1: [append x "a"] [get x -> "ba"]
        c2: [append x "b"]`,
      'one of unknown fate may come late': 'c1: [append x "a" ?]\nc2:        [get x -> ""] [get x -> "a"]',
    },
    rejects: {
      'but not out of real time': 'c1: [append x "a"] [append x "b"] [get x -> "ba"]',
      'nor twice': 'c1: [append x "a" ?]\nc2:           [get x -> "aa"]',
    },
  },
  'multi-register': {
    accepts: {
      'registers are written and read at once':
        'c1: [write [["x",1],["y",2]]] [read ["y","x"] -> [["y",2],["x",1]]] [read ["z"] -> [["z",null]]]',
      'a write leaves other registers alone':
        'c1: [write [["x",1],["y",1]]] [write [["x",2]]] [read -> [["x",2],["y",1]]]',
    },
    rejects: {
      'nobody sees half of a write': `
        c1: [write [["x",1],["y",1]]]
        c2:    [read -> [["x",1],["y",null]]]`,
      'reads agree on the order of writes': `
        c1: [write [["x",1]]] [read -> [["x",1],["y",null]]]
        c2: [write [["y",1]]] [read -> [["x",null],["y",1]]]`,
    },
  },
  counter: {
    accepts: {
      'it starts at 0 and sums up': 'c1: [read -> 0] [add 5] [increment] [decrement 2] [add -3] [read -> 1]',
      'an addition of unknown fate counts once, later': 'c1: [add 2 ?]\nc2:       [read -> 0] [read -> 2]',
      'two of them may both count': 'c1: [add 1 ?]\nc2: [add 1 ?]\nc3:       [read -> 2]',
    },
    rejects: {
      'but not twice': 'c1: [add 2 ?]\nc2:       [read -> 4]',
      'nor is it taken back': 'c1: [add 2 ?]\nc2:       [read -> 2] [read -> 0]',
      'an acknowledged one is not lost': 'c1: [add 1] [add 1] [read -> 1]',
    },
  },
  set: {
    accepts: {
      'elements come and go': 'c1: [add 1] [add 2] [remove 1] [read -> [2]] [contains 1 -> false]',
      'the order of a read does not matter': 'c1: [add 2] [add 1] [read -> [2,1]] [read -> [1,2]]',
      'an addition may say whether it was new': 'c1: [add 1 -> true] [add 1 -> false] [remove 1 -> true]',
    },
    rejects: {
      'a removed element stays away': 'c1: [add 1] [remove 1] [contains 1 -> true]',
      'a read lists every element once': 'c1: [add 1] [add 1] [read -> [1,1]]',
      'of two that remove it only one succeeds': `
        c1: [add 1] [remove 1 -> true]
        c2:         [remove 1 -> true]`,
      'a read sees one moment': `
        c1: [add 1] [add 2] [remove 1]
        c2:    [read -> [2]] [read -> [1,2]]`,
    },
  },
  'grow-only-set': {
    accepts: {
      'what is added stays': 'c1: [add 1] [read -> [1]] [add 2] [read -> [2,1]]',
      'one of unknown fate may turn up late': 'c1: [add 1 ?]\nc2:       [read -> []] [read -> [1]]',
    },
    rejects: {
      'it does not go away again': 'c1: [add 1 ?]\nc2:       [read -> [1]] [read -> []]',
      'reads agree on the order of additions': `
        c1: [add 1] [read -> [1]]
        c2: [add 2] [read -> [2]]`,
    },
  },
  'append-list': {
    accepts: {
      'a read returns all of it in order': 'c1: [append 1] [append 2] [append 1] [read -> [1,2,1]]',
      'null is an empty list': 'c1: [read -> null] [append 1] [read -> [1]]',
    },
    rejects: {
      'reads agree on the order': `
        c1: [append 1] [read -> [1]]
        c2: [append 2] [read -> [2,1]]`,
      'what was seen stays where it was':
        'c1: [append 1 ?]\nc2:      [read -> [1]] [append 2] [read -> [2,1]]',
    },
  },
  queue: {
    accepts: {
      'first in, first out': 'c1: [enqueue 1] [enqueue 2] [dequeue -> 1] [dequeue -> 2] [dequeue -> null]',
      'two beside each other come in either order': `
        c1: [enqueue 1] [dequeue -> 2]
        c2: [enqueue 2] [dequeue -> 1]`,
      'a dequeue of unknown fate may have taken one': `
        c1: [enqueue 1] [enqueue 2] [dequeue ?]
        c2:                               [dequeue -> 2]`,
    },
    rejects: {
      'not last in, first out': 'c1: [enqueue 1] [enqueue 2] [dequeue -> 2]',
      'nothing twice': 'c1: [enqueue 1] [dequeue -> 1] [dequeue -> 1]',
      'it is not empty while something is in it': 'c1: [enqueue 1] [dequeue -> null] [dequeue -> 1]',
    },
  },
  stack: {
    accepts: { 'last in, first out': 'c1: [push 1] [push 2] [pop -> 2] [pop -> 1] [pop -> null]' },
    rejects: { 'not first in, first out': 'c1: [push 1] [push 2] [pop -> 1]' },
  },
  'priority-queue': {
    accepts: {
      'the smallest comes first':
        'c1: [insert 3] [insert 10] [insert 2] [remove-min -> 2] [remove-min -> 3] [remove-min -> 10]',
    },
    rejects: { 'not the oldest': 'c1: [insert 3] [insert 2] [remove-min -> 3]' },
  },
  mutex: {
    accepts: {
      'one after the other': 'c1: [acquire] [release]\nc2:                     [acquire] [release]',
      'who was refused was beside a holder': 'c1: [acquire]      [release]\nc2:    [acquire -> false]',
      'a release of unknown fate may have let it go':
        'c1: [acquire] [release ?]\nc2:               [acquire]',
    },
    rejects: {
      'two at a time': 'c1: [acquire]\nc2:            [acquire]',
      'a release by nobody': 'c1: [release]',
      'a refusal while it was free': 'c1: [acquire -> false]',
    },
  },
  'reentrant-mutex': {
    accepts: {
      'its holder may take it again, and lets go as often': `
        c1: [acquire] [acquire] [release] [release]
        c2:                                         [acquire]`,
    },
    rejects: {
      'it is not free before':
        'c1: [acquire] [acquire] [release]\nc2:                                  [acquire]',
      'somebody else lets go': 'c1: [acquire]\nc2:             [release]',
    },
  },
  'read-write-lock': {
    accepts: {
      'many readers': 'c1: [acquire-read]\nc2:     [acquire-read]\nc3:                     [acquire-read]',
      'then a writer': `
        c1: [acquire-read] [release-read]
        c2:     [acquire-write -> false]  [acquire-write] [release-write]`,
    },
    rejects: {
      'a reader beside a writer': 'c1: [acquire-write]\nc2:                     [acquire-read]',
      'two writers': 'c1: [acquire-write]\nc2:                     [acquire-write]',
    },
  },
  'fencing-lock': {
    accepts: {
      'tokens rise': 'c1: [acquire -> 1] [release]\nc2:                            [acquire -> 5]',
      'a token that nobody got to know may lie in between': `
        c1: [acquire -> 1] [release] [acquire ?]
        c2:                                [release] [acquire -> 2]`,
    },
    rejects: {
      'the same token twice': 'c1: [acquire -> 1] [release] [acquire -> 1]',
      'a smaller one': 'c1: [acquire -> 7] [release] [acquire -> 3]',
      'two holders': 'c1: [acquire -> 1] [acquire -> 2]',
    },
  },
  semaphore: {
    accepts: { 'a permit comes back': 'c1: [acquire] [release] [acquire]' },
    rejects: { 'more than there are': 'c1: [acquire] [acquire]', 'one that was not out': 'c1: [release]' },
  },
  'unique-ids': {
    accepts: {
      'each once, in any order': 'c1: [generate -> 3] [generate -> 1] [generate ?]\nc2: [generate -> 2]',
    },
    rejects: { twice: 'c1: [generate -> 3]\nc2: [generate -> 3]' },
  },
  'rising-ids': {
    accepts: {
      'greater than all before': 'c1: [generate -> 3] [generate -> 7]',
      'those beside each other come in either order': 'c1: [generate -> 3]\nc2: [generate -> 1]',
    },
    rejects: {
      'a smaller one later': 'c1: [generate -> 3] [generate -> 1]',
      twice: 'c1: [generate -> 3]\nc2: [generate -> 3]',
    },
  },
};

describe.each(Object.entries(definitions))('%s', (name, { accepts, rejects }) => {
  const model = modelNamed(name);
  test.each(Object.entries(accepts))('accepts: %s', (_, picture) => {
    expect(linearizable(timeline(picture), model)).toMatchObject({ verdict: 'held' });
  });
  test.each(Object.entries(rejects))('rejects: %s', (_, picture) => {
    expect(linearizable(timeline(picture), model)).toMatchObject({ verdict: 'broken' });
  });
});

test('a semaphore of three permits', () => {
  const three = { ...modelNamed('semaphore'), initial: [3, 0] };
  expect(linearizable(timeline('c1: [acquire 2] [acquire]'), three).verdict).toBe('held');
  expect(linearizable(timeline('c1: [acquire 2] [acquire 2]'), three).verdict).toBe('broken');
  expect(linearizable(timeline('c1: [acquire 2] [acquire 2 -> false]'), three).verdict).toBe('held');
});

describe('what a model does not understand is refused', () => {
  test.each([
    ['append-kv', 'put', 1, null, 'it needs a text, not 1'],
    ['append-kv', 'get', undefined, 7, 'a get answers a text, not 7'],
    ['multi-register', 'write', ['x', 1], null, 'it needs [key, value] pairs, not ["x",1]'],
    ['multi-register', 'read', ['x'], 1, 'it answers [key, value] pairs, not 1'],
    ['counter', 'add', 'one', null, 'it needs a whole number, not "one"'],
    ['counter', 'read', undefined, null, 'a read of a counter answers a whole number, not null'],
    ['set', 'add', undefined, null, 'it needs an element'],
    ['set', 'contains', 1, 'yes', 'contains answers true or false, not "yes"'],
    ['grow-only-set', 'read', undefined, 1, 'a read answers a list, not 1'],
    ['append-list', 'read', undefined, 1, 'a read answers a list, not 1'],
    ['queue', 'enqueue', null, null, 'it needs a value other than null'],
    ['priority-queue', 'insert', 'a', null, 'it needs a number, not "a"'],
    ['fencing-lock', 'acquire', undefined, 'x', 'it answers a token, which is a number, or false; not "x"'],
    ['semaphore', 'acquire', -1, null, 'it needs a number of permits, not -1'],
    ['unique-ids', 'generate', undefined, null, 'it answers an id, not null'],
    ['rising-ids', 'generate', undefined, 'a', 'it answers a number, not "a"'],
    ['stack', 'peek', undefined, null, 'the model "stack" knows push, pop, not this'],
  ])('%s: %s %j -> %j', (name, f, value, output, message) => {
    const operation: Operation = { process: 0, f, value, output, type: 'ok', call: 0, return: 1 };
    expect(() => linearizable([operation], modelNamed(name))).toThrow(
      new HistoryError(`operation 1 (${f}): ${message}`),
    );
  });
});

import { describe, expect, it } from 'vitest';
import { catalogueOf, type Entries, isModulePath, lookUp, withModule } from '../../sim/search/catalogue.ts';
import { editDistance, hintFor, nearest } from '../../sim/search/scenario/index.ts';
import { catalogue, parse } from './scenario-fixture.ts';

const check = { name: 'x', about: '', kind: 'always', options: {} } as const;
const workload = { name: 'w', about: '', needs: 'kv', options: {}, checks: [] } as const;
const redlock = catalogue.protocols.get('locks/redlock')!;

describe('a catalogue', () => {
  it('finds what has a name, and hints at what is near', () => {
    expect(lookUp(catalogue.protocols, 'paxos').found?.name).toBe('paxos');
    expect(lookUp(catalogue.checks, 'progres')).toEqual({
      found: undefined,
      hint: 'did you mean "progress"?',
    });
    expect(lookUp(catalogue.models, 'toString')).toEqual({
      found: undefined,
      hint: 'there is only register',
    });
    expect(lookUp(new Map(), 'x')).toEqual({ found: undefined });
  });

  it.each([
    [
      'two entries of one name',
      { checks: [check, check] },
      'two entries of the catalogue are called check "x"',
    ],
    [
      'a workload with an unknown check',
      { workloads: [{ ...workload, checks: ['y'] }] },
      'workload "w" refers to check "y", which the catalogue does not have',
    ],
    [
      'a workload with an unknown model',
      { workloads: [{ ...workload, model: 'm' }] },
      'workload "w" refers to model "m", which the catalogue does not have',
    ],
    [
      'an option that is a key already',
      {
        workloads: [{ ...workload, options: { rate: { type: 'flag', default: true, about: '' } } as const }],
      },
      'workload "w" cannot have an option called "rate"',
    ],
  ])('refuses %s', (_, entries, message) =>
    expect(() => catalogueOf(entries as Entries)).toThrow(new TypeError(message)),
  );
});

describe('a module of the user', () => {
  const own = { ...redlock, name: 'mine', options: {} };

  it('adds its protocol under its path, and its checks and workloads', () => {
    const merged = withModule(catalogue, './mine.ts', {
      protocol: own,
      checks: [check],
      workloads: [workload],
    });
    if (!merged.ok) throw new Error(merged.message);
    expect(merged.catalogue.protocols.get('./mine.ts')).toBe(own);
    expect([...merged.catalogue.protocols.keys()]).toContain('locks/redlock');
    expect(merged.catalogue.checks.get('x')).toBe(check);
    expect(merged.catalogue.workloads.get('w')).toBe(workload);
    expect(catalogue.checks.has('x')).toBe(false);
  });

  it('may replace a built-in entry', () => {
    const progress = { ...check, name: 'progress' };
    const merged = withModule(catalogue, './mine.ts', { default: own, checks: [progress] });
    expect(merged.ok && merged.catalogue.checks.get('progress')).toBe(progress);
  });

  it.each([
    [undefined, './m.ts: the module exports no "protocol"'],
    [{ protocol: { name: 'x' } }, './m.ts: its protocol has no text called "about"'],
    [{ protocol: { ...own, clients: 1 } }, './m.ts: its protocol has no "clients"'],
    [{ protocol: { ...own, roles: {} } }, './m.ts: its protocol has no role'],
    [
      { protocol: { ...own, roles: { a: {} } } },
      './m.ts: role "a" of its protocol lacks a prefix, a count or a program',
    ],
    [{ protocol: { ...own, options: { a: 1 } } }, './m.ts: option "a" of its protocol has no known type'],
    [{ protocol: own, checks: [1] }, './m.ts: its export "checks" is not an array of entries with names'],
    [
      { protocol: own, workloads: [{ ...workload, checks: ['y'] }] },
      './m.ts: workload "w" refers to check "y", which the catalogue does not have',
    ],
  ])('is refused in words: %j', (module, message) => {
    expect(withModule(catalogue, './m.ts', module)).toEqual({ ok: false, message });
  });

  it('is named by a path', () => {
    expect(['./a.ts', '../a', '/a/b.js', 'x.mjs', 'file:///x'].map(isModulePath)).toEqual(
      Array(5).fill(true),
    );
    expect(['raft', 'locks/redlock', 'a.b'].map(isModulePath)).toEqual([false, false, false]);
  });

  it('serves a scenario once it is in the catalogue', () => {
    const text = 'schema: 1\nname: own\nprotocol: ./mine.ts\n';
    expect(parse(text).ok).toBe(false);
    const merged = withModule(catalogue, './mine.ts', { protocol: own });
    expect(merged.ok && parse(text, [], merged.catalogue).ok).toBe(true);
  });
});

describe('suggestions', () => {
  it.each([
    ['', '', 0],
    ['kitten', 'sitting', 3],
    ['ab', 'ba', 1],
    ['latnecy', 'latency', 1],
    ['', 'abc', 3],
  ])('%s and %s are %d edits apart', (a, b, distance) => {
    expect(editDistance(a, b)).toBe(distance);
    expect(editDistance(b, a)).toBe(distance);
  });

  it('are near, and the first of the nearest', () => {
    expect(nearest('los', ['loss', 'lose'])).toBe('loss');
    expect(nearest('Latency', ['latency'])).toBe('latency');
    expect(nearest('bandwidth', ['partition', 'packet'])).toBeUndefined();
  });

  it('list what there is if nothing is near, but not everything', () => {
    expect(hintFor('x', ['alpha', 'beta', 'gamma'])).toBe('there are alpha, beta and gamma');
    const many = Array.from({ length: 30 }, (_, index) => `name-${index}`);
    expect(hintFor('x', many)).toMatch(/^there are name-0, .*, name-19 and more$/);
  });
});

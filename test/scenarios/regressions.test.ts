/** Failures that are kept survive edits: what a program draws and logs in addition moves nothing else. */
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import type { AnyProgram, Host } from '../../protocols/host.ts';
import {
  catalogue,
  type Loaded,
  loadScenario,
  makePump,
  type Protocol,
  simulate,
} from '../../sim/entry/main.ts';
import { readFailure } from '../../sim/platform/failures.ts';
import { findScenarios } from '../../sim/platform/files.ts';

const folder = fileURLToPath(new URL('../../scenarios/regressions', import.meta.url));
const { files } = await findScenarios([folder]);
const kept = await Promise.all(
  files
    .filter((file) => file.endsWith('.json'))
    .map(async (file) => {
      const loading = await loadScenario(file);
      if (!loading.ok) throw new Error(JSON.stringify(loading.problems));
      return [loading.loaded.name, loading.loaded, file] as const;
    }),
);

/** A host whose handlers draw and log before they do anything. */
function chatty(host: Host<never>): Host<never> {
  const note = (what: string) => {
    host.random.below(1000, 'something new');
    host.log('something new', { what, drawn: host.random.chance([1, 3], 'something else') });
  };
  note('boot');
  return new Proxy(host, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (name !== 'on') return typeof value === 'function' ? value.bind(target) : value;
      return (kind: string, handler: (...words: unknown[]) => unknown) =>
        (value as (...words: unknown[]) => unknown).call(target, kind, (...words: unknown[]) => {
          note(kind);
          return handler(...words);
        });
    },
  });
}

/** The protocol after an edit that has nothing to do with the mistake. */
function edited(protocol: Protocol): Protocol {
  const wrapped = (program: AnyProgram): AnyProgram =>
    ((host: Host<never>) => program(chatty(host) as never)) as never;
  const roles = Object.entries(protocol.roles).map(([name, role]) => {
    return [name, { ...role, program: (options: never) => wrapped(role.program(options)) }];
  });
  return { ...protocol, roles: Object.fromEntries(roles) };
}

const outcomeWith = async ({ scenario }: Loaded, change: (protocol: Protocol) => Protocol) => {
  const { protocol } = scenario;
  const protocols = new Map(catalogue.protocols).set(protocol, change(catalogue.protocols.get(protocol)!));
  return simulate(scenario, scenario.seeds[0]!, { ...catalogue, protocols }, await makePump({}), {
    record: 'full',
  });
};

test('there are some', () => {
  expect(kept.length).toBeGreaterThanOrEqual(3);
});

describe.each(kept)('%s', (_, loaded, file) => {
  test('breaks what it broke, as it expects', async () => {
    const { shrunk } = await readFailure(file);
    const outcome = await outcomeWith(loaded, (protocol) => protocol);
    expect(loaded.scenario.expect).toEqual({ verdict: 'broken', by: shrunk!.check });
    expect(outcome.violations[0]?.check).toBe(shrunk!.check);
  });

  test('breaks the same after an edit that draws and logs more, at every boot and every message', async () => {
    const outcome = await outcomeWith(loaded, edited);
    const notes = outcome.full!.trace.filter(({ detail }) => detail?.event === 'something new').length;
    expect(notes).toBeGreaterThan(0);
    expect(outcome.violations[0]?.check).toBe((loaded.scenario.expect as { by?: string }).by);
  });
});

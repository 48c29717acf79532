/**
 * Deleting any call that makes bytes durable breaks something: each specimen is compiled from a copy of the protocols'
 * sources in which one line of the journal or the cell is missing.
 */
import { readFileSync } from 'node:fs';
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Cell } from '../../protocols/cell.ts';
import type { Host } from '../../protocols/host.ts';
import type { Journal } from '../../protocols/journal.ts';
import type { Protocol } from '../../protocols/protocol.ts';
import { catalogue } from '../../scenarios/catalogue.ts';
import { Choices, makePump, simulate, World } from '../../sim/entry/main.ts';
import { loadModule } from '../../sim/platform/modules.ts';
import { spec } from '../contract/simulated.ts';
import { root } from '../determinism/runs.ts';
import { seedsTo, twins } from './zoo.ts';

type File = 'journal.ts' | 'cell.ts';

interface SyncLine {
  readonly file: File;
  /** Counts from 0. */
  readonly at: number;
  /** `Cell.read: sync`. */
  readonly name: string;
}

const syncLines = [...syncLinesOf('journal.ts'), ...syncLinesOf('cell.ts')];

/** Breaks Raft, in this scenario. */
const needed: Readonly<Record<string, string>> = {
  'Journal.#write: sync': 'raft/overthrow',
  'Journal.#write: syncNames': 'raft/overthrow',
  'Cell.#replace: sync': 'raft/overthrow',
  'Cell.#replace: syncNames': 'raft/overthrow',
};
/** Matters when a process dies, comes back to what it wrote, and only then the power goes. */
const neededAfterDeath = ['Journal.open: sync', 'Journal.open: syncNames', 'Cell.read: syncNames'];
/**
 * Matters on disks that keep later writes and lose earlier ones, and to journals that are written anew: so say
 * `test/protocols/journal.test.ts` and `test/protocols/compacted-journal.test.ts`.
 */
const neededElsewhere = ['Journal.#cut: sync', 'Journal.rename: syncNames'];

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'skerry-syncs-'));
});
afterAll(() => rm(folder, { recursive: true }));

test('every call that makes something durable is among those below', () => {
  const names = [...Object.keys(needed), ...neededAfterDeath, ...neededElsewhere];
  expect(syncLines.map(({ name }) => name).sort()).toEqual(names.sort());
});

test.each(Object.entries(needed))('without %s, %s breaks', async (name, scenarioName) => {
  const { raft } = (await protocolsWithout(name, 'raft/index.ts')) as { raft: Protocol };
  const { scenario } = twins.find((twin) => twin.name === scenarioName)!;
  const content = { ...catalogue, protocols: new Map(catalogue.protocols).set(scenario.protocol, raft) };
  for (const seed of seedsTo(100)) {
    const { violations } = await simulate(scenario, seed, content, await makePump());
    if (violations.length === 0) continue;
    expect(['election-safety', 'leader-completeness']).toContain(violations[0]!.check);
    return;
  }
  expect.fail('100 seeds did not break');
});

describe('what a process found after the death of another outlives a power loss', () => {
  const life: Readonly<Record<File, (module: object, host: Host) => Promise<Life>>> = {
    'journal.ts': async (module, { disk }) => {
      const { journal, records } = await (module as { Journal: typeof Journal }).Journal.open(disk, 'log');
      const begin = () => {
        journal.append(new Uint8Array(8));
        void journal.sync();
      };
      return { found: records.length > 0, begin };
    },
    'cell.ts': async (module, { disk }) => {
      const cell = new (module as { Cell: typeof Cell }).Cell(disk, 'vote');
      return { found: (await cell.read()) !== null, begin: () => void cell.write(new Uint8Array(8)) };
    },
  };

  test.each(['journal.ts', 'cell.ts'] as const)('%s as it ships', async (file) => {
    const { exports } = await loadModule(join(root, 'protocols', file));
    for (const seed of seedsTo(200)) expect(await livesOf(seed, exports, life[file])).not.toBe('forgot');
  });

  test.each(neededAfterDeath)('not without %s', async (name) => {
    const { file } = syncLines.find((line) => line.name === name)!;
    const module = await protocolsWithout(name, file);
    const ends: unknown[] = [];
    for (const seed of seedsTo(200)) ends.push(await livesOf(seed, module, life[file]));
    expect(ends).toContain('forgot');
  });
});

interface Life {
  readonly found: boolean;
  /** Writes something, and does not wait for it. */
  begin(): void;
}

/** Three lives on one disk: the first dies while it writes, the second when it has seen what is there. */
async function livesOf<M>(seed: string, module: M, live: (module: M, host: Host) => Promise<Life>) {
  const found: boolean[] = [];
  const program = async (host: Host) => {
    const one = await live(module, host);
    found.push(one.found);
    if (found.length === 1) {
      one.begin();
      host.clock.after(host.random.below(6000, 'death') / 1000, () => end('keep'));
    } else if (found.length === 2) end('lose-unsynced');
    else world.loop.stop();
  };
  const world = World.build(spec, [{ id: 'n1', program, role: 'server' }], new Choices(seed));
  const end = (storage: 'keep' | 'lose-unsynced') => {
    const machine = world.machine('n1');
    machine.kill(storage);
    world.restart(machine);
  };
  await world.run(await makePump());
  expect(found).toHaveLength(3);
  return found[1] && !found[2] ? 'forgot' : 'remembered';
}

/** A module of the protocols, compiled without one of the lines. */
async function protocolsWithout(name: string, path: string): Promise<Readonly<Record<string, unknown>>> {
  const { file, at } = syncLines.find((line) => line.name === name)!;
  const copy = await mkdtemp(join(folder, 'protocols-'));
  await cp(join(root, 'protocols'), copy, { recursive: true });
  await writeFile(join(copy, file), linesOf(file).toSpliced(at, 1).join('\n'));
  return (await loadModule(join(copy, path))).exports;
}

function syncLinesOf(file: File): SyncLine[] {
  const className = file === 'journal.ts' ? 'Journal' : 'Cell';
  const found: SyncLine[] = [];
  let method = '';
  for (const [at, line] of linesOf(file).entries()) {
    method = /^ {2}(?:static )?(?:async )?(#?\w+)\(/.exec(line)?.[1] ?? method;
    const call = /^\s+await .*disk\.(sync|syncNames)\(/.exec(line)?.[1];
    if (call !== undefined) found.push({ file, at, name: `${className}.${method}: ${call}` });
  }
  return found;
}

function linesOf(file: File): string[] {
  return readFileSync(join(root, 'protocols', file), 'utf8').split('\n');
}

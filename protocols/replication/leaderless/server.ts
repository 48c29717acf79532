/** The shell of a node: what arrives, and what it does of its own accord. It answers nobody before it knows what it stores. */
import type { Answer, Ask, Host, Program } from '../../host.ts';
import type { Resolution } from '../conflicts/resolution.ts';
import { compareTrees, digestOf, Trees, take } from './anti-entropy.ts';
import { Graveyard, mayForget } from './collection.ts';
import { Coordinator, knownHere } from './coordinator.ts';
import { handOverHints } from './handoff.ts';
import type { LeaderlessWire } from './messages.ts';
import type { Node } from './node.ts';
import type { LeaderlessOptions } from './options.ts';
import { Placement } from './preference.ts';
import type { Rules } from './rules.ts';
import { Table } from './table.ts';
import { type LeaderlessView, nothingDone } from './view.ts';

type Handlers = { [K in keyof LeaderlessWire]: (ask: Ask<LeaderlessWire, K>) => Handled<K> };
type Handled<K extends keyof LeaderlessWire> = Answer<LeaderlessWire, K> | Promise<Answer<LeaderlessWire, K>>;

/** The program of a node. */
export function leaderlessNode(
  options: LeaderlessOptions,
  rules: Rules,
  resolution: Resolution,
): Program<LeaderlessWire> {
  return async (host) => {
    const opening = open(host, options, rules, resolution);
    // Whoever awaits it below learns of an error; the handlers must not let it go uncaught a second time.
    opening.catch(() => {});
    const on = <K extends keyof LeaderlessWire & string>(kind: K) =>
      host.on(kind, async (ask): Promise<Answer<LeaderlessWire, K>> => await (await opening)[kind](ask));
    for (const kind of ['get', 'stamp', 'write', 'read', 'store', 'hint'] as const) on(kind);
    for (const kind of ['compare', 'exchange', 'mayForget', 'forget'] as const) on(kind);
    await opening;
  };
}

async function open(
  host: Host<LeaderlessWire>,
  options: LeaderlessOptions,
  rules: Rules,
  resolution: Resolution,
): Promise<Handlers> {
  const table = await Table.open(host.disk, resolution, options.compactionRecords);
  const placement = new Placement(host.peers, options.replicas);
  const node: Node = { host, table, placement, resolution, options, rules, statistics: nothingDone() };
  const trees = new Trees(node);
  const graveyard = new Graveyard(node);
  expose(node, trees, graveyard);
  if (options.hintedHandoff || rules.isSloppy(options)) handOverHints(node);
  if (rules.comparesTrees(options)) compareTrees(node, trees);
  graveyard.forgetOld();
  return handlersOf(node, trees);
}

/** Keeps what hangs on the table up to date with it. */
function expose(node: Node, trees: Trees, graveyard: Graveyard): void {
  const { host, table, resolution, statistics } = node;
  const versions = new Map<string, number>();
  const times = new Map<string, number>();
  const deleted = new Set<string>();
  table.onChange((key, state) => {
    const after = state === undefined ? 0 : digestOf(key, state);
    trees.replace(key, versions.get(key) ?? 0, after);
    graveyard.changed(key, state);
    if (state === undefined) {
      versions.delete(key);
      times.delete(key);
      deleted.delete(key);
      return;
    }
    versions.set(key, after);
    if (resolution.isTombstone(state)) deleted.add(key);
    else deleted.delete(key);
    if (resolution.needsTime) times.set(key, resolution.timeOf(state));
  });
  const view: LeaderlessView = {
    role: 'node',
    boot: table.boot,
    versions,
    times,
    deleted,
    stores: (key) => node.placement.replicasOf(key).includes(host.id),
    get log() {
      return table.log;
    },
    get hints() {
      return table.hintCount;
    },
    statistics,
  };
  host.expose(() => view);
}

function handlersOf(node: Node, trees: Trees): Handlers {
  const { table } = node;
  const coordinator = new Coordinator(node);
  return {
    get: ({ key, level }) => coordinator.get(key, level),
    stamp: ({ key }) => coordinator.stamp(key),
    async write({ key, state, level }) {
      await coordinator.write(key, state, level);
      return null;
    },
    read: ({ key }) => knownHere(node, key),
    async store({ key, state }) {
      await table.store(key, state);
      return null;
    },
    async hint({ target, key, state }) {
      await table.hint(target, key, state);
      return null;
    },
    compare: ({ places }) => ({ hashes: places.map((place) => trees.hash(place)) }),
    async exchange({ leaves, entries }) {
      await take(node, entries);
      return { entries: trees.entriesUnder(leaves) };
    },
    mayForget: (ask) => ({ yes: mayForget(node, ask) }),
    async forget({ key, state }) {
      await table.forget(key, state);
      return null;
    },
  };
}

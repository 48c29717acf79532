/** Single faults at random, by kind, in the notation of scenario files. The first of several ways is the simplest. */
import fc from 'fast-check';
import type { HostId } from '../../../protocols/host.ts';
import type { FaultKind, ScenarioFile } from '../../index.ts';
import { milliseconds } from './times.ts';

/** One line of `faults:` in a scenario file. */
export type FaultLine = NonNullable<ScenarioFile['faults']>[number];
/** What breaks, without when. */
type Breakage = Omit<FaultLine, 'at' | 'for' | 'every' | 'when' | 'after' | 'times'>;

/** Kinds that need nothing but hosts: members join and leave only where there are spare ones. */
export type DrawnKind = Exclude<FaultKind, 'members'>;

/** Where faults may fall. */
export interface Ground {
  readonly servers: readonly HostId[];
  readonly clients: readonly HostId[];
}

/** Those that a protocol which keeps its promises must bear, and that destroy nothing. */
export const kindsDefault: readonly DrawnKind[] = ['partition', 'kill', 'pause', 'packet', 'clock'];

const some = (hosts: readonly HostId[]) => fc.subarray([...hosts], { minLength: 1 });
const percent = (max: number) => fc.integer({ min: 1, max }).map((value) => `${value}%`);

const breakages: { readonly [K in DrawnKind]: (ground: Ground) => fc.Arbitrary<Breakage> } = {
  partition: ({ servers, clients }) => {
    const isolated = some(servers).map((isolate): Breakage => ({ partition: { isolate } }));
    if (servers.length < 2) return isolated;
    const all = [...servers, ...clients];
    const halves = fc.subarray(all, { minLength: 1, maxLength: all.length - 1 }).map((side): Breakage => {
      const rest = all.filter((host) => !side.includes(host));
      return { partition: { groups: [side, rest] } };
    });
    const oneWay = fc
      .subarray([...servers], { minLength: 1, maxLength: servers.length - 1 })
      .map((from): Breakage => {
        const to = servers.filter((host) => !from.includes(host));
        return { partition: { 'one-way': { from, to } } };
      });
    return fc.oneof({ withCrossShrink: true }, isolated, halves, oneWay);
  },
  kill: ({ servers }) =>
    fc
      .record({
        targets: some(servers),
        storage: fc.constantFrom(
          'keep' as const,
          'lose-unsynced' as const,
          'lose-all' as const,
          'torn' as const,
        ),
        down: milliseconds(10, 1_000),
      })
      .map(({ targets, storage, down }): Breakage => ({ kill: { targets, storage }, restartAfter: down })),
  restart: ({ servers }) =>
    fc
      .record({
        targets: some(servers),
        how: fc.constantFrom('stop' as const, 'crash' as const),
        down: milliseconds(10, 500),
      })
      .map((restart): Breakage => ({ restart: { ...restart } })),
  pause: ({ servers, clients }) =>
    some([...servers, ...clients]).map((targets): Breakage => ({ pause: { targets } })),
  slow: ({ servers }) =>
    fc
      .record({ targets: some(servers), cost: milliseconds(1, 20) })
      .map((slow): Breakage => ({ slow: { ...slow } })),
  packet: ({ servers }) =>
    fc
      .record({ targets: some(servers), loss: percent(50), delay: milliseconds(0, 100) })
      .map((packet): Breakage => ({ packet: { ...packet } })),
  hold: ({ servers }) =>
    fc
      .record({ targets: some(servers), release: fc.constantFrom('in-order' as const, 'at-once' as const) })
      .map((hold): Breakage => ({ hold: { ...hold } })),
  bandwidth: ({ servers }) =>
    fc
      .record({
        targets: some(servers),
        rate: fc.integer({ min: 1, max: 200 }).map((value) => `${value}KB/s`),
      })
      .map((bandwidth): Breakage => ({ bandwidth: { ...bandwidth } })),
  clock: ({ servers }) =>
    fc
      .record({ targets: some(servers), offset: fc.integer({ min: 1, max: 5_000 }), isBehind: fc.boolean() })
      .map(
        ({ targets, offset, isBehind }): Breakage => ({
          clock: { targets, offset: `${isBehind ? '-' : ''}${offset}ms` },
        }),
      ),
  disk: ({ servers }) =>
    fc
      .tuple(
        some(servers),
        fc.oneof(
          milliseconds(1, 50).map((slow) => ({ slow })),
          percent(20).map((odds) => ({ 'io-error': odds })),
          fc.constant({ full: true as const }),
        ),
      )
      .map(([targets, trouble]): Breakage => ({ disk: { targets, ...trouble } })),
};

export const drawnKinds = Object.keys(breakages) as DrawnKind[];

/** A fault of one of the kinds, at some time before `untilMs`; a kill ends by its restart, all others after `for`. */
export function faultWithin(
  ground: Ground,
  kinds: readonly DrawnKind[],
  untilMs: number,
): fc.Arbitrary<FaultLine> {
  const of = kinds.map((kind) => breakages[kind](ground));
  const breakage = fc.oneof({ withCrossShrink: true }, ...of);
  const lastsMsMax = Math.max(10, Math.floor(untilMs / 2));
  return fc
    .record({ at: milliseconds(0, untilMs - 1), lasts: milliseconds(10, lastsMsMax), breakage })
    .map(({ at, lasts, breakage: what }): FaultLine => {
      const ends = 'restartAfter' in what || 'restart' in what;
      return { at, ...(!ends && { for: lasts }), ...what };
    });
}

/** What the parts of a node share: its table, where keys belong, and how the others are asked. */
import { inBackground } from '../../background.ts';
import type { Answer, Ask, Host, HostId } from '../../host.ts';
import type { Resolution } from '../conflicts/resolution.ts';
import type { LeaderlessWire } from './messages.ts';
import type { LeaderlessOptions } from './options.ts';
import type { Placement } from './preference.ts';
import type { Rules } from './rules.ts';
import type { Table } from './table.ts';
import type { Statistics } from './view.ts';

export interface Node {
  readonly host: Host<LeaderlessWire>;
  readonly table: Table;
  readonly placement: Placement;
  readonly resolution: Resolution;
  readonly options: LeaderlessOptions;
  readonly rules: Rules;
  readonly statistics: Statistics;
}

/** Asks another node; `timeoutMs` unless something says otherwise. */
export const asking =
  ({ host, options }: Node) =>
  <K extends keyof LeaderlessWire & string>(
    node: HostId,
    kind: K,
    ask: Ask<LeaderlessWire, K>,
  ): Promise<Answer<LeaderlessWire, K>> =>
    host.call(node, kind, ask, { timeoutMs: options.callTimeout });

/** Runs again and again, with a pause that is drawn around its mean; the next one begins when the last one has ended. */
export function repeating(
  host: Host<LeaderlessWire>,
  meanMs: number,
  label: string,
  task: () => Promise<void>,
): void {
  const again = async () => {
    await task();
    next();
  };
  const next = () => {
    const pauseMs = meanMs / 2 + host.random.below(Math.ceil(meanMs * 1000), label) / 1000;
    host.clock.after(pauseMs, () => inBackground(host.clock, again()));
  };
  next();
}

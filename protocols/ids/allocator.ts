/** The shell of an allocator: gives numbers to workers, and writes down what it gave before it says so. */
import { Cell } from '../cell.ts';
import { type Host, Refused } from '../host.ts';
import type { LeasedIdOptions } from './leased-options.ts';
import { type Grant, Numbers, type Row } from './numbers.ts';
import { timeText } from './snowflake.ts';

export type AllocatorWire = {
  /** For a new life of a worker. `time` is its wall clock, in milliseconds since the epoch of the ids. */
  lease(ask: { readonly life: string; readonly time: number }): Grant;
  /** Null if the number is somebody else's by now. */
  renew(ask: { readonly life: string; readonly number: number; readonly time: number }): {
    readonly bound: number | null;
  };
};

/** What claims, reports and operators may see of an allocator. */
export interface AllocatorView {
  readonly role: 'allocator';
  /** How often a number came to another worker, in this life. */
  readonly passedOn: number;
}

/** The program of an allocator. It answers nobody before it has read its table. */
export const allocator =
  ({ workerBits, lease, reserve }: LeasedIdOptions) =>
  async (host: Host<AllocatorWire>): Promise<void> => {
    const cell = new Cell(host.disk, 'numbers');
    const bytes = await cell.read();
    const rows: Row[] = bytes === null ? [] : JSON.parse(new TextDecoder().decode(bytes));
    const now = () => host.clock.elapsed();
    const numbers = new Numbers(rows, { count: 1 << workerBits, lease, reserve }, now());
    host.expose((): AllocatorView => ({ role: 'allocator', passedOn: numbers.passedOn }));

    let written: Promise<void> = Promise.resolve();
    const persist = () => {
      written = cell.write(new TextEncoder().encode(JSON.stringify(numbers.rows)));
      return written;
    };
    host.on('lease', async ({ life, time }, worker) => {
      const passedOn = numbers.passedOn;
      const grant = numbers.grant(life, time, now());
      if (grant === undefined) throw new Refused('every number is taken');
      const told = { number: grant.number, to: worker, 'used up to': timeText(grant.floor) };
      host.log(numbers.passedOn > passedOn ? 'number passed on' : 'number given', told);
      await persist();
      return grant;
    });
    host.on('renew', async ({ life, number, time }) => {
      const before = numbers.rows[number]?.bound;
      const bound = numbers.renew(life, number, time, now());
      if (bound === undefined) return { bound: null };
      // What an earlier question changed must be durable too.
      await (bound === before ? written : persist());
      return { bound };
    });
  };

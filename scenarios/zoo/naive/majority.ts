/** What the majority registers have in common: stamped values, and the first answers of so many servers. */
import { type HostId, TimedOut } from '../../../protocols/host.ts';
import type { Value } from '../../../protocols/protocol.ts';

/** A value and its place in the order of all writes of a key; the writer's name and count make it unique. */
export interface Stamped {
  readonly number: number;
  readonly writer: string;
  readonly value: Value;
}

export const never: Stamped = { number: 0, writer: '', value: null };

export const isNewer = (left: Stamped, right: Stamped): boolean =>
  left.number !== right.number ? left.number > right.number : left.writer > right.writer;

/** The answers of so many servers as soon as they are there. */
export function some<T>(
  servers: readonly HostId[],
  count: number,
  call: (server: HostId) => Promise<T>,
): Promise<T[]> {
  return new Promise((resolve, reject) => {
    const answers: T[] = [];
    let failures = 0;
    for (const server of servers) {
      call(server).then(
        (answer) => {
          answers.push(answer);
          if (answers.length === count) resolve(answers);
        },
        () => {
          failures += 1;
          if (failures > servers.length - count) reject(new TimedOut('too few answered'));
        },
      );
    }
  });
}

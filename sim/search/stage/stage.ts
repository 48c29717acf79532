/** What stands in for the workload of a run: somebody who moves the world by hand. */
import type { AnyProgram, Host, HostId } from '../../../protocols/host.ts';
import type { History, Verdict, Violation } from '../../check/index.ts';
import type { Faults } from '../../world/faults/faults.ts';
import type { World } from '../../world/world.ts';
import type { Session } from '../recorder.ts';

/** The machine on which the director lives: no fault of a nemesis falls on it. */
export const directorId: HostId = 'test';

/** The check that a director breaks. */
export const directorsCheck = 'test';

export interface Stage {
  /** Runs on the director's machine. */
  direct(host: Host<never>, backstage: Backstage): void;
  /** A client has booted, or booted again. */
  enter(host: Host<never>): void;
  /** Why it is not over; undefined if it is. A run that ends before is broken. */
  unfinished(): string | undefined;
}

/** What a director gets hold of. */
export interface Backstage {
  readonly world: World;
  readonly faults: Faults;
  /** A sequential client whose operations are recorded. */
  session(host: Host<never>): Session;
  /** What was recorded so far. */
  history(): History;
  /** How a check of the scenario stands; undefined if the scenario has no such check. */
  standing(check: string): Verdict | undefined;
  /** Ends the run. */
  end(violation?: Violation): void;
}

/** The hosts that a stage needs, as a world wants them. */
export function stageHosts(stage: Stage, clients: readonly HostId[], backstage: () => Backstage) {
  const client: AnyProgram = (host: Host<never>) => stage.enter(host);
  const director: AnyProgram = (host: Host<never>) => stage.direct(host, backstage());
  return [
    ...clients.map((id) => ({ id, program: client, role: 'client' as const })),
    { id: directorId, program: director, role: 'operator' as const },
  ];
}

/** Where the contract suite and the probes run: one interface, over sockets and in the simulator. */
import type { AnyProgram, Host, HostId } from '../../protocols/host.ts';

/** The suite also sends what no wire would allow. */
// biome-ignore lint/suspicious/noExplicitAny: as said.
type LooseWire = Record<string, (ask: any) => any>;
export type LooseHost = Host<LooseWire>;

/** The program of each server. */
export type Servers = Readonly<Record<HostId, AnyProgram>>;

/** A client whose thread can stand still, named by its module so that a thread of its own can load it. */
export interface PausableClient {
  /** Of a TypeScript module. */
  readonly file: URL;
  /** The name of the export that is the program. */
  readonly name: string;
}

export type Pausables = Readonly<Record<HostId, PausableClient>>;
export type Main<T> = (host: LooseHost, control: Control) => Promise<T>;

export interface Lab {
  /**
   * Boots a server program for each id, then runs `main` as the program of the client c1, beside the pausable
   * clients. Settles as `main` does, once everything is torn down. Time may be virtual: wait through `host.clock` only.
   */
  play<T>(servers: Servers, main: Main<T>, pausable?: Pausables): Promise<T>;
}

/** May be used inside any program. */
export interface Control {
  /** As a crash would. */
  kill(id: HostId): void;
  /** Boots the same program on the same disk; the host is down. */
  restart(id: HostId): void;
  /** Graceful. */
  stop(id: HostId): Promise<void>;
  /** Of a pausable client: nothing of it runs for so long, its clocks go on, and then everything is late. */
  pause(id: HostId, ms: number): void;
  /** What the program exposes. */
  view(id: HostId): object | undefined;
  counters(id: HostId): { readonly dropped: number };
}

/** Waits, on the host's clock, until `look` gives something; the error says what was waited for. */
export async function until<T>(
  host: LooseHost,
  what: string,
  look: () => T | Promise<T>,
): Promise<NonNullable<T>> {
  const end = host.clock.elapsed() + 10_000;
  while (host.clock.elapsed() < end) {
    const found = await look();
    if (found) return found;
    await host.clock.sleep(10);
  }
  throw new Error(`waited in vain for ${what}`);
}

/** Calls again and again until an answer comes. */
export function persist<T>(
  host: LooseHost,
  to: HostId,
  kind: string,
  ask: unknown = null,
): Promise<NonNullable<T>> {
  return until<T>(host, `an answer of ${to} to '${kind}'`, () =>
    host.call(to, kind, ask, { timeoutMs: 500 }).catch(() => undefined),
  );
}

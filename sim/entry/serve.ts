/** Runs one server of a protocol as a real process: sockets, files and timers instead of a simulation. */
import { type AnyProgram, type Host, type HostId, isDiskError } from '../../protocols/host.ts';
import { nodeHost, type UncaughtDuring } from '../../protocols/node-host.ts';
import type { OptionValues, Protocol } from '../index.ts';
import { lockFolder } from '../platform/folder-lock.ts';
import { answerOperators } from './operator.ts';
import { inOrder } from './servers.ts';

export interface ServeOptions {
  readonly id: HostId;
  readonly protocol: Protocol;
  /** The name of its role, and what that made of the options. */
  readonly role: string;
  readonly program: AnyProgram;
  readonly options: OptionValues;
  readonly listen: { readonly host: string; readonly port: number };
  /** The addresses of all servers, perhaps without this one. */
  readonly peers: Readonly<Record<HostId, string>>;
  readonly folder: string;
  onLog?(event: string, detail: object | undefined): void;
  /** Told of every error that the program did not catch. */
  onUncaught(error: unknown, during: UncaughtDuring): void;
}

export interface Served {
  readonly port: number;
  /** Resolves, with what it was doing, if an error ends the program; never if it is stopped. */
  readonly failed: Promise<UncaughtDuring>;
  /** Runs the program's stop tasks, lets go of port and folder. */
  stop(): Promise<void>;
}

/** A port or an address that cannot be listened on; `code` is the system's. */
export class ListenError extends Error {
  override readonly name = 'ListenError';
  readonly code: string;
  constructor(code: string) {
    super(`cannot listen (${code})`);
    this.code = code;
  }
}

/**
 * Resolves when it listens and its program has begun.
 * @throws FolderInUse, ListenError, or the system's error if the folder cannot be used
 */
export async function serve(options: ServeOptions): Promise<Served> {
  const { id, protocol, role, program, listen, folder } = options;
  const unlock = await lockFolder(folder);
  const peers = { [id]: `${bracketed(listen.host)}:${listen.port}`, ...options.peers };
  let fail: (during: UncaughtDuring) => void = () => {};
  const failed = new Promise<UncaughtDuring>((resolve) => {
    fail = resolve;
  });
  try {
    const node = await nodeHost({
      id,
      peers,
      peerIds: inOrder(protocol, Object.keys(peers)),
      listen,
      folder,
      onUncaught: (error, during) => {
        options.onUncaught(error, during);
        if (during === 'program' || isFatal(error)) fail(during);
      },
      ...(options.onLog && { onLog: options.onLog }),
    }).catch((error: NodeJS.ErrnoException) => {
      throw error.syscall === 'listen' || error.syscall === 'getaddrinfo'
        ? new ListenError(error.code ?? error.message)
        : error;
    });
    void node.run((host: Host<never>) => {
      answerOperators(host, { protocol: protocol.name, role, options: options.options }, () => node.view());
      return program(host);
    });
    return {
      port: node.port!,
      failed,
      stop: async () => {
        await node.stop();
        await unlock();
      },
    };
  } catch (error) {
    await unlock();
    throw error;
  }
}

const bracketed = (host: string): string => (host.includes(':') ? `[${host}]` : host);

/** After these errors of its disk a host is dead. */
const isFatal = (error: unknown): boolean => isDiskError(error) && error.code !== 'missing';

/** The arm of real sockets: every host in this process, on ports of the system's choice. */
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { build } from 'esbuild';
import type { AnyProgram, HostId } from '../../protocols/host.ts';
import {
  type NodeHost,
  type NodeHostLimits,
  type NodeHostOptions,
  nodeHost,
  type UncaughtDuring,
} from '../../protocols/node-host.ts';
import type { Control, Lab, LooseHost, Main, PausableClient, Pausables, Servers } from './lab.ts';

/** As in the simulator, an outbox holds 64 MiB; back-off is short, so that tests are. */
const limits: Partial<NodeHostLimits> = { backoffMsMin: 5, backoffMsMax: 50 };

export function nodeLab(): Lab {
  return {
    async play<T>(servers: Servers, main: Main<T>, pausable: Pausables = {}): Promise<T> {
      const cluster = await NodeCluster.boot(servers);
      try {
        for (const [id, client] of Object.entries(pausable)) await cluster.startWorker(id, client);
        return await cluster.runClient(main);
      } finally {
        await cluster.tearDown();
      }
    },
  };
}

/** Ports that were free a moment ago. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, () => {
      const server = createServer();
      return new Promise<typeof server>((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
    }),
  );
  return await Promise.all(
    servers.map((server) => {
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      return new Promise<number>((resolve) => server.close(() => resolve(port)));
    }),
  );
}

class NodeCluster implements Control {
  readonly folder: string;
  /** Of all servers. */
  readonly addresses: Readonly<Record<HostId, string>>;
  readonly #programs: Servers;
  readonly #nodes = new Map<HostId, NodeHost>();
  readonly #workers = new Map<HostId, Worker>();
  /** What each host is still busy with: letting go of its port and files, or booting. */
  readonly #transitions = new Map<HostId, Promise<unknown>>();
  #fail: (error: unknown) => void = () => {};
  readonly #failed = new Promise<never>((_, reject) => {
    this.#fail = reject;
  });
  #over = false;

  private constructor(programs: Servers, ports: number[], folder: string) {
    this.#programs = programs;
    this.folder = folder;
    this.addresses = Object.fromEntries(
      Object.keys(programs).map((id, index) => [id, `127.0.0.1:${ports[index]}`]),
    );
    this.#failed.catch(() => {});
  }

  static async boot(programs: Servers): Promise<NodeCluster> {
    const ports = await freePorts(Object.keys(programs).length);
    const cluster = new NodeCluster(programs, ports, await mkdtemp(join(tmpdir(), 'skerry-')));
    await Promise.all(Object.keys(programs).map((id) => cluster.#boot(id, programs[id]!)));
    return cluster;
  }

  runClient<T>(main: Main<T>): Promise<T> {
    const done = new Promise<T>((resolve, reject) => {
      const program = (host: LooseHost) => main(host, this).then(resolve, reject);
      this.#boot('c1', program).catch(reject);
    });
    return Promise.race([done, this.#failed]);
  }

  /** A client with a thread of its own. */
  async startWorker(id: HostId, client: PausableClient): Promise<void> {
    const options = { id, peers: this.addresses, folder: join(this.folder, id), limits };
    this.#workers.set(id, await startWorker(client, options));
  }

  kill(id: HostId): void {
    this.#transition(id, this.#nodes.get(id)?.kill() ?? Promise.resolve());
  }

  restart(id: HostId): void {
    const before = this.#transitions.get(id);
    this.#transition(
      id,
      Promise.resolve(before).then(() => this.#boot(id, this.#programs[id]!)),
    );
  }

  async stop(id: HostId): Promise<void> {
    await this.#nodes.get(id)?.stop();
  }

  pause(id: HostId, ms: number): void {
    this.#workers.get(id)!.postMessage({ pauseMs: ms });
  }

  view(id: HostId): object | undefined {
    return this.#nodes.get(id)?.view();
  }

  counters(id: HostId): { readonly dropped: number } {
    return this.#nodes.get(id)!.counters;
  }

  async tearDown(): Promise<void> {
    this.#over = true;
    await Promise.allSettled(this.#transitions.values());
    await Promise.all([...this.#workers.values()].map((worker) => worker.terminate()));
    await Promise.all([...this.#nodes.values()].map((node) => node.kill()));
    await rm(this.folder, { recursive: true });
  }

  async #boot(id: HostId, program: AnyProgram): Promise<void> {
    const port = Number(this.addresses[id]?.split(':')[1]);
    const options = {
      id,
      peers: this.addresses,
      folder: join(this.folder, id),
      listen: port > 0 ? { host: '127.0.0.1', port } : undefined,
      limits,
      // The suite makes handlers fail on purpose; a program or a timer that fails is a fault of the test.
      onUncaught: (error: unknown, during: UncaughtDuring) => {
        if (during !== 'handler') this.#fail(error);
      },
    };
    const node = await withRetries(() => nodeHost(options));
    this.#nodes.set(id, node);
    if (this.#over) return;
    void node.run(program);
  }

  #transition(id: HostId, work: Promise<unknown>): void {
    this.#transitions.set(id, work);
    work.catch((error) => this.#fail(error));
  }
}

/** The port of a killed server may for a moment be somebody's outgoing port. */
async function withRetries<T>(boot: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await boot();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE' || attempt === 20) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

/** Runs the program on a host in another thread, which stands still when it is told to. */
async function startWorker(client: PausableClient, options: NodeHostOptions): Promise<Worker> {
  const code = `
    import { parentPort, workerData } from 'node:worker_threads';
    import { nodeHost } from './node-host.ts';
    import { ${client.name} as program } from ${JSON.stringify(fileURLToPath(client.file))};
    const still = new Int32Array(new SharedArrayBuffer(4));
    parentPort.on('message', ({ pauseMs }) => Atomics.wait(still, 0, 0, pauseMs));
    nodeHost(workerData).then((node) => node.run(program));
  `;
  const resolveDir = fileURLToPath(new URL('../../protocols', import.meta.url));
  const bundle = await build({
    stdin: { contents: code, resolveDir, loader: 'ts' },
    bundle: true,
    write: false,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
  });
  return new Worker(bundle.outputFiles[0]!.text, { eval: true, workerData: options });
}

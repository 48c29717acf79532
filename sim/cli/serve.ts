/** `skerry serve`: one server of a protocol as a real process. */

import type { AnyProgram } from '../../protocols/host.ts';
import {
  isModulePath,
  ListenError,
  type NamedRole,
  namesOfRoles,
  type OptionValues,
  type Protocol,
  roleOf,
  type Served,
  serve as start,
} from '../entry/main.ts';
import { whereOf } from '../platform/escape.ts';
import { FolderInUse } from '../platform/folder-lock.ts';
import { near, quoted, shellWord } from './arguments.ts';
import {
  type Address,
  addressesOf,
  addressOf,
  addressText,
  checkNames,
  protocolNamed,
  valuesOf,
} from './cluster.ts';
import type { Command, Given, Session } from './command.ts';
import { type ExitCode, exitCodes } from './exit.ts';
import { fileTrouble, Mistake } from './mistake.ts';
import { jsonLog, readableLog, type ServerLog } from './server-log.ts';

const usage = 'skerry serve raft --id n1 --listen 127.0.0.1:7001 --data data/n1';

export const serve: Command = {
  name: 'serve',
  takes: '<protocol|./protocol.ts>',
  about: 'Run one server of a protocol as a real process, over sockets and files',
  isService: true,
  options: {
    id: { value: 'NAME', about: 'Which server this is: n1, n2 …', example: 'n1' },
    listen: {
      value: 'HOST:PORT',
      about: 'Where it listens. Default: its own address among --peers',
      example: '127.0.0.1:7001',
    },
    peers: {
      value: 'NAME=HOST:PORT,…',
      about: 'All servers, the same on all of them; its own address may be left out',
      example: 'n1=127.0.0.1:7001,n2=127.0.0.1:7002',
      repeatable: true,
    },
    data: { value: 'FOLDER', about: 'Where its files are; made if need be', example: 'data/n1' },
    option: {
      value: 'NAME=VALUE',
      about: 'An option of the protocol; may be repeated',
      example: 'electionTimeout=200ms',
      repeatable: true,
    },
    role: { value: 'NAME', about: 'Its role, if the name does not tell', example: 'node' },
    reporter: { value: 'NAME', about: 'default: for people; json: one JSON object a line', example: 'json' },
  },
  examples: [
    [
      'skerry serve raft --id n1 --peers n1=127.0.0.1:7001,n2=127.0.0.1:7002,n3=127.0.0.1:7003 --data data/n1',
      'one of three; the others with --id n2 and n3, and files of their own',
    ],
    ['skerry serve ./my-store.ts --id n1 --listen 127.0.0.1:7001 --data data/n1', 'a protocol of your own'],
  ],
  details: `It says on standard output when it listens, and on standard error what its protocol logs. SIGTERM and SIGINT stop it
in order; a second one ends it at once. skerry state shows what it exposes, skerry drive gives it work. Servers believe
what connections say of themselves: keep them on a network that you trust.
Exit codes: 0 stopped as it was told, 1 an error ended its program, 64 bad arguments, a port that is taken or a
folder in use, 70 internal error, 130 ended at once.`,
  run: serveCommand,
};

async function serveCommand(given: Given, session: Session): Promise<ExitCode> {
  given.atMost(1);
  const { name, protocol } = await protocolNamed(given.positional[0], usage);
  const id = required(given, 'id', 'which server is this?');
  const role = roleFor(protocol, id, given.text('role'));
  const peers = addressesOf(given.list('peers'), '--peers');
  checkNames(protocol, Object.keys(peers), '--peers');
  const listen = listenAddress(given.text('listen'), peers[id]);
  const folder = required(given, 'data', 'where are its files?');
  const options = valuesOf(
    given.list('option'),
    protocol.options,
    '--option',
    `skerry show ${shellWord(protocol.name)}`,
  );
  const log = logNamed(given.text('reporter'))(id, session.terminal);
  const program = programOf(role, options, name);
  if (session.signal.aborted) return exitCodes.ok;
  const rejected = rejection(log);
  const served = await start({
    ...{ id, protocol, role: role.name, program, options, listen, peers, folder },
    onLog: (event, detail) => log.event(event, detail),
    onUncaught: (error, during) => log.uncaught(error, during),
  }).catch((error: unknown) => {
    throw explained(error, listen, folder);
  });
  const address = addressText({ host: listen.host, port: served.port });
  log.listens(address, { protocol: protocol.name, role: role.name, data: folder });
  return await lifeOf(served, rejected, log, session);
}

/** Resolves when a promise that the program let go of rejects: nobody knows what it leaves undone. */
function rejection(log: ServerLog): Promise<string> {
  return new Promise((resolve) => {
    process.on('unhandledRejection', (error) => {
      log.uncaught(error, 'program');
      resolve('program');
    });
  });
}

/** Until it is told to stop, or its program fails. */
async function lifeOf(
  served: Served,
  rejected: Promise<string>,
  log: ServerLog,
  { signal }: Session,
): Promise<ExitCode> {
  const stopped = new Promise<undefined>((resolve) => {
    signal.addEventListener('abort', () => resolve(undefined), { once: true });
    if (signal.aborted) resolve(undefined);
  });
  const failed = await Promise.race([stopped, served.failed, rejected]);
  await served.stop();
  log.stopped();
  return failed === undefined ? exitCodes.ok : exitCodes.violation;
}

function required(given: Given, name: 'id' | 'data', question: string): string {
  const value = given.text(name);
  if (value !== undefined) return value;
  throw new Mistake(`--${name} is missing: ${question}`, `For example: ${usage}`);
}

function roleFor(protocol: Protocol, id: string, asked: string | undefined): NamedRole {
  if (asked !== undefined && !Object.hasOwn(protocol.roles, asked)) {
    const names = Object.keys(protocol.roles);
    throw new Mistake(
      `${protocol.name} has no role ${quoted(asked)}`,
      near(asked, names),
      `Its roles: ${names.join(', ')}`,
    );
  }
  const own = roleOf(protocol, id);
  if (own === undefined) {
    throw new Mistake(
      `--id: no role of ${protocol.name} has a host called ${quoted(id)}`,
      `Its hosts are called ${namesOfRoles(protocol)}.`,
    );
  }
  if (asked === undefined || asked === own.name) return own;
  const role = protocol.roles[asked]!;
  if (id.startsWith(role.prefix)) return { name: asked, role };
  throw new Mistake(
    `--id ${id} is the name of a ${own.name}, not of a ${asked}`,
    `Leave --role away, or call it ${role.prefix}1.`,
  );
}

/** A user's module may refuse the options as it likes. */
function programOf({ role }: NamedRole, options: OptionValues, name: string): AnyProgram {
  try {
    return role.program(options as never);
  } catch (error) {
    if (!isModulePath(name)) throw error;
    const where = whereOf(error);
    throw new Mistake(
      `${name}: its protocol threw as it made a program from the options: ${error instanceof Error ? error.message : String(error)}`,
      where && `That was at ${where}.`,
    );
  }
}

function listenAddress(text: string | undefined, own: string | undefined): Address {
  const what = text === undefined ? '--peers' : '--listen';
  const address = text ?? own;
  if (address !== undefined) return addressOf(address, what);
  throw new Mistake(
    '--listen is missing: where does it listen?',
    'Give --listen 127.0.0.1:7001, or its own address among --peers.',
  );
}

const logs = { default: readableLog, json: jsonLog };

function logNamed(name = 'default') {
  if (name === 'default' || name === 'json') return logs[name];
  const names = Object.keys(logs);
  throw new Mistake(
    `there is no reporter ${quoted(name)}`,
    near(name, names),
    `Reporters: ${names.join(', ')}`,
  );
}

/** What keeps a server from its port or its files is nothing to trace. */
function explained(error: unknown, listen: Address, folder: string): unknown {
  const at = addressText(listen);
  if (error instanceof FolderInUse) {
    return new Mistake(
      `${folder} is in use by process ${error.pid}: two servers must not write to the same files`,
      'Stop that one, or give this one another folder with --data.',
    );
  }
  if (error instanceof ListenError) {
    switch (error.code) {
      case 'EADDRINUSE':
        return new Mistake(
          `${at} is taken: another process listens there`,
          'Choose another port with --listen.',
        );
      case 'EADDRNOTAVAIL':
      case 'ENOTFOUND':
      case 'EAI_AGAIN':
        return new Mistake(
          `${at} is no address of this machine (${error.code})`,
          `To listen on all of its addresses: --listen 0.0.0.0:${listen.port}`,
        );
      case 'EACCES':
        return new Mistake(`${at} may not be listened on: ports below 1024 need privileges`);
      default:
        return new Mistake(`${at} cannot be listened on (${error.code})`);
    }
  }
  const { code, syscall } = (error ?? {}) as NodeJS.ErrnoException;
  if (code !== undefined && syscall !== undefined) {
    return new Mistake(`the folder ${folder} cannot be used: ${fileTrouble(error)}`);
  }
  return error;
}

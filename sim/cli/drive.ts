/** `skerry drive`: the clients of a workload at real servers, and a history of what they saw. */
import {
  checkJson,
  checkText,
  type DriveReport,
  driveData,
  driveText,
  duration,
  grouped,
} from '../../reports/index.ts';
import {
  type Abouts,
  type Chosen,
  type Driven,
  type HistoryEvent,
  hintFor,
  type Judge,
  judgeFile,
  judges,
  type LoadFigures,
  listed,
  drive as start,
  version,
  type Workload,
} from '../entry/main.ts';
import { LineFile } from '../platform/line-file.ts';
import { milliseconds, quoted, reporting, sentence, shellWord } from './arguments.ts';
import { judgeNamed, refuse, reportOf } from './check-report.ts';
import { addressesOf, checkNames, protocolNamed, valuesOf } from './cluster.ts';
import type { Command, Given, Session } from './command.ts';
import { codeOfVerdict, type ExitCode, exitCodes, worst } from './exit.ts';
import { fileTrouble, Mistake } from './mistake.ts';
import type { Terminal } from './terminal.ts';

const usage = 'skerry drive raft --servers n1=127.0.0.1:7001,n2=127.0.0.1:7002,n3=127.0.0.1:7003';
const historyDefault = '.skerry/history.jsonl';
const defaults = { clients: 5, rate: 100, keys: 5, operations: 1000, waitMs: 10_000 };
const countMax = 1_000_000_000;
const clientsMax = 1000;
const redrawMs = 200;

export const drive: Command = {
  name: 'drive',
  takes: '<protocol|./protocol.ts> --servers …',
  about: 'Put the load of a workload on servers that skerry serve runs, and record a history',
  options: {
    servers: {
      value: 'NAME=HOST:PORT,…',
      about: 'All servers',
      example: 'n1=127.0.0.1:7001,n2=127.0.0.1:7002',
      repeatable: true,
    },
    workload: {
      value: 'NAME',
      about: 'What the clients do. Default: the first that the protocol can serve',
      example: 'kv',
    },
    clients: { value: 'N', about: `How many clients. Default: ${defaults.clients}`, example: '10' },
    rate: {
      value: 'N',
      about: `Operations a second, of all clients together, as far as the servers keep up. Default: ${defaults.rate}`,
      example: '500',
    },
    keys: { value: 'N', about: `How many keys they share. Default: ${defaults.keys}`, example: '1' },
    operations: {
      value: 'N',
      about: `How many. Default: ${grouped(defaults.operations)}, or as many as --duration allows`,
      example: '10000',
    },
    duration: { value: 'TIME', about: 'How long', example: '30s' },
    wait: {
      value: 'TIME',
      about: `How long servers that do not answer are waited for. Default: ${duration(defaults.waitMs)}`,
      example: '30s',
    },
    history: {
      value: 'PATH',
      about: `Where the history goes. Default: ${historyDefault}`,
      example: 'history.jsonl',
    },
    check: { about: 'Judge the history, as skerry check does' },
    model: {
      value: 'M',
      about: 'What --check judges by. Default: the model of the workload, if its history is to follow it',
      example: 'causal',
    },
    option: {
      value: 'NAME=VALUE',
      about: 'An option of the protocol; the others are those of the servers. May be repeated',
      example: 'requestTimeout=2s',
      repeatable: true,
    },
    set: {
      value: 'NAME=VALUE',
      about: 'An option of the workload; may be repeated',
      example: 'gets=8',
      repeatable: true,
    },
    reporter: { value: 'NAME', about: 'default: for people; json: one JSON object', example: 'json' },
  },
  examples: [
    [`${usage} --check`, 'a thousand operations on a map, judged'],
    [
      'skerry drive ids/snowflake --servers n1=10.0.0.1:7001 --clients 50 --rate 5000 --duration 1m',
      'a minute of many clients',
    ],
  ],
  details: `The clients take keys, and have names, that no other drive has, so that the history begins with nothing there; they
take the protocol's options from the servers. The history has one event a line, with microseconds of the monotonic
clock, as skerry check reads it; what has no known end is "info".
Exit codes: 0 done, and the history held if it was judged; 1 the history is broken, or a client did not catch an error;
2 unknown: no server answered, no operation succeeded, or nothing ended for a minute; 64 bad arguments, 70 internal
error, 130 interrupted. A server that never answers is named, and is no failure as long as others do.`,
  run: driveCommand,
};

interface Plan {
  readonly chosen: Chosen;
  readonly workload: Workload;
  readonly servers: Readonly<Record<string, string>>;
  readonly history: string;
  /** What the history is to be judged by, if it is. */
  readonly judge: Judge | undefined;
}

async function driveCommand(given: Given, session: Session): Promise<ExitCode> {
  given.atMost(1);
  const plan = await planOf(given);
  const [reporter = 'default'] = reporting(given.text('reporter'), new Map(), ['default', 'json']).printed;
  const file = await LineFile.open(plan.history).catch((error) => {
    throw new Mistake(`the history cannot be written to ${plan.history}: ${fileTrouble(error)}`);
  });
  let driven: Driven;
  try {
    driven = await driveServers(given, plan, session, (event) => file.add(eventLine(event)));
  } finally {
    await file.close().catch((error) => {
      throw new Mistake(`the history could not be written to ${plan.history}: ${fileTrouble(error)}`);
    });
  }
  const report = driveReport(plan, given, driven);
  const { palette, columns, print } = session.terminal;
  if (reporter === 'default') print(driveText(report, { palette, nameWidth: 0, columns }));
  const judged =
    plan.judge !== undefined && driven.begun > 0
      ? await judgedHistory(plan.judge, plan.history, session)
      : undefined;
  if (reporter === 'json') {
    const check = judged && JSON.parse(checkJson(judged));
    print(JSON.stringify({ ...driveData(report), check }, null, 2));
  } else if (judged !== undefined) {
    print(checkText(judged, { palette, nameWidth: 0, columns }));
  }
  return worst([
    codeOfDrive(driven),
    ...(judged === undefined ? [] : [codeOfVerdict(judged.verdict)]),
    ...(session.signal.aborted ? [exitCodes.interrupted] : []),
  ]);
}

/** In Jepsen's shape, as `skerry check` reads it. */
function eventLine({ process, client, type, f, key, value, ok, atUs }: HistoryEvent): string {
  return JSON.stringify({ process, client, type, f, key, value, ok, atUs });
}

async function planOf(given: Given): Promise<Plan> {
  const chosen = await protocolNamed(given.positional[0], usage);
  const servers = addressesOf(given.list('servers'), '--servers');
  if (Object.keys(servers).length === 0) {
    throw new Mistake('--servers is missing: which servers are there?', `For example: ${usage}`);
  }
  checkNames(chosen.protocol, Object.keys(servers), '--servers');
  const workload = workloadNamed(chosen, given.text('workload'));
  const judge = given.flag('check') ? judgeOf(chosen, workload, given.text('model')) : undefined;
  return { chosen, workload, servers, history: given.text('history') ?? historyDefault, judge };
}

/** @throws Mistake if there is no such model, or none was named and the workload's history is not judged by one */
function judgeOf({ content }: Chosen, workload: Workload, name: string | undefined): Judge {
  if (name !== undefined) return judgeNamed(name);
  const isJudged = ({ checks }: Workload) =>
    checks.some((one) => content.checks.get(one)?.kind === 'history');
  const judge = workload.model !== undefined && isJudged(workload) ? judges.get(workload.model) : undefined;
  if (judge !== undefined) return judge;
  throw new Mistake(
    `--check: nothing is promised of the history of the workload ${quoted(workload.name)}`,
    'Name what it is to be judged by, such as --model causal; skerry check --help has all of them.',
    'Without --check it is recorded all the same.',
  );
}

/** @throws Mistake if there is no such workload, or the protocol has no client for it */
function workloadNamed({ protocol, content }: Chosen, name: string | undefined): Workload {
  const all = [...content.workloads.values()];
  const served = all.filter(({ needs }) => protocol.clients[needs] !== undefined);
  const has =
    served.length === 0
      ? `${protocol.name} has no client that a workload could use.`
      : `${protocol.name} can serve ${listed(served.map((workload) => workload.name))}.`;
  if (name === undefined) {
    if (served[0] !== undefined) return served[0];
    throw new Mistake(has);
  }
  const workload = content.workloads.get(name);
  if (workload === undefined) {
    const hint = hintFor(
      name,
      served.map((one) => one.name),
    );
    throw new Mistake(
      `there is no workload ${quoted(name)}`,
      hint?.startsWith('did') ? sentence(hint) : undefined,
      has,
    );
  }
  if (served.includes(workload)) return workload;
  throw new Mistake(
    `${protocol.name} has no ${workload.needs} client, which the workload ${quoted(name)} needs`,
    has,
  );
}

function count(
  given: Given,
  name: string,
  otherwise: number | undefined,
  max = countMax,
): number | undefined {
  const text = given.text(name);
  if (text === undefined) return otherwise;
  const value = /^\d{1,10}$/.test(text) ? Number(text) : 0;
  if (value >= 1 && value <= max) return value;
  throw new Mistake(`--${name} ${quoted(text)} is not a whole number from 1 to ${grouped(max)}`);
}

async function driveServers(
  given: Given,
  { chosen, workload, servers }: Plan,
  { terminal, signal }: Session,
  onEvent: (event: HistoryEvent) => void,
): Promise<Driven> {
  const { protocol } = chosen;
  const durationMs = milliseconds('duration', given.text('duration'));
  const operations = count(given, 'operations', durationMs === undefined ? defaults.operations : undefined);
  // Mistakes in options are told before anybody is waited for.
  const own = (abouts: Abouts) => {
    const theirs = [...abouts.values()].find((about) => about !== undefined)?.options;
    return valuesOf(given.list('option'), protocol.options, '--option', show(protocol.name), theirs);
  };
  own(new Map());
  const workloadOptions = valuesOf(given.list('set'), workload.options, '--set', show(workload.name));
  let progress: NodeJS.Timeout | undefined;
  try {
    return await start({
      ...{ protocol, workload, servers, workloadOptions, durationMs, operations, signal, onEvent },
      clients: count(given, 'clients', defaults.clients, clientsMax)!,
      rate: count(given, 'rate', defaults.rate)!,
      keys: count(given, 'keys', defaults.keys)!,
      waitMs: milliseconds('wait', given.text('wait')) ?? defaults.waitMs,
      options: (abouts) => {
        checkAbouts(protocol.name, servers, abouts);
        return own(abouts);
      },
      onWaiting: (missing) => {
        terminal.say(terminal.sayPalette.faint(`waiting for ${listed(missing)}`));
      },
      onSilent: (silent) => {
        if (silent.length === 0) return;
        const text = `warning: ${listed(silent)} did not answer; the clients begin without`;
        terminal.say(terminal.sayPalette.doubt(text));
      },
      onStart: (standing) => {
        progress = shown(terminal, standing, operations);
      },
    });
  } finally {
    clearInterval(progress);
    terminal.rewrite('');
  }
}

/** @throws Mistake if the servers are not those that the clients would take them for */
function checkAbouts(protocol: string, servers: Plan['servers'], abouts: Abouts): void {
  for (const [id, about] of abouts) {
    if (about === undefined) continue;
    if (about.protocol !== protocol) {
      throw new Mistake(
        `${id} runs ${about.protocol}, not ${protocol}`,
        'Look at the protocol and at --servers.',
      );
    }
    const missing = about.peers.filter((peer) => !Object.hasOwn(servers, peer));
    if (missing.length === 0) continue;
    throw new Mistake(
      `--servers must name all servers, and ${id} knows ${listed(about.peers)}: ${listed(missing)} ${missing.length === 1 ? 'is' : 'are'} missing`,
      'Clients count majorities, and find keys, by this list.',
    );
  }
}

const show = (name: string): string => `skerry show ${shellWord(name)}`;

/** A line that is rewritten, where somebody watches. */
function shown(terminal: Terminal, standing: () => LoadFigures, operations: number | undefined) {
  if (!terminal.isLive) return undefined;
  return setInterval(() => {
    const { begun, ok, fail, info, loadMs } = standing();
    const of = operations === undefined ? '' : ` of ${grouped(operations)}`;
    const line = `${grouped(begun)}${of} operations   ${grouped(ok)} ok, ${grouped(fail)} refused, ${grouped(info)} unknown   ${duration(loadMs)}`;
    terminal.rewrite(terminal.sayPalette.faint(line.slice(0, terminal.sayColumns - 1)));
  }, redrawMs);
}

function driveReport({ chosen, workload, history }: Plan, given: Given, driven: Driven): DriveReport {
  const { begun, ok, fail, info, ...rest } = driven;
  return {
    ...rest,
    version: version(),
    protocol: chosen.protocol.name,
    workload: workload.name,
    clients: count(given, 'clients', defaults.clients, clientsMax)!,
    operations: { begun, ok, fail, info },
    history,
  };
}

function codeOfDrive({ end, ok, uncaught }: Driven): ExitCode {
  if (uncaught.length > 0) return exitCodes.violation;
  if (end === 'interrupted') return exitCodes.interrupted;
  return ok === 0 || end === 'stalled' ? exitCodes.unknown : exitCodes.ok;
}

/** The verdict on the history; undefined if it was interrupted. */
async function judgedHistory(judge: Judge, history: string, { signal }: Session) {
  if (signal.aborted) return undefined;
  const startMs = performance.now();
  const judged = await judgeFile({ path: history, judge: judge.name, format: 'json-lines', signal });
  if (judged === undefined) return undefined;
  refuse(judged);
  const report = reportOf(judged, judge, undefined, performance.now() - startMs);
  if (report.verdict !== 'broken') return report;
  const command = `skerry check ${shellWord(history)} --model ${judge.name} --core core.jsonl`;
  return { ...report, next: { command, about: 'keep these operations alone' } };
}

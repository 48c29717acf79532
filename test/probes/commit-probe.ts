/**
 * A probe of the contract: two-phase commit (Gray 1978), whose coordinator may die between two sends of one loop.
 * n1 coordinates, the other servers take part.
 */
import type { Host, HostId } from '../../protocols/host.ts';

export type CommitWire = {
  /** To the coordinator: true once the transaction is decided. */
  begin(ask: { transaction: string }): boolean;
  prepare(ask: { transaction: string }): boolean;
  commit(ask: { transaction: string }): void;
};

type ParticipantState = 'unknown' | 'prepared' | 'committed';

/**
 * Makes a value durable as one file that is replaced as a whole. Saves run one after the other: handlers run
 * concurrently, were it only because the network repeats messages, and would race for the file.
 */
function saver(host: Host<CommitWire>, file: string): (value: object) => Promise<void> {
  let last: Promise<void> = Promise.resolve();
  return (value) => {
    const bytes = new TextEncoder().encode(JSON.stringify(value));
    last = last.then(async () => {
      await host.disk.truncate(`${file}.new`, 0);
      await host.disk.write(`${file}.new`, 0, bytes);
      await host.disk.sync(`${file}.new`);
      await host.disk.rename(`${file}.new`, file);
      await host.disk.syncNames();
    });
    return last;
  };
}

async function load<T>(host: Host<CommitWire>, file: string, fallback: T): Promise<T> {
  const bytes = await host.disk.read(file, 0, await host.disk.size(file));
  return bytes.length === 0 ? fallback : (JSON.parse(new TextDecoder().decode(bytes)) as T);
}

export async function coordinator(host: Host<CommitWire>): Promise<void> {
  const participants = host.peers.filter((id) => id !== host.id);
  const { decided } = await load<{ decided: string[] }>(host, 'decisions', { decided: [] });
  const save = saver(host, 'decisions');
  host.expose(() => ({ decided }));

  const announce = (transaction: string) => {
    for (const participant of participants) host.send(participant, 'commit', { transaction });
  };

  const decide = async (transaction: string): Promise<boolean> => {
    const votes = await Promise.all(
      participants.map((id) => host.call(id, 'prepare', { transaction }, { timeoutMs: 1000 })),
    );
    if (!votes.every(Boolean)) return false;
    decided.push(transaction);
    await save({ decided });
    announce(transaction);
    return true;
  };

  // A repeated `begin` waits for the first one: it must not answer from a decision that is not durable yet.
  const underWay = new Map(decided.map((transaction) => [transaction, Promise.resolve(true)]));
  host.on('begin', ({ transaction }) => {
    const known = underWay.get(transaction);
    if (known !== undefined) return known;
    const deciding = decide(transaction);
    underWay.set(transaction, deciding);
    // Somebody did not vote in time, and nothing is decided: whoever asks again lets it be tried again.
    deciding.catch(() => underWay.delete(transaction));
    return deciding;
  });

  // What an earlier life decided may not have reached everybody.
  for (const transaction of decided) announce(transaction);
}

export async function participant(host: Host<CommitWire>): Promise<void> {
  const states = await load<Record<string, ParticipantState>>(host, 'states', {});
  const save = saver(host, 'states');
  host.expose(() => ({ states }));

  host.on('prepare', async ({ transaction }) => {
    states[transaction] ??= 'prepared';
    await save(states);
    return true;
  });
  host.on('commit', async ({ transaction }) => {
    states[transaction] = 'committed';
    await save(states);
  });
}

/** A host that dies in the midst of its turn, once it has sent `count` messages of a kind. */
export function dyingAfter(
  host: Host<CommitWire>,
  kind: string,
  count: number,
  die: () => void,
): Host<CommitWire> {
  let sent = 0;
  const send: Host<CommitWire>['send'] = (to: HostId, sentKind, ask) => {
    host.send(to, sentKind, ask);
    if (sentKind === kind) sent += 1;
    if (sentKind === kind && sent === count) die();
  };
  return {
    id: host.id,
    peers: host.peers,
    clock: host.clock,
    disk: host.disk,
    random: host.random,
    send,
    call: (to, asked, ask, options) => host.call(to, asked, ask, options),
    on: (answered, answer) => host.on(answered, answer),
    onStop: (task) => host.onStop(task),
    mount: (name) => host.mount(name),
    expose: (view) => host.expose(view),
    buggify: (label) => host.buggify(label),
    log: (event, detail) => host.log(event, detail),
  };
}

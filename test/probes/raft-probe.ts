/**
 * A probe of the contract: the least that can be called Raft (Ongaro and Ousterhout 2014), whole logs in every
 * AppendEntries, and everything durable in one file.
 */
import { type Host, type HostId, Refused } from '../../protocols/host.ts';

interface Entry {
  readonly term: number;
  readonly command: string;
}

export type RaftWire = {
  vote(ask: { term: number; lastTerm: number; length: number }): { term: number; granted: boolean };
  append(ask: { term: number; log: readonly Entry[]; committed: number }): { term: number; length: number };
  /** From a client; answers once the command is committed. */
  submit(ask: { command: string }): boolean;
};

const heartbeatMs = 30;
const electionMsMin = 100;

export async function raftServer(host: Host<RaftWire>): Promise<void> {
  const others = host.peers.filter((id) => id !== host.id);
  const majority = Math.floor(host.peers.length / 2) + 1;
  const saved = await host.disk.read('state', 0, await host.disk.size('state'));
  let { term, votedFor, log } = (
    saved.length === 0 ? { term: 0, votedFor: null, log: [] } : JSON.parse(new TextDecoder().decode(saved))
  ) as { term: number; votedFor: HostId | null; log: readonly Entry[] };
  let role = 'follower' as 'follower' | 'candidate' | 'leader';
  let committed = 0;
  let lastHeardMs = host.clock.elapsed();
  const matched = new Map<HostId, number>();
  host.expose(() => ({ role, term, committed, log }));

  // One save at a time, each of the newest state: two at once would race for the same file.
  let saving: Promise<void> = Promise.resolve();
  const save = (): Promise<void> => {
    saving = saving.then(async () => {
      const bytes = new TextEncoder().encode(JSON.stringify({ term, votedFor, log }));
      await host.disk.truncate('state.new', 0);
      await host.disk.write('state.new', 0, bytes);
      await host.disk.sync('state.new');
      await host.disk.rename('state.new', 'state');
      await host.disk.syncNames();
    });
    return saving;
  };

  /** §5.1: whoever hears of a later term follows it. */
  const observe = (heard: number) => {
    if (heard <= term) return;
    term = heard;
    votedFor = null;
    role = 'follower';
  };
  const lastTerm = () => log.at(-1)?.term ?? 0;

  host.on('vote', async (ask, from) => {
    observe(ask.term);
    // §5.4.1: no vote for a log that is behind.
    const isUpToDate = ask.lastTerm > lastTerm() || (ask.lastTerm === lastTerm() && ask.length >= log.length);
    const granted = ask.term === term && isUpToDate && (votedFor === null || votedFor === from);
    if (granted) {
      votedFor = from;
      lastHeardMs = host.clock.elapsed();
    }
    const answer = { term, granted };
    await save();
    return answer;
  });

  host.on('append', async (ask) => {
    observe(ask.term);
    if (ask.term < term) return { term, length: 0 };
    role = 'follower';
    lastHeardMs = host.clock.elapsed();
    // An overtaken message of the same leader is shorter: keep what is here already.
    const isOverthrown = ask.log.some(
      (entry, index) => log[index] !== undefined && log[index]!.term !== entry.term,
    );
    if (isOverthrown || ask.log.length > log.length) log = ask.log;
    committed = Math.max(committed, Math.min(ask.committed, ask.log.length));
    const answer = { term, length: ask.log.length };
    await save();
    return answer;
  });

  host.on('submit', async ({ command }) => {
    if (role !== 'leader') throw new Refused('not the leader');
    const entry = { term, command };
    log = [...log, entry];
    const index = log.length;
    await save();
    while (committed < index || log[index - 1] !== entry) {
      if (role !== 'leader') throw new Error('deposed: nobody knows what becomes of the command');
      await host.clock.sleep(5);
    }
    return true;
  });

  const replicate = async (to: HostId) => {
    const asked = term;
    const reply = await host.call(to, 'append', { term, log, committed }, { timeoutMs: heartbeatMs * 2 });
    observe(reply.term);
    if (role !== 'leader' || term !== asked) return;
    matched.set(to, Math.max(matched.get(to) ?? 0, reply.length));
    const lengths = [log.length, ...others.map((id) => matched.get(id) ?? 0)].sort((a, b) => b - a);
    const agreed = lengths[majority - 1]!;
    // §5.4.2: only entries of the own term are committed by counting.
    if (agreed > committed && log[agreed - 1]!.term === term) committed = agreed;
  };

  const stand = async () => {
    role = 'candidate';
    term += 1;
    votedFor = host.id;
    const asked = term;
    await save();
    const ask = { term: asked, lastTerm: lastTerm(), length: log.length };
    let votes = 1;
    const canvass = async (id: HostId) => {
      const { term: heard, granted } = await host.call(id, 'vote', ask, { timeoutMs: heartbeatMs * 2 });
      observe(heard);
      if (granted) votes += 1;
      if (votes < majority || role !== 'candidate' || term !== asked) return;
      role = 'leader';
      matched.clear();
      host.log('leader elected', { term });
    };
    await Promise.allSettled(others.map(canvass));
  };

  for (;;) {
    if (role === 'leader') {
      for (const id of others) replicate(id).catch(() => {});
      await host.clock.sleep(heartbeatMs);
      continue;
    }
    const patienceMs = electionMsMin + host.random.below(electionMsMin, 'election timeout');
    await host.clock.sleep(patienceMs / 4);
    if (host.clock.elapsed() - lastHeardMs > patienceMs) await stand();
  }
}

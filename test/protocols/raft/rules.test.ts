/** What each rule prevents: one real server among puppets, first by the paper, then with the rule replaced. */

import { describe, expect, test } from 'vitest';
import type { Host, HostId } from '../../../protocols/host.ts';
import { defaultsOf } from '../../../protocols/protocol.ts';
import {
  type Entry,
  encodeVote,
  paperRules,
  type RaftOptions,
  type RaftView,
  type RaftWire,
  type Rules,
  raftOptions,
  raftServer,
} from '../../../protocols/raft/index.ts';
import type { AppendAnswer, AppendAsk } from '../../../protocols/raft/messages.ts';
import { type Control, type LooseHost, until } from '../../contract/lab.ts';
import { simulatedLab } from '../../contract/simulated.ts';

/** Plays a server's part by hand: votes for everybody, and answers AppendEntries as it is told to. */
interface Puppet {
  host: Host<RaftWire>;
  onAppend: (ask: AppendAsk) => AppendAnswer | Promise<AppendAnswer>;
}

interface Stage {
  readonly control: Control;
  readonly c1: LooseHost;
  readonly n2: Puppet;
  readonly n3: Puppet;
  readonly view: () => RaftView;
}

type Act<T> = (stage: Stage) => Promise<T>;

const silence = new Promise<never>(() => {});
const accept = (ask: AppendAsk): AppendAnswer => ({
  term: ask.term,
  success: true,
  conflictTerm: 0,
  conflictIndex: 0,
});

function stage<T>(
  rules: Partial<Rules>,
  options: Partial<RaftOptions>,
  act: Act<T>,
  seed = 'stage',
): Promise<T> {
  const defaults = defaultsOf(raftOptions);
  const puppets: Record<HostId, Puppet> = {};
  const puppet = (host: LooseHost) => {
    const self: Puppet = { host: host as unknown as Host<RaftWire>, onAppend: accept };
    puppets[host.id] = self;
    host.on('requestVote', ({ term, preVote }) => ({ term: preVote ? term - 1 : term, granted: true }));
    host.on('appendEntries', (ask) => self.onAppend(ask));
  };
  const program = raftServer({ ...defaults, ...options }, { ...paperRules, ...rules });
  return simulatedLab(seed).play({ n1: program, n2: puppet, n3: puppet }, async (c1, control) => {
    const view = () => control.view('n1') as RaftView;
    await until(c1, 'recovery', view);
    return act({ control, c1, n2: puppets.n2!, n3: puppets.n3!, view });
  });
}

/** Puppets lead; n1 has no part in it of its own. */
const patient = { electionTimeout: 60_000 };
const timeoutMs = 1000;

const entry = (term: number): Entry => ({ term, command: { kind: 'noop' } });
const append = (leader: Puppet, ask: Partial<AppendAsk>) =>
  leader.host.call(
    'n1',
    'appendEntries',
    { term: 1, prevIndex: 0, prevTerm: 0, entries: [], commitIndex: 0, ...ask },
    { timeoutMs },
  );
const askVote = (candidate: Puppet, term: number) =>
  candidate.host.call(
    'n1',
    'requestVote',
    { term, lastIndex: 9, lastTerm: 0, preVote: false },
    { timeoutMs },
  );

async function restart({ control, c1, view }: Stage): Promise<void> {
  control.kill('n1');
  control.restart('n1');
  await until(c1, 'recovery', view);
}

const seeds = Array.from({ length: 8 }, (_, at) => `seed ${at}`);

describe('§5.4.2 an entry of an older term is not committed by counting replicas', () => {
  const countsOlderTerms: Partial<Rules> = {
    committedIndex: (commitIndex, replicated) => Math.max(commitIndex, replicated),
  };
  const act: Act<number> = async ({ c1, n2, n3, view }) => {
    await append(n2, { entries: [entry(1)] });
    // They take what is old, and never the no-op behind it.
    for (const puppet of [n2, n3]) {
      puppet.onAppend = (ask) => {
        if (ask.prevIndex > 0) return { ...accept(ask), success: false, conflictTerm: 0, conflictIndex: 1 };
        return ask.entries.length === 1 ? accept(ask) : silence;
      };
    }
    await until(c1, 'the leadership', () => view().role === 'leader');
    await c1.clock.sleep(100);
    return view().commitIndex;
  };
  test('by the paper', async () => expect(await stage({}, { batchEntriesMax: 1 }, act)).toBe(0));
  test('seam', async () => expect(await stage(countsOlderTerms, { batchEntriesMax: 1 }, act)).toBe(1));
});

describe('figure 2: the vote is durable before it is granted', () => {
  const votesInMemory: Partial<Rules> = {
    persistVote: async (cell, vote) => void cell.write(encodeVote(vote)),
  };
  const act: Act<boolean> = async (stage) => {
    expect(await askVote(stage.n2, 5)).toEqual({ term: 5, granted: true });
    await restart(stage);
    return (await askVote(stage.n3, 5)).granted;
  };
  const votedTwice = async (rules: Partial<Rules>) => {
    const answers = await Promise.all(seeds.map((seed) => stage(rules, patient, act, seed)));
    return answers.includes(true);
  };
  test('by the paper', async () => expect(await votedTwice({})).toBe(false));
  test('seam', async () => expect(await votedTwice(votesInMemory)).toBe(true));
});

describe('figure 2: entries are durable before they are acknowledged', () => {
  const acknowledgesAtOnce: Partial<Rules> = { persistEntries: async (journal) => void journal.sync() };
  const act: Act<boolean> = async (stage) => {
    expect(await append(stage.n2, { entries: [entry(1)] })).toMatchObject({ success: true });
    await restart(stage);
    return stage.view().log.lastIndex === 1;
  };
  const kept = async (rules: Partial<Rules>) => {
    const answers = await Promise.all(seeds.map((seed) => stage(rules, patient, act, seed)));
    return !answers.includes(false);
  };
  test('by the paper', async () => expect(await kept({})).toBe(true));
  test('seam', async () => expect(await kept(acknowledgesAtOnce)).toBe(false));
});

describe('correction of 2015: no change of members before an entry of the leader’s own term is committed', () => {
  const changesEarly: Partial<Rules> = {
    mayChange: ({ configurationIndex, commitIndex }) => commitIndex >= configurationIndex,
  };
  const act: Act<readonly string[]> = async ({ c1, n2, n3, view }) => {
    // Nobody takes the no-op: another leader may have committed a change that this one has not seen.
    for (const puppet of [n2, n3]) puppet.onAppend = () => silence;
    await until(c1, 'the leadership', () => view().role === 'leader');
    const ask = { change: 'remove', server: 'n3', index: 0, term: 0, relay: false };
    const answer = c1.call('n1', 'change', ask, { timeoutMs: 20 });
    await expect(answer.catch(() => ({ status: 'waits' }))).resolves.toHaveProperty('status');
    return view().configuration.voters;
  };
  test('by the paper', async () => expect(await stage({}, {}, act)).toEqual(['n1', 'n2', 'n3']));
  test('seam', async () => expect(await stage(changesEarly, {}, act)).toEqual(['n1', 'n2']));
});

describe('thesis §9.6 a candidate asks whether it could win before it starts a term', () => {
  const act: Act<number> = async ({ c1, control, view }) => {
    for (const id of ['n2', 'n3']) control.kill(id);
    await c1.clock.sleep(3000);
    return view().term;
  };
  test('by the paper', async () => expect(await stage({}, {}, act)).toBeLessThanOrEqual(1));
  test('seam', async () => expect(await stage({ asksFirst: () => false }, {}, act)).toBeGreaterThan(5));
});

describe('thesis §6.4 a leader answers reads only after a quorum has confirmed it', () => {
  const trustsItself: Partial<Rules> = { leadershipConfirmed: () => true };
  const act: Act<string> = async ({ c1, n2, n3, view }) => {
    await until(c1, 'a commit of its term', () => view().commitIndex === 1);
    // From now on they might follow somebody else.
    n2.onAppend = n3.onAppend = () => silence;
    return (await c1.call('n1', 'read', { key: 'x' }, { timeoutMs })).status;
  };
  test('by the paper', async () => expect(await stage({}, {}, act)).toBe('not leader'));
  test('seam', async () => expect(await stage(trustsItself, {}, act)).toBe('value'));
});

describe('thesis §6.4 a leader answers reads only after an entry of its term is committed', () => {
  const readsAtOnce: Partial<Rules> = { readIndex: (commitIndex) => commitIndex };
  const act: Act<string> = async ({ c1, n2, n3, view }) => {
    // They follow, but store nothing.
    n2.onAppend = n3.onAppend = (ask) => {
      if (ask.prevIndex > 0) return { ...accept(ask), success: false, conflictIndex: 1 };
      return ask.entries.length > 0 ? silence : accept(ask);
    };
    await until(c1, 'the leadership', () => view().role === 'leader');
    const answer = c1.call('n1', 'read', { key: 'x' }, { timeoutMs });
    return answer.then(
      ({ status }) => status,
      () => 'none',
    );
  };
  test('by the paper', async () => expect(await stage({}, {}, act)).toBe('none'));
  test('seam', async () => expect(await stage(readsAtOnce, {}, act)).toBe('value'));
});

describe('thesis §6.2 a leader that hears from no quorum steps down', () => {
  const staysForEver: Partial<Rules> = { staysLeader: () => true };
  const act: Act<boolean> = async ({ c1, n2, n3, view }) => {
    await until(c1, 'the leadership', () => view().role === 'leader');
    const { term } = view();
    n2.onAppend = n3.onAppend = () => silence;
    await c1.clock.sleep(2000);
    // The puppets elect it again at once, so that its term tells.
    return view().term === term && view().role === 'leader';
  };
  test('by the paper', async () => expect(await stage({}, {}, act)).toBe(false));
  test('seam', async () => expect(await stage(staysForEver, {}, act)).toBe(true));
});

describe('figure 2: a follower commits no entry that the leader has not shown to be its own', () => {
  const believesTheIndex: Partial<Rules> = {
    followerCommit: (leaderCommit, _lastNew, lastIndex) => Math.min(leaderCommit, lastIndex),
  };
  const act: Act<number> = async ({ n2, n3, view }) => {
    await append(n2, { term: 1, entries: [entry(1)] });
    await append(n3, { term: 2, commitIndex: 1 });
    return view().commitIndex;
  };
  test('by the paper', async () => expect(await stage({}, patient, act)).toBe(0));
  test('seam', async () => expect(await stage(believesTheIndex, patient, act)).toBe(1));
});

describe('figure 2: only entries that conflict with new ones are deleted', () => {
  const cutsAlways: Partial<Rules> = { keptTo: (_log, prevIndex) => prevIndex };
  const act: Act<number> = async ({ n2, view }) => {
    await append(n2, { entries: [entry(1), entry(1)] });
    await append(n2, { entries: [entry(1)] });
    return view().log.lastIndex;
  };
  test('by the paper', async () => expect(await stage({}, patient, act)).toBe(2));
  test('seam', async () => expect(await stage(cutsAlways, patient, act)).toBe(1));
});

describe('§5.1 answers to requests of an earlier term are not counted', () => {
  const countsAll: Partial<Rules> = { countsAnswer: () => true };
  const act: Act<number> = async ({ c1, n2, n3, view }) => {
    // n2 stores the no-op of the first term, but says so only when n1 leads again; n3 has heard of a later term.
    let answerLate = () => {};
    const late = new Promise<void>((resolve) => {
      answerLate = resolve;
    });
    n2.onAppend = (ask) => (ask.term === 1 ? late.then(() => accept(ask)) : silence);
    n3.onAppend = (ask) => (ask.term === 1 ? { ...accept(ask), term: 2, success: false } : silence);
    await until(c1, 'the next leadership', () => view().role === 'leader' && view().term > 2);
    answerLate();
    await c1.clock.sleep(30);
    return view().commitIndex;
  };
  // Old entries are counted here too, so that a wrong count shows at once.
  const visible: Partial<Rules> = {
    committedIndex: (commitIndex, replicated) => Math.max(commitIndex, replicated),
  };
  test('by the paper', async () => expect(await stage(visible, {}, act)).toBe(0));
  test('seam', async () => expect(await stage({ ...visible, ...countsAll }, {}, act)).toBe(1));
});

describe('§8 a command that is in the log twice is executed once', () => {
  const executesAll: Partial<Rules> = { freshness: () => 'new' };
  const act: Act<boolean> = async ({ c1, view }) => {
    await until(c1, 'the leadership', () => view().role === 'leader');
    const { session } = await c1.call('n1', 'register', null, { timeoutMs });
    const operation = { kind: 'cas', key: 'x', from: null, to: 1 };
    const write = () => c1.call('n1', 'write', { session, seq: 1, operation }, { timeoutMs });
    await write();
    return (await write()).result;
  };
  test('by the paper', async () => expect(await stage({}, {}, act)).toBe(true));
  test('seam', async () => expect(await stage(executesAll, {}, act)).toBe(false));
});

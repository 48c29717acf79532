/** What each rule prevents: one real server among puppets, first as it ships, then with the rule replaced. */

import { describe, expect, test } from 'vitest';
import type { Host, HostId } from '../../../protocols/host.ts';
import { defaultsOf } from '../../../protocols/protocol.ts';
import type { Entry } from '../../../protocols/raft/messages.ts';
import type { PrimarySecondaryView } from '../../../protocols/replication/index.ts';
import type {
  PrimarySecondaryWire,
  ReplicateAnswer,
  ReplicateAsk,
} from '../../../protocols/replication/primary-secondary/messages.ts';
import {
  type PrimarySecondaryOptions,
  primarySecondaryOptions,
} from '../../../protocols/replication/primary-secondary/options.ts';
import { quorumsOf } from '../../../protocols/replication/primary-secondary/quorums.ts';
import { type Rules, soundRules } from '../../../protocols/replication/primary-secondary/rules.ts';
import { primarySecondaryServer } from '../../../protocols/replication/primary-secondary/server.ts';
import type { Snapshot } from '../../../protocols/replication/primary-secondary/snapshot.ts';
import { type Control, type LooseHost, until } from '../../contract/lab.ts';
import { simulatedLab } from '../../contract/simulated.ts';

/** Plays a server's part by hand: agrees to everything, and answers what is copied to it as it is told to. */
interface Puppet {
  host: Host<PrimarySecondaryWire>;
  end: { lastIndex: number; lastTerm: number };
  promotedTo: number;
  onReplicate: (ask: ReplicateAsk) => ReplicateAnswer | Promise<ReplicateAnswer>;
}

interface Stage {
  readonly control: Control;
  readonly c1: LooseHost;
  readonly n2: Puppet;
  readonly n3: Puppet;
  readonly view: () => PrimarySecondaryView;
}

type Act<T> = (stage: Stage) => Promise<T>;

const silence = new Promise<never>(() => {});
const accept = (ask: ReplicateAsk): ReplicateAnswer => ({
  epoch: ask.epoch,
  life: 1,
  accepted: true,
  conflictTerm: 0,
  conflictIndex: 0,
});

function stage<T>(
  rules: Partial<Rules>,
  options: Partial<PrimarySecondaryOptions>,
  act: Act<T>,
  seed = 'stage',
): Promise<T> {
  const defaults = defaultsOf(primarySecondaryOptions);
  const puppets: Record<HostId, Puppet> = {};
  const puppet = (loose: LooseHost) => {
    const host = loose as unknown as Host<PrimarySecondaryWire>;
    const self: Puppet = { host, end: { lastIndex: 0, lastTerm: 0 }, promotedTo: 0, onReplicate: accept };
    puppets[host.id] = self;
    host.on('suspect', ({ epoch }) => ({ agrees: true, epoch: epoch - 1 }));
    host.on('promise', ({ epoch }) => ({ granted: true, epoch, end: self.end }));
    host.on('promote', ({ epoch }) => {
      self.promotedTo = epoch;
      return { accepted: true };
    });
    host.on('replicate', (ask) => self.onReplicate(ask));
  };
  const program = primarySecondaryServer({ ...defaults, ...options }, { ...soundRules, ...rules });
  return simulatedLab(seed).play({ n1: program, n2: puppet, n3: puppet }, async (c1, control) => {
    const view = () => control.view('n1') as PrimarySecondaryView;
    await until(c1, 'recovery', view);
    return act({ control, c1, n2: puppets.n2!, n3: puppets.n3!, view });
  });
}

const timeoutMs = 1000;
/** Puppets are primary or coordinate; n1 begins nothing of its own, and keeps no primary for long. */
const meek = { failoverTimeout: 400 };
const seeds = Array.from({ length: 8 }, (_, at) => `seed ${at}`);

const entry = (term: number): Entry => ({ term, command: { kind: 'noop' } });
const replicate = (primary: Puppet, ask: Partial<ReplicateAsk>) =>
  primary.host.call(
    'n1',
    'replicate',
    { epoch: 1, prevIndex: 0, prevEpoch: 0, entries: [], commitIndex: 0, ...ask },
    { timeoutMs },
  );
const promise = (coordinator: Puppet, epoch: number) =>
  coordinator.host.call('n1', 'promise', { epoch }, { timeoutMs });
const promote = (coordinator: Puppet, epoch: number) =>
  coordinator.host.call('n1', 'promote', { epoch }, { timeoutMs });

async function restart({ control, c1, view }: Stage): Promise<void> {
  control.kill('n1');
  control.restart('n1');
  await until(c1, 'recovery', view);
}

/** Until n1 has heard no primary for the failover timeout, and before it coordinates itself. */
const quiet = ({ c1 }: Stage, options = meek) => c1.clock.sleep(options.failoverTimeout + 2);

describe('once it has promised an epoch, a server takes nothing from the primary of an earlier one', () => {
  const act: Act<boolean> = async (stage) => {
    await quiet(stage);
    expect(await promise(stage.n2, 5)).toMatchObject({ granted: true, epoch: 5 });
    return (await replicate(stage.n3, { epoch: 4, entries: [entry(4)] })).accepted;
  };
  test('as it ships', async () => expect(await stage({}, meek, act)).toBe(false));
  test('seam', async () => expect(await stage({ isStale: () => false }, meek, act)).toBe(true));
});

describe('a promise outlives a restart', () => {
  const inMemory: Partial<Rules> = {
    persistPledge: async (cell, pledge) => void soundRules.persistPledge(cell, pledge),
  };
  const act: Act<boolean> = async (stage) => {
    await quiet(stage);
    expect(await promise(stage.n2, 5)).toMatchObject({ granted: true });
    await restart(stage);
    return (await replicate(stage.n3, { epoch: 4, entries: [entry(4)] })).accepted;
  };
  const deceived = async (rules: Partial<Rules>) =>
    (await Promise.all(seeds.map((seed) => stage(rules, meek, act, seed)))).includes(true);
  test('as it ships', async () => expect(await deceived({})).toBe(false));
  test('seam', async () => expect(await deceived(inMemory)).toBe(true));
});

describe('a server is primary of an epoch once, whatever it is told after a restart', () => {
  const inMemory: Partial<Rules> = {
    persistPledge: (cell, pledge) => soundRules.persistPledge(cell, { ...pledge, taken: false }),
  };
  const act: Act<boolean> = async (stage) => {
    await quiet(stage);
    await promise(stage.n2, 5);
    expect(await promote(stage.n2, 5)).toEqual({ accepted: true });
    await until(stage.c1, 'the office', () => stage.view().role === 'primary');
    await restart(stage);
    return (await promote(stage.n2, 5)).accepted;
  };
  test('as it ships', async () => expect(await stage({}, meek, act)).toBe(false));
  test('seam', async () => expect(await stage(inMemory, meek, act)).toBe(true));
});

describe('what a secondary has acknowledged outlives a restart', () => {
  const atOnce: Partial<Rules> = { persistEntries: async (journal) => void journal.sync() };
  const act: Act<boolean> = async (stage) => {
    expect(await replicate(stage.n2, { entries: [entry(1)] })).toMatchObject({ accepted: true });
    await restart(stage);
    return stage.view().log.lastIndex === 1;
  };
  const kept = async (rules: Partial<Rules>) =>
    !(await Promise.all(seeds.map((seed) => stage(rules, meek, act, seed)))).includes(false);
  test('as it ships', async () => expect(await kept({})).toBe(true));
  test('seam', async () => expect(await kept(atOnce)).toBe(false));
});

describe('where its log ends a server tells a coordinator only when it is on disk', () => {
  const atOnce: Partial<Rules> = { persistEntries: async (journal) => void journal.sync() };
  const act: Act<boolean> = async (stage) => {
    const { c1, n2, n3, view } = stage;
    void replicate(n3, { entries: [entry(1)] }).catch(() => {});
    // Much less than what the disk takes.
    while (view().log.lastIndex === 0) await c1.clock.sleep(0.1);
    const { end } = await promise(n2, 5);
    expect(end).toEqual({ lastIndex: 1, lastTerm: 1 });
    await restart(stage);
    return view().log.lastIndex === 1;
  };
  const many = Array.from({ length: 40 }, (_, at) => `seed ${at}`);
  const kept = async (rules: Partial<Rules>) =>
    !(await Promise.all(many.map((seed) => stage(rules, meek, act, seed)))).includes(false);
  test('as it ships', async () => expect(await kept({})).toBe(true));
  test('seam', async () => expect(await kept(atOnce)).toBe(false));
});

describe('who hears a primary promises nothing to anybody else; nor does who has just been started', () => {
  test('while it hears one', () =>
    stage({}, meek, async (stage) => {
      await quiet(stage);
      await replicate(stage.n3, {});
      expect(await promise(stage.n2, 5)).toMatchObject({ granted: false, epoch: 1 });
      expect(await stage.n2.host.call('n1', 'suspect', { epoch: 5 }, { timeoutMs })).toMatchObject({
        agrees: false,
      });
      await quiet(stage);
      expect(await promise(stage.n2, 5)).toMatchObject({ granted: true });
    }));
  test('and for as long after a start, for it may have heard one just before', () =>
    stage({}, meek, async (stage) => {
      await quiet(stage);
      await restart(stage);
      expect(await promise(stage.n2, 5)).toMatchObject({ granted: false });
      await quiet(stage);
      expect(await promise(stage.n2, 5)).toMatchObject({ granted: true });
    }));
});

describe('a failover names the freshest of those who have promised', () => {
  const act: Act<number> = async ({ c1, n2, n3, view }) => {
    n2.end = { lastIndex: 3, lastTerm: 0 };
    n3.end = { lastIndex: 3, lastTerm: 0 };
    await until(
      c1,
      'a failover',
      () => view().epoch > 0 && (view().role === 'primary' || n2.promotedTo + n3.promotedTo > 0),
    );
    return n2.promotedTo + n3.promotedTo;
  };
  test('as it ships', async () => expect(await stage({}, {}, act)).toBeGreaterThan(0));
  test('seam', async () =>
    expect(await stage({ freshest: (ends) => [...ends.keys()][0]! }, {}, act)).toBe(0));
});

describe('a write is acknowledged when as many secondaries have it as the mode says', () => {
  /** How many of them have to answer. */
  const needed = (options: Partial<PrimarySecondaryOptions>, rules: Partial<Rules> = {}) =>
    stage(rules, options, async ({ c1, n2, n3, view }) => {
      for (const puppet of [n2, n3])
        puppet.onReplicate = (ask) => (ask.entries.length > 0 ? silence : accept(ask));
      await until(c1, 'the office', () => view().role === 'primary');
      for (const [count, puppet] of [n2, n3, undefined].entries()) {
        await c1.clock.sleep(120);
        if (view().commitIndex > 0) return count;
        if (puppet !== undefined) puppet.onReplicate = accept;
      }
      return 3;
    });
  test('synchronous: both', async () => expect(await needed({ mode: 'synchronous' })).toBe(2));
  test('semi-synchronous: enough for a majority', async () => expect(await needed({})).toBe(1));
  test('semi-synchronous: as many as asked for', async () =>
    expect(await needed({ acknowledgements: 2 })).toBe(2));
  test('asynchronous: none', async () => expect(await needed({ mode: 'asynchronous' })).toBe(0));
  test('seam', async () => {
    const alone: Partial<Rules> = {
      quorums: (options, servers) => ({ ...quorumsOf(options, servers), acknowledgements: 0 }),
    };
    expect(await needed({ mode: 'synchronous' }, alone)).toBe(0);
  });
});

describe('a primary answers reads only when enough others confirm it', () => {
  const act: Act<string> = async ({ c1, n2, n3, view }) => {
    await until(c1, 'an acknowledgement', () => view().commitIndex === 1);
    // From now on they might follow somebody else.
    n2.onReplicate = n3.onReplicate = () => silence;
    return (await c1.call('n1', 'read', { key: 'x', token: 0 }, { timeoutMs })).status;
  };
  test('as it ships', async () => expect(await stage({}, {}, act)).toBe('not primary'));
  test('seam', async () => expect(await stage({ primaryConfirmed: () => true }, {}, act)).toBe('value'));
});

describe('with a lease it answers alone, and no longer than nobody else can be primary', () => {
  const leased = { reads: 'leased', driftPpm: 0, failoverTimeout: 300, heartbeatInterval: 20 };
  const readAfter =
    (ms: number): Act<string> =>
    async ({ c1, n2, n3, view }) => {
      await until(c1, 'an acknowledgement', () => view().commitIndex === 1);
      n2.onReplicate = n3.onReplicate = () => silence;
      await c1.clock.sleep(ms);
      return (await c1.call('n1', 'read', { key: 'x', token: 0 }, { timeoutMs: 2000 })).status;
    };
  test('while it lasts', async () => expect(await stage({}, leased, readAfter(200))).toBe('value'));
  test('when it is over', async () => expect(await stage({}, leased, readAfter(350))).toBe('not primary'));
  test('seam', async () => expect(await stage({ leaseMs: () => 1e6 }, leased, readAfter(350))).toBe('value'));
});

describe('a server that joins a primary gives up what that one does not have', () => {
  const put = (term: number, value: number): Entry => ({
    term,
    command: { kind: 'write', session: 1, seq: value, operation: { kind: 'put', key: 'x', value } },
  });
  const tail = { entries: [entry(1), put(1, 1), put(1, 2)], commitIndex: 1 };

  test('after the last place where the logs agree', () =>
    stage({}, meek, async ({ n2, n3, view }) => {
      await replicate(n2, tail);
      await replicate(n3, { epoch: 2, prevIndex: 1, prevEpoch: 1, entries: [entry(2)] });
      expect(view().log.lastIndex).toBe(2);
      expect(view().log.termAt(2)).toBe(2);
      expect(view().statistics).toMatchObject({ entriesCut: 2, acknowledgedCut: 0 });
    }));

  test('from its state as well, if the mode let it believe that it was acknowledged', () =>
    stage({}, { ...meek, mode: 'asynchronous' }, async ({ n2, n3, view }) => {
      await replicate(n2, { entries: [entry(1)], commitIndex: 1 });
      const { stateHash } = view();
      await replicate(n2, {
        ...tail,
        entries: [entry(1), { term: 1, command: { kind: 'register' } }],
        commitIndex: 2,
      });
      expect(view().stateHash).not.toBe(stateHash);
      await replicate(n3, { epoch: 2, prevIndex: 1, prevEpoch: 1, entries: [entry(2)], commitIndex: 2 });
      expect(view()).toMatchObject({ commitIndex: 2, lastApplied: 2, stateHash });
      expect(view().statistics).toMatchObject({ entriesCut: 1, acknowledgedCut: 1 });
    }));

  test('and says where its log differs, so that the primary finds the place', () =>
    stage({}, meek, async ({ n2, n3 }) => {
      await replicate(n2, tail);
      const short = await replicate(n3, { epoch: 2, prevIndex: 7, prevEpoch: 2, entries: [] });
      expect(short).toMatchObject({ epoch: 2, accepted: false, conflictTerm: 0, conflictIndex: 4 });
      const other = await replicate(n3, { epoch: 2, prevIndex: 3, prevEpoch: 2, entries: [] });
      expect(other).toMatchObject({ epoch: 2, accepted: false, conflictTerm: 1, conflictIndex: 1 });
    }));
});

describe('snapshots', () => {
  const small = { snapshotEntries: 2 };
  const put = (seq: number): Entry => ({
    term: 1,
    command: { kind: 'write', session: 0x8000001, seq, operation: { kind: 'put', key: 'x', value: seq } },
  });
  const log = [{ term: 1, command: { kind: 'register' } } as Entry, ...[1, 2, 3, 4, 5].map(put)];
  const install = ({ view }: Stage, primary: Puppet, epoch: number, snapshot: Snapshot, life = view().life) =>
    primary.host.call('n1', 'install', { epoch, life, snapshot }, { timeoutMs });
  const full = { entries: log, commitIndex: 6 };
  const snapshot: Snapshot = { index: 4, epoch: 2, hash: 7, state: { values: [['x', 9]], sessions: [] } };

  test('a primary sends one to a secondary that lacks what its log has no more', () =>
    stage({}, small, async ({ c1, n2, n3, view }) => {
      let installed: Snapshot | null = null;
      n3.host.on('install', (ask) => {
        installed = ask.snapshot;
        return { epoch: ask.epoch, accepted: true };
      });
      n2.onReplicate = accept;
      n3.onReplicate = () => silence;
      await until(c1, 'the office', () => view().role === 'primary');
      const { session } = await c1.call('n1', 'register', { relay: false }, { timeoutMs });
      for (let seq = 1; seq <= 8; seq++) {
        const operation = { kind: 'put', key: 'x', value: seq };
        await c1.call('n1', 'write', { session, seq, operation, relay: false }, { timeoutMs });
      }
      await until(c1, 'a shorter log', () => view().log.firstIndex > 2);
      // It has nothing, and says so until it has been sent a snapshot.
      n3.onReplicate = (ask) =>
        installed !== null ? accept(ask) : { ...accept(ask), accepted: false, conflictIndex: 1 };
      await until(c1, 'the snapshot', () => installed !== null);
      expect(installed!.state.values[0]?.[0]).toBe('x');
      expect(view().statistics.snapshotsTaken).toBeGreaterThan(0);
    }));

  test('a secondary takes it in the place of what it has, and outlives a restart with it', () =>
    stage({}, meek, async (stage) => {
      const { n2, view } = stage;
      await replicate(n2, { entries: [entry(1)], commitIndex: 1 });
      expect(await install(stage, n2, 2, snapshot)).toEqual({ epoch: 2, accepted: true });
      expect(view()).toMatchObject({ lastApplied: 4, commitIndex: 4, statistics: { snapshotsInstalled: 1 } });
      await restart(stage);
      expect(view().log).toMatchObject({ firstIndex: 5, lastIndex: 4 });
      await replicate(n2, { epoch: 2, prevIndex: 4, prevEpoch: 2, entries: [entry(2)], commitIndex: 5 });
      expect(view()).toMatchObject({ lastApplied: 5, log: { lastIndex: 5 } });
    }));

  test('once it has promised an epoch, it takes none from the primary of an earlier one', () =>
    stage({}, meek, async (stage) => {
      await quiet(stage);
      await promise(stage.n2, 5);
      expect(await install(stage, stage.n3, 4, snapshot)).toEqual({ epoch: 5, accepted: false });
      expect(stage.view().log.lastIndex).toBe(0);
    }));

  test('it takes none that it is ahead of', () =>
    stage({}, meek, async (stage) => {
      const { n2, view } = stage;
      await replicate(n2, full);
      const older = { ...snapshot, epoch: 1 };
      expect(await install(stage, n2, 1, older)).toEqual({ epoch: 1, accepted: true });
      expect(view()).toMatchObject({ lastApplied: 6, log: { lastIndex: 6 } });
      expect(view().statistics.snapshotsInstalled).toBe(0);
    }));

  describe('a copy of one that comes after a restart, when it may have more and not know any more that it does', () => {
    const calm = { ...small, failoverTimeout: 5000 };
    const act: Act<unknown> = async (stage) => {
      const { c1, n2, view } = stage;
      const early = { ...snapshot, epoch: 1, index: 2 };
      const { life } = view();
      await install(stage, n2, 1, early, life);
      for (const prevIndex of [2, 4]) {
        const entries = log.slice(prevIndex, prevIndex + 2);
        await replicate(n2, { prevIndex, prevEpoch: 1, entries, commitIndex: prevIndex + 2 });
        // It takes a snapshot of its own, which is on its disk by then.
        await c1.clock.sleep(200);
      }
      expect(view().log.firstIndex).toBe(5);
      await restart(stage);
      await install(stage, n2, 1, early, life);
      return view().log.lastIndex;
    };
    test('as it ships', async () => expect(await stage({}, calm, act)).toBe(6));
    test('seam', async () => expect(await stage({ isForThisLife: () => true }, calm, act)).toBe(2));
  });

  test('it asks for one where its own state differs from the log of a primary', () =>
    stage({}, { ...meek, ...small, mode: 'asynchronous' }, async (stage) => {
      const { c1, n2, n3, view } = stage;
      await replicate(n2, full);
      await until(c1, 'a snapshot', () => view().statistics.snapshotsTaken > 0);
      const differs = await replicate(n3, { epoch: 2, prevIndex: 2, prevEpoch: 1, entries: [entry(2)] });
      expect(differs).toMatchObject({ accepted: false, needsSnapshot: true });
      await install(stage, n3, 2, snapshot);
      expect(view()).toMatchObject({ lastApplied: 4, log: { lastIndex: 4 } });
      expect(view().statistics).toMatchObject({ snapshotsInstalled: 1, acknowledgedCut: 2 });
    }));
});

test('a write that is repeated while it waits is in the log once', () =>
  stage({}, { mode: 'synchronous' }, async ({ c1, n2, n3, view }) => {
    await until(c1, 'the office', () => view().role === 'primary');
    const { session } = await c1.call('n1', 'register', { relay: false }, { timeoutMs });
    const before = view().log.lastIndex;
    // It is there, and stores nothing.
    n3.onReplicate = (ask) => ({ ...accept(ask), accepted: false, conflictIndex: ask.prevIndex + 1 });
    n2.onReplicate = accept;
    const write = (seq: number) =>
      c1.call(
        'n1',
        'write',
        { session, seq, operation: { kind: 'put', key: 'x', value: seq }, relay: false },
        { timeoutMs: 50 },
      );
    for (let attempt = 0; attempt < 5; attempt++) await write(1).catch(() => {});
    expect(view().log.lastIndex).toBe(before + 1);
    n3.onReplicate = accept;
    expect(await write(1)).toMatchObject({ status: 'done' });
    expect(await write(2), 'another one is another one').toMatchObject({ status: 'done' });
  }));

test('a primary that nobody answers any more steps down', () =>
  stage({}, {}, async ({ c1, n2, n3, view }) => {
    await until(c1, 'the office', () => view().role === 'primary');
    const { epoch } = view();
    n2.onReplicate = n3.onReplicate = () => silence;
    await c1.clock.sleep(1500);
    // The puppets elect it again at once, so that its epoch tells.
    expect(view().epoch > epoch || view().role === 'secondary').toBe(true);
  }));

test('a primary that hears of a later epoch steps down', () =>
  stage({}, {}, async ({ c1, n2, view }) => {
    await until(c1, 'the office', () => view().role === 'primary');
    n2.onReplicate = (ask) => ({ ...accept(ask), epoch: 99, accepted: false });
    await until(c1, 'its end', () => view().epoch === 99);
    expect(view().role).toBe('secondary');
  }));

test('a server counts what it does: writes, reads, messages that came through and that did not, conflicts', () =>
  stage({}, { failoverTimeout: 100 }, async ({ c1, n2, n3, view }) => {
    let turnedAway = false;
    n2.onReplicate = (ask) => {
      if (turnedAway) return accept(ask);
      turnedAway = true;
      return { ...accept(ask), accepted: false, conflictIndex: 1 };
    };
    n3.onReplicate = () => silence;
    await replicate(n2, { entries: [entry(0)], epoch: 0 });
    await until(c1, 'the office', () => view().role === 'primary');
    const { session } = await c1.call('n1', 'register', { relay: false }, { timeoutMs });
    const operation = { kind: 'put', key: 'x', value: 1 };
    await c1.call('n1', 'write', { session, seq: 1, operation, relay: false }, { timeoutMs });
    await c1.call('n1', 'read', { key: 'x', token: 0, relay: false }, { timeoutMs });
    await c1.clock.sleep(500);
    const { statistics, lag } = view();
    // The network repeats some messages.
    expect(statistics.writes).toBeGreaterThan(0);
    expect(statistics.reads).toBeGreaterThan(0);
    expect(statistics.conflicts).toBeGreaterThan(0);
    expect(statistics.failovers).toBe(1);
    expect(statistics.replicationsSucceeded).toBeGreaterThan(3);
    expect(statistics.replicationsFailed).toBeGreaterThan(0);
    expect(lag, 'n3 has nothing').toBe(view().log.lastIndex);
  }));

test('a secondary shows how many acknowledged entries it has not applied', () =>
  stage({}, meek, async ({ n2, view }) => {
    await replicate(n2, { entries: [entry(1), entry(1)], commitIndex: 7 });
    expect(view()).toMatchObject({ commitIndex: 2, lastApplied: 2, lag: 5 });
  }));

/** The probes' stories, told once and played over sockets and in the simulator. */
import { describe, expect, test } from 'vitest';
import type { Answer, HostId } from '../../protocols/host.ts';
import { type Control, type Lab, type LooseHost, persist, until } from '../contract/lab.ts';
import { coordinator, dyingAfter, participant } from './commit-probe.ts';
import { acquire, type LeaseWire, leaseMs, lockServer, store } from './lease-probe.ts';
import { raftServer } from './raft-probe.ts';

interface RaftView {
  readonly role: string;
  readonly term: number;
  readonly committed: number;
  readonly log: readonly { readonly command: string }[];
}

export function probes(name: string, makeLab: () => Lab): void {
  describe(`the probes ${name}`, () => {
    test('Raft keeps what it acknowledged when its leader dies', () => raftStory(makeLab()));
    test('a coordinator that dies between two sends leaves some in doubt', () => commitStory(makeLab()));
    test('a holder that stood still beyond its lease still writes', () => leaseStory(makeLab(), false));
    test('a fencing token keeps the late write out', () => leaseStory(makeLab(), true));
  });
}

async function raftStory(lab: Lab): Promise<void> {
  const ids: HostId[] = ['n1', 'n2', 'n3'];
  const servers = Object.fromEntries(ids.map((id) => [id, raftServer]));
  await lab.play(servers, async (host, control) => {
    const view = (id: HostId) => control.view(id) as RaftView | undefined;
    const acknowledged: string[] = [];
    const submit = (command: string) =>
      until(host, `'${command}' to be committed`, async () => {
        for (const id of ids) {
          const isDone = await host.call(id, 'submit', { command }, { timeoutMs: 400 }).catch(() => false);
          if (isDone) return acknowledged.push(command);
        }
        return 0;
      });
    const committedBy = (id: HostId) => {
      const { log, committed } = view(id)!;
      return log.slice(0, committed).map(({ command }) => command);
    };

    for (const command of ['a', 'b', 'c']) await submit(command);
    const leader = await until(host, 'a leader', () => ids.find((id) => view(id)?.role === 'leader'));
    control.kill(leader);
    for (const command of ['d', 'e']) await submit(command);
    control.restart(leader);
    await submit('f');
    await until(host, 'all to have caught up', () =>
      ids.every((id) => (view(id)?.log.length ?? 0) > 5 && committedBy(id).includes('f')),
    );

    const longest = ids.map(committedBy).sort((a, b) => b.length - a.length)[0]!;
    for (const id of ids) expect(longest.slice(0, committedBy(id).length)).toEqual(committedBy(id));
    // A command that was submitted again after an indefinite end may be there twice.
    expect([...new Set(longest)].sort()).toEqual(acknowledged);
  });
}

async function commitStory(lab: Lab): Promise<void> {
  let control: Control | undefined;
  let lives = 0;
  let hasDied = false;
  const n1 = (host: LooseHost) => {
    lives += 1;
    if (lives > 1) return coordinator(host);
    return coordinator(
      dyingAfter(host, 'commit', 2, () => {
        hasDied = true;
        control!.kill('n1');
      }),
    );
  };
  await lab.play({ n1, n2: participant, n3: participant, n4: participant }, async (host, given) => {
    control = given;
    const states = () =>
      ['n2', 'n3', 'n4'].map((id) => (given.view(id) as { states: Record<string, string> }).states.t1);
    // The coordinator dies before it can answer, so this goes on until its death.
    await until(host, 'the death of the coordinator', () =>
      host.call('n1', 'begin', { transaction: 't1' }, { timeoutMs: 500 }).then(
        () => false,
        () => hasDied,
      ),
    );
    await until(host, 'two commits', () => states().filter((state) => state === 'committed').length === 2);
    await host.clock.sleep(300);
    expect(states()).toEqual(['committed', 'committed', 'prepared']);
    given.restart('n1');
    expect(await persist(host, 'n1', 'begin', { transaction: 't1' })).toBe(true);
    await until(host, 'the end of the doubt', () => states()[2] === 'committed');
  });
}

async function leaseStory(lab: Lab, isFenced: boolean): Promise<void> {
  const holder = { file: new URL('./lease-probe.ts', import.meta.url), name: 'holder' };
  const written = await lab.play<Answer<LeaseWire, 'written'>>(
    { n1: lockServer, n2: store(isFenced) },
    async (host, control) => {
      const server = () => control.view('n1') as { holder: string };
      await until(host, 'c2 to hold the lock', () => server().holder === 'c2');
      await host.clock.sleep(5);
      control.pause('c2', leaseMs * 3);
      const lock = await acquire(host);
      expect(lock.token).toBe(2);
      await host.call('n2', 'write', { token: lock.token, value: 'c1' }, { timeoutMs: 1000 });
      await host.clock.sleep(leaseMs * 4);
      return await host.call('n2', 'written', null, { timeoutMs: 1000 });
    },
    { c2: holder },
  );
  const tokens = written.map(({ token }) => token);
  if (isFenced) expect(tokens).toEqual([2]);
  else expect(tokens).toEqual([2, 1]);
}

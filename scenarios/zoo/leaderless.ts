/** Leaderless stores with one mistake each. */
import type { Protocol } from '../../protocols/protocol.ts';
import { joined, type LeaderlessRules, leaderlessWith } from '../../protocols/replication/index.ts';

const specimen = (name: string, about: string, rules: Partial<LeaderlessRules>): Protocol => ({
  ...leaderlessWith({ rules }),
  name,
  about,
});

export const leaderlessSpecimens: readonly Protocol[] = [
  specimen(
    'zoo/leaderless-trusts-clocks',
    'A leaderless store whose last write is the one with the latest wall-clock time.',
    { trustsClocks: () => true },
  ),
  specimen(
    'zoo/leaderless-reads-unwritten',
    'A leaderless store that relies on R + W > N alone: its reads do not write back what they return.',
    { writesBack: () => false },
  ),
  specimen(
    'zoo/leaderless-sloppy-quorum',
    'A leaderless store whose writes count whoever takes them, and whose reads ask whoever answers (Dynamo, §4.6).',
    { isSloppy: () => true },
  ),
  specimen(
    'zoo/leaderless-never-repairs',
    'A leaderless store whose replicas never learn of a write that they missed.',
    { repairsReads: () => false, comparesTrees: () => false },
  ),
  specimen(
    'zoo/leaderless-reuses-stamps',
    'A leaderless store whose stamps are a time and a node: two writes of one node may have one and the same.',
    { tellApart: () => [0, 0] },
  ),
  specimen(
    'zoo/leaderless-without-dots',
    'A leaderless store whose version vectors count the writes of a node without telling them apart (Preguiça et al. 2010).',
    { seen: (context, writer, count) => joined(context, { [writer]: [1, count] }) },
  ),
  specimen(
    'zoo/leaderless-forgets-early',
    'A leaderless store that forgets a deletion after a while, whether or not all replicas have it.',
    { mayForget: () => true },
  ),
];

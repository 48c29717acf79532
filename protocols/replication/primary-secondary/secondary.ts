/** A server's work while it follows a primary: it takes entries, gives up what the primary does not have, or takes its state. */
import type { Host } from '../../host.ts';
import { followerCommit } from '../../raft/commit.ts';
import { type Conflict, conflictAt, keptTo } from '../../raft/replication.ts';
import type {
  InstallAnswer,
  InstallAsk,
  PrimarySecondaryWire,
  ReplicateAnswer,
  ReplicateAsk,
} from './messages.ts';
import type { Replica } from './replica.ts';
import type { Rules } from './rules.ts';
import { comparable, hasAll, type Known, type Snapshot } from './snapshot.ts';
import type { Statistics } from './statistics.ts';

/** What a secondary needs from the server that it is a role of. */
export interface Post {
  readonly host: Host<PrimarySecondaryWire>;
  readonly rules: Rules;
  readonly replica: Replica;
  readonly statistics: Statistics;
  /** Names this life of the server. */
  readonly life: number;
  /** The epoch of the primary that it follows. */
  follows: number;
  /** Waits for the disk; rejects with TimedOut if it failed, which ends this server. */
  mustBeDurable(work: Promise<unknown>): Promise<void>;
}

const noConflict: Conflict = { conflictTerm: 0, conflictIndex: 0 };

export class Secondary {
  readonly #post: Post;
  /** How far its primary has committed. */
  knownCommit = 0;
  /** Up to where its log is that of the primary of an epoch. */
  #agreed = { epoch: 0, index: -1 };

  constructor(post: Post) {
    this.#post = post;
  }

  /** Takes entries of a primary that it follows from now on, or already does. */
  accept(ask: ReplicateAsk): ReplicateAnswer | Promise<ReplicateAnswer> {
    const { replica } = this.#post;
    const { log, snapshot } = replica;
    const known = this.#follow(ask.epoch);
    this.knownCommit = ask.commitIndex;
    const stretch = comparable(known, ask);
    if (stretch === null) return this.#needsSnapshot();
    const { prevIndex, prevEpoch, entries } = stretch;
    const conflict = conflictAt(log, prevIndex, prevEpoch);
    if (conflict !== null) return prevIndex <= snapshot.index ? this.#needsSnapshot() : this.refuse(conflict);
    const kept = keptTo(log, prevIndex, entries);
    if (kept < snapshot.index) return this.#needsSnapshot();
    const truncates = kept < log.lastIndex;
    if (truncates) this.#cutAfter(kept);
    const lastNew = prevIndex + entries.length;
    while (log.lastIndex < lastNew) replica.append(entries[log.lastIndex - prevIndex]!);
    this.#agree(ask.epoch, lastNew);
    replica.commitTo(followerCommit(ask.commitIndex, lastNew, log.lastIndex));
    if (lastNew <= replica.savedTo && !truncates) return this.#accepted();
    return this.#acceptWhenSaved(ask.epoch);
  }

  /** Takes the state of a primary that it follows from now on, or already does, unless it has all that it stands for. */
  async install({ epoch, life, snapshot }: InstallAsk): Promise<InstallAnswer> {
    const { replica, rules, mustBeDurable } = this.#post;
    const isCurrent = () =>
      rules.isForThisLife(life, this.#post.life) && !rules.isStale(epoch, replica.pledges.epoch);
    const isWanted = () => isCurrent() && !hasAll(this.#follow(epoch), snapshot);
    // While it waits for the disk another copy of the message may be served.
    while (isWanted()) await mustBeDurable(this.#replace(snapshot, isWanted));
    if (!isCurrent()) return { epoch: replica.pledges.epoch, accepted: false };
    this.#agree(epoch, snapshot.index);
    replica.commitTo(snapshot.index);
    await mustBeDurable(replica.save());
    return { epoch: replica.pledges.epoch, accepted: isCurrent() };
  }

  async #replace(snapshot: Snapshot, isWanted: () => boolean): Promise<void> {
    const { host, replica, statistics } = this.#post;
    const { index } = snapshot;
    let [entries, acknowledged] = [0, 0];
    const isInstalled = await replica.install(snapshot, () => {
      entries = Math.max(0, replica.log.lastIndex - index);
      acknowledged = Math.max(0, replica.commitIndex - index);
      return isWanted();
    });
    if (!isInstalled) return;
    statistics.snapshotsInstalled++;
    statistics.entriesCut += entries;
    statistics.acknowledgedCut += acknowledged;
    host.log('snapshot installed', { index, entries, acknowledged });
  }

  /** Follows the primary of an epoch; what is known of its log, too. */
  #follow(epoch: number): Known {
    const { replica } = this.#post;
    this.#post.follows = epoch;
    const agreedTo = this.#agreed.epoch === epoch ? this.#agreed.index : -1;
    return { log: replica.log, agreedTo };
  }

  #agree(epoch: number, index: number): void {
    const before = this.#agreed.epoch === epoch ? this.#agreed.index : -1;
    this.#agreed = { epoch, index: Math.max(before, index) };
  }

  /** Gives up what an earlier primary, perhaps this server itself, wrote and this one does not have. */
  #cutAfter(index: number): void {
    const { host, replica, statistics } = this.#post;
    const entries = replica.log.lastIndex - index;
    const acknowledged = replica.truncateAfter(index);
    statistics.entriesCut += entries;
    statistics.acknowledgedCut += acknowledged;
    host.log('divergent tail cut', { after: index, entries, acknowledged });
  }

  async #acceptWhenSaved(epoch: number): Promise<ReplicateAnswer> {
    const { replica, rules, mustBeDurable } = this.#post;
    await mustBeDurable(replica.save());
    // A later primary may have cut off what was saved.
    return rules.isStale(epoch, replica.pledges.epoch) ? this.refuse() : this.#accepted();
  }

  #accepted(): ReplicateAnswer {
    return { ...this.refuse(), accepted: true };
  }

  #needsSnapshot(): ReplicateAnswer {
    return { ...this.refuse(), needsSnapshot: true };
  }

  refuse(conflict = noConflict): ReplicateAnswer {
    const { life, replica } = this.#post;
    return { epoch: replica.pledges.epoch, life, accepted: false, ...conflict };
  }
}

/** What `list` and `show` say about each kind of fault. */
import type { FaultKind } from '../entry/main.ts';

export interface FaultPage {
  /** One line. */
  readonly about: string;
  /** A few sentences on what happens and how it ends. */
  readonly text: string;
  /** Lines for `faults:` of a scenario. */
  readonly examples: readonly string[];
}

export const faultGuide: Readonly<Record<FaultKind, FaultPage>> = {
  partition: {
    about: 'hosts that cannot reach each other',
    text: 'Packets between the sides vanish, also those under way. A partition may work in one direction only. It heals after `for`, or at the recovery phase.',
    examples: [
      '{ at: 2s, for: 3s, partition: { groups: [[n1, n2], [n3]] } }',
      '{ at: 2s, for: 3s, partition: { isolate: leader } }',
      '{ at: 2s, for: 3s, partition: { one-way: { from: [n1], to: [n2, n3] } } }',
      '{ at: 2s, for: 3s, partition: halves }',
    ],
  },
  packet: {
    about: 'links that lose, repeat and delay',
    text: 'Adds loss, duplication and delay to all links from or to the targets, on top of what `network` says.',
    examples: ['{ at: 2s, for: 3s, packet: { targets: minority, loss: 20%, duplicate: 5%, delay: 50ms } }'],
  },
  kill: {
    about: 'hosts that crash and come back',
    text: 'Memory is lost. With `storage: lose-unsynced` (the default) so is what was written and not synced, wholly or in part; with `keep` the disk stays as it was. The program starts afresh after `restartAfter`.',
    examples: ['{ at: 2s, kill: { targets: leader, storage: lose-unsynced }, restartAfter: 500ms }'],
  },
  pause: {
    about: 'hosts that stop and then go on as if nothing had been',
    text: 'The world of the targets stands still while clocks go on: packets and timers wait, and then everything is late. What a long garbage collection or a sleeping laptop does.',
    examples: ['{ at: 2s, for: 3s, pause: { targets: one-client } }'],
  },
  clock: {
    about: 'wall clocks that jump',
    text: 'Moves the wall clock of the targets forward or back; it is moved back at the end. Timers follow the monotonic clock and are not touched.',
    examples: ['{ at: 2s, for: 3s, clock: { targets: one, offset: -30s } }'],
  },
};

/** Who may be named as `targets`. */
export const targetsText =
  'Targets: one, minority, majority, all, leader, one-client, or a list of hosts ([n1, n3]).';

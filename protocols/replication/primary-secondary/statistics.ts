/** Counts since the boot of a server, for operators. */

export class Statistics {
  /** Writes and reads that it answered. */
  writes = 0;
  reads = 0;
  /** Messages to secondaries that were answered, and those that were not. */
  replicationsSucceeded = 0;
  replicationsFailed = 0;
  /** Times that another server's log turned out to differ from this primary's, or ended before what was sent. */
  conflicts = 0;
  /** Entries of its own log that it gave up for a primary's. */
  entriesCut = 0;
  /**
   * How many of these it knew to be acknowledged, which it has to learn anew after a restart: writes that are lost. None
   * unless the mode is asynchronous.
   */
  acknowledgedCut = 0;
  /** Snapshots of its own state, and those of a primary that took the place of its state. */
  snapshotsTaken = 0;
  snapshotsInstalled = 0;
  /** How many failovers it has coordinated to their end. */
  failovers = 0;
}

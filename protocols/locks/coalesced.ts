/** Writes of the whole that share the disk: what changes while it is busy goes into the next write. */

/** Calls `write` so that it begins after each call of what is returned, and resolves when that write has ended. */
export function coalesced(write: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> = Promise.resolve();
  let next: Promise<void> | null = null;
  return () => {
    next ??= running.then(() => {
      running = next as Promise<void>;
      next = null;
      return write();
    });
    return next;
  };
}

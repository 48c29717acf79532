/** Delta debugging: Zeller and Hildebrandt, *Simplifying and Isolating Failure-Inducing Input* (TSE 2002), §3. */

/**
 * The smallest list found for which `fails` still says yes, by leaving out ever smaller parts. Without one of its items
 * it does not fail any more, unless `fails` gave up in between.
 * @param items a list for which `fails` says yes
 */
export async function minimal<T>(
  items: readonly T[],
  fails: (subset: readonly T[]) => Promise<boolean>,
): Promise<readonly T[]> {
  if (items.length === 0) return items;
  if (await fails([])) return [];
  let kept = items;
  let parts = Math.min(2, kept.length);
  while (kept.length > 1) {
    const size = Math.ceil(kept.length / parts);
    let isSmaller = false;
    for (let start = 0; start < kept.length; ) {
      const rest = [...kept.slice(0, start), ...kept.slice(start + size)];
      if (rest.length > 0 && rest.length < kept.length && (await fails(rest))) {
        kept = rest;
        isSmaller = true;
        // The next part has moved to where this one was.
      } else start += size;
    }
    if (isSmaller) parts = Math.min(kept.length, Math.max(2, parts - 1));
    else if (size === 1) break;
    else parts = Math.min(kept.length, parts * 2);
  }
  return kept;
}

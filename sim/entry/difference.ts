/** Where two runs that should be the same part. */
import type { Outcome, TraceEvent } from '../index.ts';

/** In words, the first event in which two fully recorded runs of one seed differ; undefined if they do not. */
export function firstDifference(first: Outcome, second: Outcome): string | undefined {
  if (first.fingerprint === second.fingerprint) return undefined;
  const [one, two] = [first.full?.trace ?? [], second.full?.trace ?? []];
  for (let i = 0; i < Math.max(one.length, two.length); i += 1) {
    if (JSON.stringify(one[i]) === JSON.stringify(two[i])) continue;
    return `event ${(one[i] ?? two[i])!.event}: first ${told(one[i])}, then ${told(two[i])}`;
  }
  return 'the same events carried different contents';
}

function told(event: TraceEvent | undefined): string {
  if (event === undefined) return 'nothing';
  const { atUs, host, type, detail } = event;
  const where = host === undefined ? '' : ` at ${host}`;
  const what = detail === undefined ? '' : ` ${JSON.stringify(detail)}`;
  return `${type}${where} at ${(atUs / 1_000_000).toFixed(6)} s${what}`;
}

/** Which operations of a script a violation speaks of: what is left of them first, before one by one. */
import type { Operation, Violation } from '../../check/index.ts';
import type { ScriptedOperation } from '../scenario/index.ts';

type Script = readonly ScriptedOperation[];

/** Smaller scripts, the smallest first, each with at least one operation and not all of them. */
export function witnessScripts(script: Script, violation: Violation | undefined): Script[] {
  if (violation === undefined) return [];
  const { core, key } = (violation.evidence ?? {}) as { core?: unknown; key?: unknown };
  const words = new Set(violation.message.match(/[\w/.-]+/g) ?? []);
  const operations = (Array.isArray(core) ? core : []) as readonly Operation[];
  const isInCore = (own: ScriptedOperation) =>
    operations.some(
      ({ client, f, key, value }) =>
        client === own.client &&
        f === own.f &&
        key === own.key &&
        JSON.stringify(value) === JSON.stringify(own.value),
    );
  const isOfKey = (own: ScriptedOperation) =>
    own.key !== undefined && (key === undefined ? words.has(own.key) : own.key === key);
  const isOfClient = (own: ScriptedOperation) => words.has(own.client);
  const filters = [
    isInCore,
    (own: ScriptedOperation) => isOfKey(own) && isOfClient(own),
    isOfKey,
    isOfClient,
  ];
  const found = new Map<string, Script>();
  for (const filter of filters) {
    const kept = script.filter(filter);
    if (kept.length > 0 && kept.length < script.length) found.set(JSON.stringify(kept), kept);
  }
  return [...found.values()].sort((left, right) => left.length - right.length);
}

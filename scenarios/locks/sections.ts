/** What a lock between tasks promises, read off the host on which they run. */
import type { SectionsView } from '../../protocols/locks/index.ts';
import { type AlwaysClaim, type Check, type SometimesClaim, sometimes } from '../../sim/index.ts';

const viewOf = (up: boolean, state: unknown): SectionsView | undefined => {
  const view = up ? (state as SectionsView | undefined) : undefined;
  return view?.role === 'sections' ? view : undefined;
};

export const sectionsAreExclusive: AlwaysClaim = {
  name: 'sections-exclusive',
  about:
    'One task at a time is in a critical section of a key, and no change that one made is lost to another.',
  kind: 'always',
  start: () => ({
    observe({ host, up, state, atUs }) {
      const view = viewOf(up, state);
      if (view === undefined) return undefined;
      const taskOf = new Map<string, number>();
      for (const { key, task } of view.inside) {
        const other = taskOf.get(key);
        taskOf.set(key, task);
        // One task may name a key twice.
        if (other === undefined || other === task) continue;
        const message = `tasks ${other} and ${task} are both in a critical section of "${key}" at ${host}`;
        return { check: sectionsAreExclusive.name, message, atUs, evidence: { key, tasks: [other, task] } };
      }
      const lost = view.counters.find(({ writes, value }) => writes !== value);
      if (lost === undefined) return undefined;
      const message = `"${lost.key}" was counted up ${lost.writes} times at ${host}, and says ${lost.value}`;
      return { check: sectionsAreExclusive.name, message, atUs, evidence: lost };
    },
  }),
};

/** Without that a run proves nothing about locks that end. */
const sectionStopped: SometimesClaim = sometimes(
  'section-stopped',
  'A critical section is left in the midst of it, since its lock is lost.',
  ({ up, state }) => (viewOf(up, state)?.stopped ?? 0) > 0,
);

const { about: exclusiveAbout } = sectionsAreExclusive;

export const sectionChecks: readonly Check[] = [
  {
    ...{ name: sectionsAreExclusive.name, about: exclusiveAbout, options: {} },
    kind: 'always',
    claim: () => sectionsAreExclusive,
  },
  {
    ...{ name: sectionStopped.name, about: sectionStopped.about, options: {} },
    kind: 'sometimes',
    claim: () => sectionStopped,
  },
];

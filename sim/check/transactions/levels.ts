/**
 * Isolation levels as what they forbid. Levels and phenomena G0 to G2 are Adya's ("Weak Consistency: A Generalized
 * Theory and Optimistic Implementations for Distributed Transactions", MIT 1999, chapters 3 and 4); snapshot isolation
 * is the generalized one, which may read from any past snapshot, and forbids every cycle in which no two
 * anti-dependencies are adjacent (Cerone & Gotsman, "Analysing Snapshot Isolation", PODC 2016, theorem 9); the
 * session and real-time variants are those of Daudjee & Salem (VLDB 2006) and of Elle (Kingsbury & Alvaro, "Elle:
 * Inferring Isolation Anomalies from Experimental Observations", VLDB 2020, section 6).
 */

/** From weak to strong; the relation is a lattice, see `weaker`. */
export const isolationLevels = [
  'read-uncommitted',
  'read-committed',
  'repeatable-read',
  'snapshot-isolation',
  'serializable',
  'strong-session-snapshot-isolation',
  'strong-session-serializable',
  'strong-snapshot-isolation',
  'strict-serializable',
] as const;

export type IsolationLevel = (typeof isolationLevels)[number];

type Suffix = '' | '-process' | '-realtime';

/** A cycle of dependencies, by its kinds of edges; the suffix says that it needs an order of sessions or of time. */
export type CycleAnomalyName = `${'G0' | 'G1c' | 'G-single' | 'G-nonadjacent' | 'G2-item'}${Suffix}`;

export type PlainAnomalyName =
  | 'G1a'
  | 'G1b'
  | 'internal'
  | 'future-read'
  | 'dirty-update'
  | 'lost-update'
  | 'duplicate-elements'
  | 'incompatible-order'
  | 'cyclic-versions'
  | 'garbage-read';

export type AnomalyName = CycleAnomalyName | PlainAnomalyName;

/** One line for each anomaly. */
export const anomaliesAbout: Readonly<Record<PlainAnomalyName, string>> & Readonly<Record<string, string>> = {
  G0: 'write cycle: transactions overwrite each other in opposite orders (Adya 4.2.1)',
  G1a: 'aborted read: a committed transaction read what an aborted one wrote (Adya 4.2.2)',
  G1b: 'intermediate read: a transaction read a version that its writer replaced before it committed (Adya 4.2.2)',
  G1c: 'circular information flow: a cycle of writes and reads (Adya 4.2.2)',
  'G-single': 'read skew: a cycle with exactly one anti-dependency (Adya 4.4.1)',
  'G-nonadjacent':
    'a cycle with anti-dependencies, no two of them adjacent (Cerone & Gotsman 2016, theorem 9)',
  'G2-item': 'write skew: a cycle with anti-dependencies on items (Adya 4.2.3)',
  internal: 'a read contradicts what its own transaction did or read before (Cerone et al. 2015, INT)',
  'future-read': 'a transaction read what it wrote only later',
  'dirty-update': 'a committed write builds on an aborted one (Elle 6.1)',
  'lost-update': 'two transactions read the same version and both replaced it (Adya 4.4.1)',
  'duplicate-elements': 'what was appended once is in a list twice (Elle 6.1)',
  'incompatible-order': 'two reads show a key in orders of which neither continues the other (Elle 6.1)',
  'cyclic-versions': 'the versions of a key are inferred to follow each other in a circle (Elle 6.1)',
  'garbage-read': 'a read returned what nobody ever wrote (Elle 6.1)',
};

/** The levels directly below; what satisfies a level satisfies these. */
const weaker: Readonly<Record<IsolationLevel, readonly IsolationLevel[]>> = {
  'read-uncommitted': [],
  'read-committed': ['read-uncommitted'],
  'repeatable-read': ['read-committed'],
  'snapshot-isolation': ['read-committed'],
  serializable: ['repeatable-read', 'snapshot-isolation'],
  'strong-session-snapshot-isolation': ['snapshot-isolation'],
  'strong-session-serializable': ['serializable', 'strong-session-snapshot-isolation'],
  'strong-snapshot-isolation': ['strong-session-snapshot-isolation'],
  'strict-serializable': ['strong-session-serializable', 'strong-snapshot-isolation'],
};

const skews = ['G-single', 'G-nonadjacent'] as const;
const dirtyCycles = ['G0', 'G1c'] as const;

function withSuffix<Name extends string, End extends string>(names: readonly Name[], suffix: End) {
  return names.map((name): `${Name}${End}` => `${name}${suffix}`);
}

/** What a level forbids that no weaker one does. */
const forbidden: Readonly<Record<IsolationLevel, readonly AnomalyName[]>> = {
  // PL-1. Versions have one total order and every version has a writer: Adya's histories know nothing else.
  'read-uncommitted': ['G0', 'duplicate-elements', 'garbage-read'],
  // PL-2. A cycle of inferred versions shows G1c, since every inference from reads presumes that there is none.
  'read-committed': [
    ...['G1a', 'G1b', 'G1c', 'future-read'],
    ...['dirty-update', 'incompatible-order', 'cyclic-versions'],
  ] as AnomalyName[],
  // PL-2.99
  'repeatable-read': [...skews, 'G2-item', 'lost-update', 'internal'],
  'snapshot-isolation': [...skews, 'lost-update', 'internal'],
  // PL-3. Predicates are not known here, so it forbids no more than PL-2.99.
  serializable: ['G2-item'],
  'strong-session-snapshot-isolation': withSuffix([...dirtyCycles, ...skews], '-process'),
  'strong-session-serializable': ['G2-item-process'],
  'strong-snapshot-isolation': withSuffix([...dirtyCycles, ...skews], '-realtime'),
  // PL-SS
  'strict-serializable': ['G2-item-realtime'],
};

/** The levels that these anomalies rule out, and those that they leave possible, from weak to strong. */
export interface Levels {
  readonly ruledOut: readonly IsolationLevel[];
  readonly possible: readonly IsolationLevel[];
}

export function levelsGiven(anomalies: Iterable<AnomalyName>): Levels {
  const found = new Set(anomalies);
  const out = new Set<IsolationLevel>();
  // The list goes from weak to strong, so what is weaker has been decided before.
  for (const level of isolationLevels) {
    const isDirect = forbidden[level].some((name) => found.has(name));
    if (isDirect || weaker[level].some((below) => out.has(below))) out.add(level);
  }
  return {
    ruledOut: isolationLevels.filter((level) => out.has(level)),
    possible: isolationLevels.filter((level) => !out.has(level)),
  };
}

/** @throws RangeError listing all levels if none is called so */
export function isolationLevelNamed(name: string): IsolationLevel {
  const level = isolationLevels.find((known) => known === name);
  if (level !== undefined) return level;
  throw new RangeError(`there is no isolation level "${name}"; the levels are ${isolationLevels.join(', ')}`);
}

/** A module of jobs that does not load. */
throw new Error('not today');

export {};

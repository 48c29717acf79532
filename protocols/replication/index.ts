/** Copies of a map: with a primary, and without one. */

export * from './leaderless/index.ts';
export { primarySecondary, primarySecondaryWith } from './primary-secondary/index.ts';
export { quorumsOf } from './primary-secondary/quorums.ts';
export type { PrimarySecondaryView } from './primary-secondary/view.ts';

export * from './history.ts';
export * from './linearizable/judge.ts';
export * from './models.ts';
export * from './timeline.ts';
export * from './verdict.ts';

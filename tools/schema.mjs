// Writes what is made from the schema of scenario files: schema.json for editors, and docs/scenarios.md for people.
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { reference } from '../dist/reports/index.js';
import { faultPages, scenarioJsonSchema, targetsAbout } from '../dist/sim/search/scenario/index.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const schema = scenarioJsonSchema();
mkdirSync(`${root}/docs`, { recursive: true });
writeFileSync(`${root}/schema.json`, `${JSON.stringify(schema, null, 2)}\n`);
writeFileSync(`${root}/docs/scenarios.md`, reference({ schema, faults: faultPages, targets: targetsAbout }));
execFileSync(
  process.execPath,
  ['node_modules/@biomejs/biome/bin/biome', 'format', '--write', 'schema.json'],
  {
    cwd: root,
    stdio: 'inherit',
  },
);

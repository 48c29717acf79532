// Writes schema.json, the JSON Schema of scenario files for editors, from the built package.
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { scenarioJsonSchema } from '../dist/sim/search/scenario/index.js';

const root = fileURLToPath(new URL('..', import.meta.url));
writeFileSync(`${root}/schema.json`, `${JSON.stringify(scenarioJsonSchema(), null, 2)}\n`);
execFileSync(
  process.execPath,
  ['node_modules/@biomejs/biome/bin/biome', 'format', '--write', 'schema.json'],
  {
    cwd: root,
    stdio: 'inherit',
  },
);

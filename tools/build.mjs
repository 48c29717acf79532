/** `npm run build`: compiles to `dist`, and the benchmarks, where they exist, to `dist-bench`. */
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

process.chdir(fileURLToPath(new URL('..', import.meta.url)));
const require = createRequire(import.meta.url);
const manifest = JSON.parse(readFileSync('package.json', 'utf8'));

clean();
compile();
makeExecutable();
await bundleBenchmarks();

function clean() {
  for (const folder of ['dist', 'dist-bench']) rmSync(folder, { recursive: true, force: true });
}

function compile() {
  const compiler = require.resolve('typescript/bin/tsc');
  try {
    execFileSync(process.execPath, [compiler, '-p', 'tsconfig.json'], { stdio: 'inherit' });
  } catch {
    // The compiler has said what is wrong.
    process.exit(1);
  }
}

function makeExecutable() {
  for (const file of Object.values(manifest.bin)) {
    if (existsSync(file)) chmodSync(file, 0o755);
  }
}

/** The benchmarks import the TypeScript sources: one file, with the packages left outside. */
async function bundleBenchmarks() {
  if (!existsSync('test/bench/main.ts')) return;
  const { build } = await import('esbuild');
  await build({
    entryPoints: ['test/bench/main.ts'],
    outbase: '.',
    outdir: 'dist-bench',
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    target: 'node20',
    sourcemap: 'linked',
  });
}

/** Where this very copy of skerry lives, in TypeScript or compiled, and which version it is. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

/** Whether this runs from the TypeScript sources (as tests do) or from what the compiler made of them. */
export const runsFromSource: boolean = import.meta.url.endsWith('.ts');

/** The folder of `sim`, `protocols` and so on: that of the package, or `dist` in it. */
export const codeRoot = new URL('../../', import.meta.url);
const packageRoot = runsFromSource ? codeRoot : new URL('../', codeRoot);

const Manifest = z.object({
  version: z.string(),
  exports: z.record(z.string(), z.union([z.string(), z.object({ default: z.string() })])),
});
let manifest: z.infer<typeof Manifest> | undefined;

function readManifest(): z.infer<typeof Manifest> {
  manifest ??= Manifest.parse(JSON.parse(readFileSync(new URL('package.json', packageRoot), 'utf8')));
  return manifest;
}

export const version = (): string => readManifest().version;

/** A compiled file of the package (`./dist/sim/index.js`) as it is called here. */
function here(file: string): string {
  const url = new URL(file, packageRoot);
  if (!runsFromSource) return fileURLToPath(url);
  return fileURLToPath(new URL(file.replace(/^\.\/dist\//, './').replace(/\.js$/, '.ts'), packageRoot));
}

/**
 * The file that `import … from 'skerry/host'` means in this installation; undefined if the package exports no such
 * thing.
 */
export function resolveOwn(specifier: string): string | undefined {
  const subpath = `.${specifier.slice('skerry'.length)}`;
  for (const [key, target] of Object.entries(readManifest().exports)) {
    const file = typeof target === 'string' ? target : target.default;
    if (key === subpath) return here(file);
    const star = key.indexOf('*');
    if (star < 0 || !subpath.startsWith(key.slice(0, star))) continue;
    const name = subpath.slice(star, subpath.length - (key.length - star - 1));
    if (name !== '' && !name.includes('..')) return here(file.replaceAll('*', name));
  }
  return undefined;
}

import { createHash, randomUUID } from 'node:crypto';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const entry = fileURLToPath(new URL('./pglite-worker.ts', import.meta.url));

/**
 * Bundles the PGlite thread into `folder`, which must lie where `@electric-sql/pglite` is found (inside the checkout).
 * A worker cannot run TypeScript on every Node that Systole supports, so also what runs from sources needs it. The file
 * is named by its content: builds side by side do not disturb one another.
 */
export async function bundleWorker(folder: string): Promise<URL> {
  const { outputFiles } = await build({
    entryPoints: [entry],
    // It finds its WebAssembly beside its own modules.
    external: ['@electric-sql/pglite'],
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    write: false,
  });
  const content = outputFiles[0]!.contents;
  const hash = createHash('sha256').update(content).digest('hex').slice(0, 12);
  const path = join(folder, `pglite-worker-${hash}.js`);
  await mkdir(folder, { recursive: true });
  const part = `${path}.${randomUUID()}`;
  await writeFile(part, content);
  await rename(part, path);
  return pathToFileURL(path);
}

#!/usr/bin/env node
// Starts the command line from sources: installs what is missing, bundles cli/main.ts (a tenth of a second) and runs it.
import '../scripts/ensure-install.mjs';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

// Node 20 is supported here as long as the pinned SDK supports it; its notice would precede every answer.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const { build } = await import('esbuild');

// Sources find files beside themselves through import.meta.url, which in a bundle would be the bundle's own.
const ownPlaces = {
  name: 'own-places',
  setup({ onLoad }) {
    onLoad({ filter: /\.ts$/ }, async ({ path }) => ({
      contents: (await readFile(path, 'utf8')).replaceAll(
        'import.meta.url',
        JSON.stringify(pathToFileURL(path).href),
      ),
      loader: 'ts',
    }));
  },
};

const outfile = join(root, '.systole', 'build', 'cli', 'main.mjs');
const { outputFiles } = await build({
  entryPoints: [join(root, 'cli', 'main.ts')],
  outfile,
  write: false,
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'esm',
  packages: 'external',
  sourcemap: 'linked',
  plugins: [ownPlaces],
  logLevel: 'warning',
});
// Each file whole or not at all: another command may be reading or writing it at the same time.
await mkdir(dirname(outfile), { recursive: true });
for (const { path, contents } of outputFiles) {
  await writeFile(`${path}.${process.pid}`, contents);
  await rename(`${path}.${process.pid}`, path);
}
process.setSourceMapsEnabled(true);
const { main } = await import(pathToFileURL(outfile).href);
process.exitCode = await main(process.argv.slice(2));

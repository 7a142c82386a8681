import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { codecBinaries, installedCodec } from '../echo/frames/codec-options.ts';
import { type FunctionName, functions, type ProgramName, programs } from './description.ts';

/** The checkout. */
export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** What is stored with every prediction: the package's version and, in a git checkout, the commit. */
export function codeVersion(): string {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  try {
    const commit = execFileSync('git', ['rev-parse', '--short=10', 'HEAD'], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    return `${version}+${commit.toString().trim()}`;
  } catch {
    return version;
  }
}

/** In two parts, since the command line replaces the whole expression in sources by the place of the source. */
const ownUrl = `${'import.meta'}.url`;

interface Bundle {
  readonly entry: string;
  readonly external: readonly string[];
}

/**
 * Bundles an entry into one ECMAScript module `outFile`, the same for AWS and for the embedded cloud. Packages named
 * `external` are copied beside it as `node_modules` when `withExternals` says so (a Lambda package must hold them; on
 * this machine they are found in the checkout).
 */
export async function bundle({ entry, external }: Bundle, outFile: string): Promise<void> {
  const { metafile } = await build({
    absWorkingDir: root,
    metafile: true,
    entryPoints: [join(root, entry)],
    outfile: outFile,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    // Several dependencies' CommonJS builds are twice the size of their module builds.
    mainFields: ['module', 'main'],
    // CommonJS dependencies call require and look at __dirname, which a module has not.
    banner: {
      js: `import { createRequire as systoleRequire } from 'node:module'; const require = systoleRequire(${ownUrl}), systoleFolder = require('node:path').dirname(require('node:url').fileURLToPath(${ownUrl}));`,
    },
    define: { SYSTOLE_CODE_VERSION: JSON.stringify(codeVersion()), __dirname: 'systoleFolder' },
    external: [...external],
    loader: { '.wasm': 'binary' },
    minify: true,
    keepNames: true,
    sourcemap: false,
    legalComments: 'none',
    logLevel: 'warning',
  });
  if ('shared/echo/frames/codec-options.ts' in metafile.inputs) copyCodecs(dirname(outFile));
}

/** The codecs of echo/ look for their WebAssembly beside the bundle. */
function copyCodecs(folder: string): void {
  const { resolve } = createRequire(join(root, 'package.json'));
  for (const file of Object.keys(codecBinaries) as (keyof typeof codecBinaries)[])
    cpSync(installedCodec(file, resolve), join(folder, file));
}

export const bundleFunction = (name: FunctionName, folder: string): Promise<void> =>
  bundle(functions[name], join(folder, 'index.mjs'));

export const bundleProgram = (name: ProgramName, folder: string): Promise<void> =>
  bundle(programs[name], join(folder, `${name}.mjs`));

/** What the GPU image runs before a program. */
export const bundleSelfCheck = (folder: string): Promise<void> =>
  bundle(
    { entry: 'batch-jobs/self-check/main.ts', external: programs.infer.external },
    join(folder, 'self-check.mjs'),
  );

/**
 * The part of onnxruntime-node that runs on one platform (46 MB rather than 500), with onnxruntime-common.
 * Source: docs/models.md, "Slim runtime".
 */
export function copyOnnxRuntime(
  folder: string,
  platform: 'linux' = 'linux',
  architecture: 'x64' | 'arm64' = 'x64',
): void {
  const modules = join(root, 'node_modules');
  const wanted = [
    'onnxruntime-node/package.json',
    'onnxruntime-node/dist',
    `onnxruntime-node/bin/napi-v6/${platform}/${architecture}`,
    'onnxruntime-common/package.json',
    'onnxruntime-common/dist/cjs',
  ];
  for (const path of wanted) {
    const target = join(folder, 'node_modules', path);
    mkdirSync(dirname(target), { recursive: true });
    cpSync(join(modules, path), target, {
      recursive: true,
      // Maps and the CUDA and TensorRT providers are of no use without a GPU.
      filter: (source) => !/\.map$|providers_(cuda|tensorrt)/.test(basename(source)),
    });
  }
}

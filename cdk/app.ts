import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { buildAll } from '../shared/deployment/build.ts';
import { packagesOf } from './packages.ts';
import { systoleApp } from './systole-app.ts';

const output = process.env.CDK_OUTDIR;
// The CDK leaves the assets of every synthesis before, which hold a runtime of 46 MB each.
if (output !== undefined && existsSync(output))
  for (const name of readdirSync(output))
    if (name.startsWith('asset.')) rmSync(join(output, name), { recursive: true, force: true });

systoleApp(packagesOf(await buildAll())).synth();

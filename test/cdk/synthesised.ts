import { cpSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Template } from 'aws-cdk-lib/assertions';
import { type SystoleApp, systoleApp } from '../../cdk/systole-app.ts';
import { root } from '../../shared/deployment/bundle.ts';
import { type FunctionName, functions } from '../../shared/deployment/description.ts';

export interface Synthesised {
  readonly app: SystoleApp;
  readonly data: Template;
  readonly compute: Template;
  readonly edge: Template;
  /** To be removed when the tests are done. */
  readonly folder: string;
}

/** The stacks as `cdk synth` makes them, with packages that hold next to nothing in place of the bundles. */
export function synthesise(settings: Readonly<Record<string, unknown>> = {}): Synthesised {
  const folder = mkdtempSync(join(tmpdir(), 'systole-cdk-'));
  for (const name of Object.keys(functions) as FunctionName[]) {
    mkdirSync(join(folder, name));
    writeFileSync(join(folder, name, 'index.mjs'), `// ${name}\n`);
  }
  cpSync(join(root, 'batch-jobs', 'image'), join(folder, 'image'), { recursive: true });
  const { context } = JSON.parse(readFileSync(join(root, 'cdk.json'), 'utf8')) as {
    context: Record<string, unknown>;
  };
  const given = Object.fromEntries(Object.entries(settings).map(([key, value]) => [`systole:${key}`, value]));
  const app = systoleApp(
    { functionFolder: (name) => join(folder, name), imageFolder: join(folder, 'image') },
    { outdir: join(folder, 'out'), context: { ...context, ...given } },
  );
  return {
    app,
    data: Template.fromStack(app.data),
    compute: Template.fromStack(app.compute),
    edge: Template.fromStack(app.edge),
    folder,
  };
}

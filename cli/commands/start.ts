import { once } from 'node:events';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Outcome, outcomes } from '../../shared/catalog/overview.ts';
import { root } from '../../shared/deployment/bundle.ts';
import { pageKey } from '../../shared/reports/page-key.ts';
import type { Command } from '../command.ts';
import { localFiles } from '../files.ts';
import { indexPage } from '../index-page.ts';
import { startEmbedded } from '../open-target.ts';
import { showOutcomes } from '../outcome-table.ts';
import { writeSamples } from '../samples.ts';
import type { Target } from '../target.ts';
import { upload } from '../upload.ts';
import { waitForScores } from '../wait.ts';

const prefix = 'samples/';

export const start: Command = {
  name: 'start',
  usage: '[--once] [--no-samples]',
  summary: 'Starts the embedded cloud, scores generated samples and shows where their pages are.',
  async run(args, stop) {
    const { values } = parseArgs({
      args: [...args],
      options: { once: { type: 'boolean' }, 'no-samples': { type: 'boolean' } },
    });
    const cloud = await startEmbedded({});
    try {
      if (!values['no-samples']) await scoreSamples(cloud.target, stop);
      if (values.once) return 0;
      process.stdout.write(`${cloud.welcome()}\n`);
      if (!stop.aborted) await once(stop, 'abort');
      return 0;
    } finally {
      process.stderr.write('Stopping ...\n');
      await cloud.close();
    }
  },
};

/**
 * Generates samples, uploads and scores them, and saves their pages. A second start uploads the same bytes under the
 * same names: the catalog knows them and nothing is scored twice.
 */
async function scoreSamples(target: Target, stop: AbortSignal): Promise<void> {
  const folder = join(root, '.systole', 'samples');
  await writeSamples(folder);
  const files = await localFiles([folder]);
  await upload(target, files, prefix, stop);
  await waitForScores(target, prefix, files.length, stop);

  const pages = join(root, '.systole', 'pages');
  await rm(pages, { recursive: true, force: true });
  await mkdir(pages, { recursive: true });
  const all: Outcome[] = [];
  for await (const outcome of outcomes(target.database, prefix))
    if (outcome.state !== 'duplicate') all.push(outcome);
  const saved: { outcome: Outcome; file: string }[] = [];
  for (const outcome of all) {
    if (outcome.id === null || (outcome.state !== 'scored' && outcome.modality !== 'echo')) continue;
    const file = `${outcome.key
      .slice(prefix.length)
      .replace(/\.[a-z]+$/, '')
      .replaceAll('/', '-')}.html`;
    const page = await target.objects.bytes({
      bucket: target.names.bucket('results'),
      key: pageKey(outcome.id),
    });
    await writeFile(join(pages, file), page);
    saved.push({ outcome, file });
  }
  const index = join(pages, 'index.html');
  await writeFile(index, indexPage(saved));
  await showOutcomes(
    (async function* () {
      yield* all;
    })(),
    false,
    prefix,
  );
  process.stdout.write(`\nPages: ${index}\n`);
}

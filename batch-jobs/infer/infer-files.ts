import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { openEngine } from '../../shared/engine/open-engine.ts';
import { readArtifact } from '../../shared/learning/artifact.ts';
import { openModel } from '../../shared/learning/model.ts';
import { predictionsOf } from '../../shared/scoring/predictions.ts';
import { diskFolder } from '../../shared/storage/folder.ts';
import { readSignal } from '../../shared/storage/tensors.ts';

/** The inference program on preprocessed files of this machine: one JSON object a line. */
export async function inferFiles(args: readonly string[], signal: AbortSignal): Promise<void> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { model: { type: 'string' }, threads: { type: 'string' } },
  });
  if (values.model === undefined || positionals.length === 0)
    throw new Error('expected FILE.safetensors... --model FOLDER');
  const engine = await openEngine(values.threads === undefined ? {} : { threads: Number(values.threads) });
  const model = await openModel(await readArtifact(diskFolder(values.model)), engine);
  for (const path of positionals) {
    signal.throwIfAborted();
    const { values: data, samples } = readSignal(await readFile(path));
    const probabilities = await model.score({ leads: model.card.leads.length, samples, data });
    process.stdout.write(
      `${JSON.stringify({ path, predictions: predictionsOf(model.card, probabilities) })}\n`,
    );
  }
  await model.dispose();
}

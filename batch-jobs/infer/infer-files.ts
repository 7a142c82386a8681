import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { maskPixel } from '../../shared/echo/measurement/geometry.ts';
import { measureFrames } from '../../shared/echo/measurement/measure-cine.ts';
import { meanView } from '../../shared/echo/views/mean-view.ts';
import type { Engine } from '../../shared/engine/engine.ts';
import { openEngine } from '../../shared/engine/open-engine.ts';
import { readArtifact } from '../../shared/learning/artifact.ts';
import { openModel } from '../../shared/learning/model.ts';
import { openPictureModel } from '../../shared/learning/pictures/picture-model.ts';
import { readPictureArtifact } from '../../shared/learning/pictures/read-picture-artifact.ts';
import { predictionsOf } from '../../shared/scoring/predictions.ts';
import { diskFolder } from '../../shared/storage/folder.ts';
import { readPreparedCine } from '../../shared/storage/prepared-cine.ts';
import { readSignal } from '../../shared/storage/tensors.ts';
import { segmentCine } from './segment-cine.ts';

/**
 * The inference program on what preprocessing wrote on this machine: one JSON object a line. Files are scored by a model of
 * electrocardiograms; folders, of echo instances, by one of views or of chambers, which leaves `masks.png` in the folder.
 */
export async function inferFiles(args: readonly string[], signal: AbortSignal): Promise<void> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { model: { type: 'string' }, threads: { type: 'string' } },
  });
  if (values.model === undefined || positionals.length === 0)
    throw new Error('expected FILE.safetensors|FOLDER... --model FOLDER');
  const engine = await openEngine(values.threads === undefined ? {} : { threads: Number(values.threads) });
  const isFolder = (await stat(positionals[0]!)).isDirectory();
  const answerer = await (isFolder ? echoModel : ecgModel)(values.model, engine);
  for (const path of positionals) {
    signal.throwIfAborted();
    process.stdout.write(`${JSON.stringify({ path, ...(await answerer.answer(path)) })}\n`);
  }
  await answerer.dispose();
}

interface Answerer {
  answer(path: string): Promise<object>;
  dispose(): Promise<void>;
}

async function ecgModel(folder: string, engine: Engine): Promise<Answerer> {
  const model = await openModel(await readArtifact(diskFolder(folder)), engine);
  return {
    async answer(path) {
      const { values: data, samples } = readSignal(await readFile(path));
      const probabilities = await model.score({ leads: model.card.leads.length, samples, data });
      return { predictions: predictionsOf(model.card, probabilities) };
    },
    dispose: () => model.dispose(),
  };
}

async function echoModel(folder: string, engine: Engine): Promise<Answerer> {
  const { card, members } = await readPictureArtifact(diskFolder(folder));
  if (card.task === 'views') {
    const model = await openPictureModel({ card, members }, engine);
    return {
      async answer(path) {
        const { sampled } = await readPreparedCine(diskFolder(path));
        const { view, probabilities } = meanView(await model.probabilities(sampled.grey), card.classes);
        return { view, probabilities };
      },
      dispose: () => model.dispose(),
    };
  }
  const model = await openPictureModel({ card, members }, engine);
  return {
    async answer(path) {
      const cine = diskFolder(path);
      const { frames, geometry } = await readPreparedCine(cine);
      const { edge } = card.preprocessing;
      const pixel = maskPixel(geometry, { rows: edge, columns: edge });
      const segmented = await segmentCine(cine, frames.length, model, pixel, geometry.frameTimeMs);
      await cine.write('masks.png', segmented.masks);
      const { beats, ef, edv, esv, unmeasurable, doubts } = measureFrames(
        segmented.figures,
        geometry,
        card.view,
      );
      return {
        masks: join(path, 'masks.png'),
        confidences: segmented.confidences,
        beats: beats.map(({ endDiastole, endSystole, ...beat }) => ({
          endDiastole,
          endSystole,
          edv: beat.edv,
          esv: beat.esv,
          ef: beat.ef,
        })),
        ef,
        edv,
        esv,
        unmeasurable,
        doubts,
      };
    },
    dispose: () => model.dispose(),
  };
}

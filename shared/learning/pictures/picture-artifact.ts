import { exportOnnx } from '../../engine/onnx/export-onnx.ts';
import type { Folder } from '../../storage/folder.ts';
import { weightBytes } from '../artifact.ts';
import { memberParameters } from '../model.ts';
import { pictureCardPage } from './picture-card-page.ts';
import { type PictureArtifact, pictureForward } from './picture-model.ts';

/**
 * Writes the folder of a model of pictures: weights, the ONNX graph, card.md and, last, card.json: a folder with a
 * card.json is complete.
 */
export async function writePictureArtifact(folder: Folder, artifact: PictureArtifact): Promise<void> {
  const { card, members } = artifact;
  for (const [i, weights] of members.entries())
    await folder.write(card.members[i]!, weightBytes(weights, card.precision));
  const parameters = memberParameters(artifact);
  try {
    const onnx = await exportOnnx(pictureForward(card, parameters), {
      weights: card.precision,
      metadata: { name: card.name, version: card.version },
    });
    await folder.write(card.onnx[0]!, onnx);
  } finally {
    parameters.dispose();
  }
  await folder.write('card.md', pictureCardPage(card));
  await folder.write('card.json', `${JSON.stringify(card, null, 2)}\n`);
}

import { SystoleError } from '../../errors.ts';
import type { Folder } from '../../storage/folder.ts';
import { readMembers } from '../artifact.ts';
import { parsePictureCard } from './picture-card.ts';
import type { PictureArtifact } from './picture-model.ts';

/**
 * Reads the folder of a model of pictures and checks that it holds what its card says.
 * @throws SystoleError `weights_invalid` as `readArtifact` does
 */
export async function readPictureArtifact(folder: Folder): Promise<PictureArtifact> {
  const bytes = await folder.read('card.json');
  if (bytes === undefined) throw new SystoleError('weights_invalid', 'There is no card.json.');
  const card = parsePictureCard(bytes);
  return { card, members: await readMembers(folder, card) };
}

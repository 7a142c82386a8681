import { createHash } from 'node:crypto';
import type { NamedArray } from '../engine/pass.ts';
import { SystoleError } from '../errors.ts';
import type { Folder } from '../storage/folder.ts';
import { readSafetensors, writeSafetensors } from '../storage/safetensors.ts';
import { float32Values, storedFloat16, storedFloat32 } from '../storage/stored-tensor.ts';
import { type Card, parseCard } from './card.ts';
import { cardPage } from './card-page.ts';
import { cardReliability, reliabilityFile } from './card-reliability.ts';
import type { Weights } from './checkpoint.ts';
import { explainFile, explainOnnx } from './explain-onnx.ts';

export type Precision = 'float32' | 'float16';

/** A trained model as it lies in its folder: the card, which is the manifest, and the weights of its members. */
export interface Artifact {
  readonly card: Card;
  /** One for each of `card.members`. */
  readonly members: readonly Weights[];
}

/** Weights as a safetensors file. */
export function weightBytes(weights: Weights, precision: Precision): Uint8Array {
  const stored = precision === 'float16' ? storedFloat16 : storedFloat32;
  return writeSafetensors(
    new Map([...weights].map(([name, { shape, data }]) => [name, stored(shape, data)])),
  );
}

/** What a model is called by: the first twelve digits of the SHA-256 of its members' weight files. */
export function versionOf(members: readonly Uint8Array[]): string {
  const hash = createHash('sha256');
  for (const bytes of members) hash.update(bytes);
  return hash.digest('hex').slice(0, 12);
}

/**
 * Writes weights, the ONNX graph and that of its gradient, card.md, its picture and, last, card.json: a folder with a
 * card.json is complete.
 * @param onnx the same net as one graph (`modelOnnx`), by the name that the card gives it.
 * @returns the card as written: it names the gradient where the net has one.
 */
export async function writeArtifact(
  folder: Folder,
  { card, members }: Artifact,
  onnx: Uint8Array,
): Promise<Card> {
  const { precision } = card.training.experiment;
  for (const [i, weights] of members.entries()) {
    await folder.write(card.members[i]!, weightBytes(weights, precision));
  }
  await folder.write(card.onnx[0]!, onnx);
  await folder.write('card.md', cardPage(card));
  const reliability = cardReliability(card);
  if (reliability !== undefined) await folder.write(reliabilityFile, reliability);
  const explanation = await explainOnnx({ card, members });
  if (explanation !== undefined) await folder.write(explainFile, explanation);
  const { explain: _, ...rest } = card;
  const written: Card = explanation === undefined ? rest : { ...rest, explain: explainFile };
  await folder.write('card.json', `${JSON.stringify(written, null, 2)}\n`);
  return written;
}

/**
 * Reads a model folder and checks that it holds what its card says.
 * @throws SystoleError `weights_invalid` when a file is missing or broken, the weights are not the ones that the
 * card was written for, or a value is not finite (naming the tensor).
 */
export async function readArtifact(folder: Folder): Promise<Artifact> {
  const cardBytes = await folder.read('card.json');
  if (cardBytes === undefined) throw new SystoleError('weights_invalid', 'There is no card.json.');
  const card = parseCard(cardBytes);
  return { card, members: await readMembers(folder, card) };
}

/**
 * The weights of a card's members.
 * @throws SystoleError `weights_invalid` as `readArtifact` does
 */
export async function readMembers(
  folder: Folder,
  card: { readonly members: readonly string[]; readonly version: string },
): Promise<Weights[]> {
  const files: Uint8Array[] = [];
  for (const name of card.members) {
    const bytes = await folder.read(name);
    if (bytes === undefined)
      throw new SystoleError('weights_invalid', 'A weight file of the card is missing.');
    files.push(bytes);
  }
  if (versionOf(files) !== card.version) {
    throw new SystoleError('weights_invalid', 'The weights are not the ones that the card names.');
  }
  return files.map(readWeights);
}

/** @throws SystoleError `weights_invalid` naming the tensor that holds a value that is not finite. */
function readWeights(bytes: Uint8Array): Weights {
  const weights = new Map<string, NamedArray>();
  for (const [name, tensor] of readSafetensors(bytes).tensors) {
    const data = float32Values(tensor);
    if (!data.every(Number.isFinite)) {
      throw new SystoleError('weights_invalid', `${name} holds a value that is not finite.`);
    }
    weights.set(name, { shape: tensor.shape, data });
  }
  return weights;
}

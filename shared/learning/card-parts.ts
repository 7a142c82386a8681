import * as z from 'zod';
import { SystoleError } from '../errors.ts';

/** NaN (a figure that is not defined on this set) is null in JSON. */
const figure = z.number().nullable();
export const intervalSchema = z.strictObject({ value: figure, low: figure, high: figure });

/** The first twelve digits of the SHA-256 of the weights. */
export const versionSchema = z.string().regex(/^[0-9a-f]{12}$/);

/** What a model was trained on, and how many recordings or pictures of it there were for training and for the figures. */
export const cardDataSchema = z.strictObject({
  name: z.string(),
  attribution: z.string(),
  licence: z.string(),
  training: z.int(),
  validation: z.int(),
});

/** How a model was trained, but for its experiment. */
export const cardTraining = {
  command: z.string(),
  engine: z.string(),
  codeVersion: z.string(),
  seed: z.int(),
  /** Epochs done and the one that was chosen (from 1), for each member. */
  epochs: z.array(z.strictObject({ done: z.int(), chosen: z.int() })),
};

/**
 * Reads a card.json.
 * @throws SystoleError `weights_invalid` naming the key that is wrong.
 */
export function readCard<T>(schema: z.ZodType<T>, bytes: Uint8Array): T {
  let document: unknown;
  try {
    document = JSON.parse(new TextDecoder().decode(bytes));
  } catch (error) {
    throw new SystoleError('weights_invalid', 'card.json is not JSON.', { cause: error });
  }
  const checked = schema.safeParse(document);
  if (checked.success) return checked.data;
  const { path, message } = checked.error.issues[0]!;
  throw new SystoleError('weights_invalid', `card.json: ${path.join('.') || 'file'}: ${message}.`);
}

import { createHash } from 'node:crypto';
import * as z from 'zod';

/** How frames are brought to what a net of pictures takes. */
export const framePreprocessingSchema = z.strictObject({
  frames: z.literal('grey'),
  /** Rows and columns of the result, pixels; the aspect ratio is not kept. */
  edge: z.int().min(1).max(4096),
  /**
   * What is blanked: all outside the ultrasound regions of the header or, without them, the fan; or the top tenth of
   * the rows (the published system); or nothing.
   */
  burnedInText: z.enum(['regions-or-fan', 'top-tenth', 'none']).default('regions-or-fan'),
});

export type FramePreprocessing = z.infer<typeof framePreprocessingSchema>;

/** SHA-256 of a configuration: what prepared frames are named and checked by. */
export function framePreprocessingHash({ frames, edge, burnedInText }: FramePreprocessing): string {
  return createHash('sha256').update(JSON.stringify({ frames, edge, burnedInText })).digest('hex');
}

import * as z from 'zod';
import { interpolate } from './isotonic.ts';
import { sharpened } from './temperature.ts';

/**
 * What turns a net's probabilities into calibrated ones, class by class: a temperature, or the corners of a monotone
 * line. Null for a class that had no recordings of both kinds to fit it on; its probabilities stay as they are.
 */
export const calibrationSchema = z.discriminatedUnion('method', [
  z.strictObject({
    method: z.literal('temperature'),
    temperatures: z.array(z.number().positive().nullable()),
  }),
  z.strictObject({
    method: z.literal('isotonic'),
    lines: z.array(z.array(z.tuple([z.number(), z.number()])).nullable()),
  }),
]);

export type Calibration = z.infer<typeof calibrationSchema>;

/**
 * The calibrated probability of one class.
 * @param index the class's place among the model's classes.
 */
export function calibrate(calibration: Calibration, index: number, probability: number): number {
  if (calibration.method === 'temperature') {
    const temperature = calibration.temperatures[index];
    return temperature == null ? probability : sharpened(probability, temperature);
  }
  const line = calibration.lines[index];
  return line == null ? probability : interpolate(line, probability);
}

/**
 * A model's answer for one recording as its card calibrates it; every way that a recording is scored ends here.
 * @param probabilities of the net, one a class.
 */
export function calibrated(
  { calibration }: { readonly calibration?: Calibration | undefined },
  probabilities: Float32Array,
): Float32Array {
  return calibration === undefined
    ? probabilities
    : probabilities.map((probability, index) => calibrate(calibration, index, probability));
}

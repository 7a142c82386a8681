import type { EcgExplanation } from '../catalog/ecg-findings.ts';
import type { Prediction } from '../catalog/recordings.ts';
import type { PreprocessedRecording } from '../ecg/preprocessing.ts';
import { standardLeads } from '../ecg/recording.ts';
import type { Card } from '../learning/card.ts';
import { chunkStarts } from '../nets/chunk-starts.ts';
import { integratedGradients, type ModelGradient } from './integrated-gradients.ts';

/** Seconds of a bin of the stored map, and bins at most: of a longer recording they are longer. */
const shortestBin = 0.1;
const mostBins = 600;
/** Windows of a recording that is explained: a minute and a half of ten-second ones; more would cost more than the scores. */
const mostWindows = 12;
/** Whole steps of the map on either side of 0. */
const steps = 99;

/**
 * Which leads and which tenths of a second moved the strongest called label of a recording: its integrated gradients,
 * by the model's first member.
 *
 * @returns undefined where no label is called, for a net that does not cut recordings into chunks, and for a recording of
 * more than twelve of them.
 */
export async function explain(
  card: Card,
  gradientOf: ModelGradient,
  recording: PreprocessedRecording,
  predictions: readonly Prediction[],
): Promise<EcgExplanation | undefined> {
  const called = predictions.filter(({ positive }) => positive);
  if (called.length === 0 || card.net.name !== 'dsail') return undefined;
  const strongest = called.reduce((best, one) => (one.probability > best.probability ? one : best));
  const { chunk, chunkStride } = card.net;
  const { samples, rate, values } = recording;
  const starts = chunkStarts(samples, { length: chunk, stride: chunkStride });
  if (starts.length > mostWindows) return undefined;
  const {
    values: moved,
    logit,
    baselineLogit,
  } = await integratedGradients(
    gradientOf,
    { leads: standardLeads.length, samples, data: values },
    starts,
    chunk,
    card.classes.indexOf(strongest.label),
    card.classes.length,
  );
  const binSeconds = Math.max(shortestBin, samples / rate / mostBins);
  const binSamples = Math.max(1, Math.round(binSeconds * rate));
  const sums = standardLeads.map((_, lead) =>
    binned(moved.subarray(lead * samples, (lead + 1) * samples), binSamples),
  );
  const sizes = sums.map((bins) => bins.reduce((sum, value) => sum + Math.abs(value), 0));
  const all = sizes.reduce((sum, size) => sum + size, 0) || 1;
  const largest = Math.max(...sums.flat().map(Math.abs)) || 1;
  return {
    label: strongest.label,
    logit,
    baselineLogit,
    leads: Object.fromEntries(standardLeads.map((name, lead) => [name, sizes[lead]! / all])),
    binSeconds: binSamples / rate,
    map: Object.fromEntries(
      standardLeads.map((name, lead) => [
        name,
        sums[lead]!.map((value) => Math.round((steps * value) / largest)),
      ]),
    ),
  };
}

function binned(values: Float32Array, size: number): number[] {
  const bins: number[] = [];
  for (let start = 0; start < values.length; start += size) {
    let sum = 0;
    for (let i = start; i < Math.min(start + size, values.length); i++) sum += values[i]!;
    bins.push(sum);
  }
  return bins;
}

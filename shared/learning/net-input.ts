import type { NetConfiguration } from '../nets/configuration.ts';
import type { Signal } from './augmentation/augmentation.ts';
import { spectrogramInput, spectrogramSamples } from './spectrogram-input.ts';
import { channelsLast, chunkWindows, windowOf } from './windows.ts';

/** What a net takes of a recording. Nothing here loads tf.js: the edge cuts recordings too. */
export interface NetInput {
  /** Samples of a window in which a recording is scored. */
  readonly samples: number;
  /** One input without its batch dimension, for windows of so many samples. */
  inputShape(samples: number): readonly number[];
  /** A window of a signal, [lead, sample], as the net takes it. */
  input(window: Signal): Float32Array;
  /** The windows in which a recording is scored. */
  windows(signal: Signal): Signal[];
}

/** Where the pulmonary-embolism system cuts its one window for scoring (of recordings of 5000 samples). */
const windowStart = 451;

/** @throws RangeError for a net that does not answer for electrocardiograms. */
export function netInput(configuration: NetConfiguration): NetInput {
  switch (configuration.name) {
    case 'dsail': {
      const { leads, chunk, chunkStride } = configuration;
      return {
        samples: chunk,
        inputShape: (samples) => [samples, leads],
        input: channelsLast,
        windows: (signal) => chunkWindows(signal, chunk, chunkStride),
      };
    }
    case 'pe-spectrogram-resnet18-attention': {
      const { frequencies, times, leads } = configuration;
      return {
        ...oneWindow(spectrogramSamples(times)),
        inputShape: () => [frequencies, times, leads],
        input: spectrogramInput,
      };
    }
    case 'pe-baseline':
    case 'pe-resnet18-attention':
    case 'pe-resnet18-recurrent':
    case 'pe-resnet18-encoder': {
      const { samples, leads } = configuration;
      return { ...oneWindow(samples), inputShape: () => [samples, leads], input: channelsLast };
    }
    default:
      throw new RangeError(`${configuration.name} does not answer for electrocardiograms.`);
  }
}

function oneWindow(samples: number): Pick<NetInput, 'samples' | 'windows'> {
  return {
    samples,
    windows(signal) {
      const start = Math.max(0, Math.min(windowStart, signal.samples - samples));
      return [windowOf(signal, start, samples)];
    },
  };
}

/** The windows of a recording one after the other, [window, ...], as a net takes them, and their number. */
export function inputsOf(
  net: NetInput,
  signal: Signal,
): { readonly signals: Float32Array; readonly windows: number } {
  const inputs = net.windows(signal).map((window) => net.input(window));
  const size = inputs[0]!.length;
  const signals = new Float32Array(inputs.length * size);
  for (const [index, input] of inputs.entries()) signals.set(input, index * size);
  return { signals, windows: inputs.length };
}

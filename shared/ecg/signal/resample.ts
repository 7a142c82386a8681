import { fft } from './fft.ts';

/**
 * Resamples by cutting or padding the spectrum, as scipy.signal.resample does for real input without a window: the
 * signal is taken as periodic, and the bin at the smaller Nyquist frequency is shared between its two ends.
 *
 * Two signals go through one complex transform, one as its real and one as its imaginary part: `real` and
 * `imaginary` hold them (the imaginary one may be zero) and are overwritten; the results are written to
 * `outReal` and `outImaginary`, whose length is the number of samples wanted.
 *
 * @throws RangeError when a length is 0.
 */
export function resample(
  real: Float64Array,
  imaginary: Float64Array,
  outReal: Float64Array,
  outImaginary: Float64Array,
): void {
  const length = real.length;
  const samples = outReal.length;
  if (samples === length) {
    outReal.set(real);
    outImaginary.set(imaginary);
    return;
  }
  fft(length).forward(real, imaginary);

  const kept = Math.min(length, samples);
  const scale = samples / length;
  outReal.fill(0);
  outImaginary.fill(0);
  for (let k = 0; k < kept - (kept >> 1); k++) {
    outReal[k] = real[k]! * scale;
    outImaginary[k] = imaginary[k]! * scale;
    if (k > 0) {
      outReal[samples - k] = real[length - k]! * scale;
      outImaginary[samples - k] = imaginary[length - k]! * scale;
    }
  }
  if (kept % 2 === 0) {
    const nyquist = kept >> 1;
    // When samples are lost two bins fold into one; when they are gained one bin splits in two.
    const share = samples < length ? scale : scale / 4;
    const re = (real[nyquist]! + real[length - nyquist]!) * share;
    const im = (imaginary[nyquist]! + imaginary[length - nyquist]!) * share;
    outReal[nyquist] = re;
    outImaginary[nyquist] = im;
    outReal[samples - nyquist] = re;
    outImaginary[samples - nyquist] = im;
  }
  fft(samples).inverse(outReal, outImaginary);
}

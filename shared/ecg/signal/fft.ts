/**
 * A discrete Fourier transform of one length, planned once and run often: radix 2 where the length is a power of two,
 * Bluestein's chirp algorithm otherwise. Unnormalised, exp(-2 pi i jk / n) forward, like numpy.fft.fft.
 */
export interface Fft {
  readonly length: number;
  /** Transforms in place. */
  forward(real: Float64Array, imaginary: Float64Array): void;
  /** Inverse in place, divided by the length. */
  inverse(real: Float64Array, imaginary: Float64Array): void;
}

const plans = new Map<number, Fft>();
/** A plan holds a few hundred kilobytes for a ten-second recording; lengths beyond these push out the oldest. */
const maximumPlans = 16;

/**
 * The plan for a length; plans are kept, and reuse their scratch memory, so one plan must not be used by two callers
 * at once (it never waits, so they cannot).
 *
 * @throws RangeError when the length is not a positive integer.
 */
export function fft(length: number): Fft {
  const kept = plans.get(length);
  if (kept !== undefined) return kept;
  if (!Number.isSafeInteger(length) || length < 1) throw new RangeError(`no transform of length ${length}`);
  const plan = (length & (length - 1)) === 0 ? powerOfTwo(length) : bluestein(length);
  if (plans.size >= maximumPlans) plans.delete(plans.keys().next().value!);
  plans.set(length, plan);
  return plan;
}

function powerOfTwo(length: number): Fft {
  const cosines = new Float64Array(length >> 1);
  const sines = new Float64Array(length >> 1);
  for (let k = 0; k < length >> 1; k++) {
    cosines[k] = Math.cos((2 * Math.PI * k) / length);
    sines[k] = -Math.sin((2 * Math.PI * k) / length);
  }
  const reversed = new Uint32Array(length);
  for (let i = 1; i < length; i++) reversed[i] = (reversed[i >> 1]! >> 1) | (i & 1 ? length >> 1 : 0);

  const forward = (real: Float64Array, imaginary: Float64Array): void => {
    for (let i = 0; i < length; i++) {
      const j = reversed[i]!;
      if (j <= i) continue;
      const re = real[i]!;
      real[i] = real[j]!;
      real[j] = re;
      const im = imaginary[i]!;
      imaginary[i] = imaginary[j]!;
      imaginary[j] = im;
    }
    for (let half = 1, step = length >> 1; half < length; half <<= 1, step >>= 1) {
      for (let start = 0; start < length; start += half << 1) {
        for (let k = 0, twiddle = 0; k < half; k++, twiddle += step) {
          const a = start + k;
          const b = a + half;
          const c = cosines[twiddle]!;
          const s = sines[twiddle]!;
          const re = real[b]! * c - imaginary[b]! * s;
          const im = real[b]! * s + imaginary[b]! * c;
          real[b] = real[a]! - re;
          imaginary[b] = imaginary[a]! - im;
          real[a] = real[a]! + re;
          imaginary[a] = imaginary[a]! + im;
        }
      }
    }
  };
  return { length, forward, inverse: inverseOf(length, forward) };
}

/** Bluestein, L. I. (1970): n-point transform as a convolution with a chirp, itself done by powers of two. */
function bluestein(length: number): Fft {
  let padded = 1;
  while (padded < 2 * length - 1) padded *= 2;
  const inner = powerOfTwo(padded);
  const chirpReal = new Float64Array(length);
  const chirpImaginary = new Float64Array(length);
  for (let k = 0; k < length; k++) {
    // k^2 modulo 2n keeps the angle small, so that its cosine stays exact for long transforms.
    const angle = (Math.PI * ((k * k) % (2 * length))) / length;
    chirpReal[k] = Math.cos(angle);
    chirpImaginary[k] = -Math.sin(angle);
  }
  const kernelReal = new Float64Array(padded);
  const kernelImaginary = new Float64Array(padded);
  for (let k = 0; k < length; k++) {
    kernelReal[k] = chirpReal[k]!;
    kernelImaginary[k] = -chirpImaginary[k]!;
    if (k > 0) {
      kernelReal[padded - k] = kernelReal[k]!;
      kernelImaginary[padded - k] = kernelImaginary[k]!;
    }
  }
  inner.forward(kernelReal, kernelImaginary);
  const workReal = new Float64Array(padded);
  const workImaginary = new Float64Array(padded);

  const forward = (real: Float64Array, imaginary: Float64Array): void => {
    for (let k = 0; k < length; k++) {
      workReal[k] = real[k]! * chirpReal[k]! - imaginary[k]! * chirpImaginary[k]!;
      workImaginary[k] = real[k]! * chirpImaginary[k]! + imaginary[k]! * chirpReal[k]!;
    }
    workReal.fill(0, length);
    workImaginary.fill(0, length);
    inner.forward(workReal, workImaginary);
    for (let k = 0; k < padded; k++) {
      const re = workReal[k]! * kernelReal[k]! - workImaginary[k]! * kernelImaginary[k]!;
      workImaginary[k] = workReal[k]! * kernelImaginary[k]! + workImaginary[k]! * kernelReal[k]!;
      workReal[k] = re;
    }
    inner.inverse(workReal, workImaginary);
    for (let k = 0; k < length; k++) {
      real[k] = workReal[k]! * chirpReal[k]! - workImaginary[k]! * chirpImaginary[k]!;
      imaginary[k] = workReal[k]! * chirpImaginary[k]! + workImaginary[k]! * chirpReal[k]!;
    }
  };
  return { length, forward, inverse: inverseOf(length, forward) };
}

/** The inverse of a transform is the transform with real and imaginary parts swapped, over the length. */
function inverseOf(length: number, forward: Fft['forward']): Fft['inverse'] {
  return (real, imaginary) => {
    forward(imaginary, real);
    for (let k = 0; k < length; k++) {
      real[k] = real[k]! / length;
      imaginary[k] = imaginary[k]! / length;
    }
  };
}

/**
 * A discrete Fourier transform of one length, planned once and run often: mixed radix where it has no prime
 * factor above 47 (a whole number of seconds at a usual rate mostly has none), Bluestein's chirp algorithm otherwise. Unnormalised, exp(-2 pi i jk / n) forward, like numpy.fft.fft.
 */
export interface Fft {
  readonly length: number;
  /** Transforms in place. */
  forward(real: Float64Array, imaginary: Float64Array): void;
  /** Inverse in place, divided by the length. */
  inverse(real: Float64Array, imaginary: Float64Array): void;
}

const plans = new Map<number, Fft>();
/** The oldest is pushed out; those of recordings of many minutes are not kept. */
const maximumPlans = 16;
const longestPlanKept = 1 << 17;

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
  const factors = radices(length);
  const plan = factors === undefined ? bluestein(length) : mixedRadix(length, factors);
  if (length > longestPlanKept) return plan;
  if (plans.size >= maximumPlans) plans.delete(plans.keys().next().value!);
  plans.set(length, plan);
  return plan;
}

/** Whether 2, 3 and 5 are the only prime factors. There is such a number within a few per cent above any. */
function isSmooth(length: number): boolean {
  let rest = length;
  for (const prime of [2, 3, 5]) while (rest % prime === 0) rest /= prime;
  return rest === 1;
}

/** Primes beyond this take longer by themselves than in Bluestein's way. */
const largestPrime = 47;

/** The length as a product of radices, those with a kernel of their own first; undefined if it has too large a prime. */
function radices(length: number): number[] | undefined {
  const factors: number[] = [];
  let rest = length;
  const divide = (radix: number) => {
    for (; rest % radix === 0; rest /= radix) factors.push(radix);
  };
  for (const radix of [5, 4, 3, 2]) divide(radix);
  for (let prime = 7; prime <= largestPrime; prime += 2) divide(prime);
  return rest === 1 ? factors : undefined;
}

/**
 * Stockham's self-sorting transform, decimation in frequency: in a pass of radix r over n points with stride s, the
 * points q + s (p + j n/r) are transformed over j and land, turned by exp(-2 pi i p k / n), at q + s (r p + k).
 */
function mixedRadix(length: number, factors: readonly number[]): Fft {
  const cosines = new Float64Array(length);
  const sines = new Float64Array(length);
  for (let k = 0; k < length; k++) {
    cosines[k] = Math.cos((2 * Math.PI * k) / length);
    sines[k] = -Math.sin((2 * Math.PI * k) / length);
  }
  const otherReal = new Float64Array(length);
  const otherImaginary = new Float64Array(length);

  const forward = (real: Float64Array, imaginary: Float64Array): void => {
    let fromReal: Float64Array = real;
    let fromImaginary: Float64Array = imaginary;
    let toReal: Float64Array = otherReal;
    let toImaginary: Float64Array = otherImaginary;
    let stride = 1;
    for (const radix of factors) {
      kernelOf(radix)(
        { real: fromReal, imaginary: fromImaginary },
        { real: toReal, imaginary: toImaginary },
        { cosines, sines },
        length,
        stride,
      );
      [fromReal, toReal] = [toReal, fromReal];
      [fromImaginary, toImaginary] = [toImaginary, fromImaginary];
      stride *= radix;
    }
    if (fromReal !== real) {
      real.set(fromReal);
      imaginary.set(fromImaginary);
    }
  };
  return { length, forward, inverse: inverseOf(length, forward) };
}

interface Points {
  readonly real: Float64Array;
  readonly imaginary: Float64Array;
}

/** exp(-2 pi i k / length) for all k. */
interface Twiddles {
  readonly cosines: Float64Array;
  readonly sines: Float64Array;
}

type Kernel = (from: Points, to: Points, twiddles: Twiddles, length: number, stride: number) => void;

const radix2: Kernel = (
  { real: xr, imaginary: xi },
  { real: yr, imaginary: yi },
  { cosines, sines },
  length,
  stride,
) => {
  const half = length >> 1;
  const points = half / stride;
  for (let p = 0; p < points; p++) {
    const c = cosines[p * stride]!;
    const s = sines[p * stride]!;
    for (let q = 0; q < stride; q++) {
      const a = q + stride * p;
      const b = a + half;
      const to = q + stride * 2 * p;
      const dr = xr[a]! - xr[b]!;
      const di = xi[a]! - xi[b]!;
      yr[to] = xr[a]! + xr[b]!;
      yi[to] = xi[a]! + xi[b]!;
      yr[to + stride] = dr * c - di * s;
      yi[to + stride] = dr * s + di * c;
    }
  }
};

const sin60 = Math.sqrt(3) / 2;

const radix3: Kernel = (
  { real: xr, imaginary: xi },
  { real: yr, imaginary: yi },
  { cosines, sines },
  length,
  stride,
) => {
  const third = length / 3;
  const points = third / stride;
  for (let p = 0; p < points; p++) {
    const c1 = cosines[p * stride]!;
    const s1 = sines[p * stride]!;
    const c2 = cosines[2 * p * stride]!;
    const s2 = sines[2 * p * stride]!;
    for (let q = 0; q < stride; q++) {
      const a = q + stride * p;
      const to = q + stride * 3 * p;
      const ar = xr[a]!;
      const ai = xi[a]!;
      const sumR = xr[a + third]! + xr[a + 2 * third]!;
      const sumI = xi[a + third]! + xi[a + 2 * third]!;
      const difR = sin60 * (xr[a + third]! - xr[a + 2 * third]!);
      const difI = sin60 * (xi[a + third]! - xi[a + 2 * third]!);
      const midR = ar - sumR / 2;
      const midI = ai - sumI / 2;
      yr[to] = ar + sumR;
      yi[to] = ai + sumI;
      const r1 = midR + difI;
      const i1 = midI - difR;
      yr[to + stride] = r1 * c1 - i1 * s1;
      yi[to + stride] = r1 * s1 + i1 * c1;
      const r2 = midR - difI;
      const i2 = midI + difR;
      yr[to + 2 * stride] = r2 * c2 - i2 * s2;
      yi[to + 2 * stride] = r2 * s2 + i2 * c2;
    }
  }
};

const radix4: Kernel = (
  { real: xr, imaginary: xi },
  { real: yr, imaginary: yi },
  { cosines, sines },
  length,
  stride,
) => {
  const quarter = length >> 2;
  const points = quarter / stride;
  for (let p = 0; p < points; p++) {
    const c1 = cosines[p * stride]!;
    const s1 = sines[p * stride]!;
    const c2 = cosines[2 * p * stride]!;
    const s2 = sines[2 * p * stride]!;
    const c3 = cosines[3 * p * stride]!;
    const s3 = sines[3 * p * stride]!;
    for (let q = 0; q < stride; q++) {
      const a = q + stride * p;
      const b = a + quarter;
      const c = b + quarter;
      const d = c + quarter;
      const to = q + stride * 4 * p;
      const evenR = xr[a]! + xr[c]!;
      const evenI = xi[a]! + xi[c]!;
      const evenDifR = xr[a]! - xr[c]!;
      const evenDifI = xi[a]! - xi[c]!;
      const oddR = xr[b]! + xr[d]!;
      const oddI = xi[b]! + xi[d]!;
      const oddDifR = xr[b]! - xr[d]!;
      const oddDifI = xi[b]! - xi[d]!;
      yr[to] = evenR + oddR;
      yi[to] = evenI + oddI;
      const r1 = evenDifR + oddDifI;
      const i1 = evenDifI - oddDifR;
      yr[to + stride] = r1 * c1 - i1 * s1;
      yi[to + stride] = r1 * s1 + i1 * c1;
      const r2 = evenR - oddR;
      const i2 = evenI - oddI;
      yr[to + 2 * stride] = r2 * c2 - i2 * s2;
      yi[to + 2 * stride] = r2 * s2 + i2 * c2;
      const r3 = evenDifR - oddDifI;
      const i3 = evenDifI + oddDifR;
      yr[to + 3 * stride] = r3 * c3 - i3 * s3;
      yi[to + 3 * stride] = r3 * s3 + i3 * c3;
    }
  }
};

const cos72 = Math.cos((2 * Math.PI) / 5);
const cos144 = Math.cos((4 * Math.PI) / 5);
const sin72 = Math.sin((2 * Math.PI) / 5);
const sin144 = Math.sin((4 * Math.PI) / 5);

const radix5: Kernel = (
  { real: xr, imaginary: xi },
  { real: yr, imaginary: yi },
  { cosines, sines },
  length,
  stride,
) => {
  const fifth = length / 5;
  const points = fifth / stride;
  for (let p = 0; p < points; p++) {
    const c1 = cosines[p * stride]!;
    const s1 = sines[p * stride]!;
    const c2 = cosines[2 * p * stride]!;
    const s2 = sines[2 * p * stride]!;
    const c3 = cosines[3 * p * stride]!;
    const s3 = sines[3 * p * stride]!;
    const c4 = cosines[4 * p * stride]!;
    const s4 = sines[4 * p * stride]!;
    for (let q = 0; q < stride; q++) {
      const a = q + stride * p;
      const b = a + fifth;
      const c = b + fifth;
      const d = c + fifth;
      const e = d + fifth;
      const to = q + stride * 5 * p;
      const ar = xr[a]!;
      const ai = xi[a]!;
      const outerR = xr[b]! + xr[e]!;
      const outerI = xi[b]! + xi[e]!;
      const outerDifR = xr[b]! - xr[e]!;
      const outerDifI = xi[b]! - xi[e]!;
      const innerR = xr[c]! + xr[d]!;
      const innerI = xi[c]! + xi[d]!;
      const innerDifR = xr[c]! - xr[d]!;
      const innerDifI = xi[c]! - xi[d]!;
      yr[to] = ar + outerR + innerR;
      yi[to] = ai + outerI + innerI;
      const realR = ar + cos72 * outerR + cos144 * innerR;
      const realI = ai + cos72 * outerI + cos144 * innerI;
      const turnR = sin72 * outerDifR + sin144 * innerDifR;
      const turnI = sin72 * outerDifI + sin144 * innerDifI;
      const real2R = ar + cos144 * outerR + cos72 * innerR;
      const real2I = ai + cos144 * outerI + cos72 * innerI;
      const turn2R = sin144 * outerDifR - sin72 * innerDifR;
      const turn2I = sin144 * outerDifI - sin72 * innerDifI;
      const r1 = realR + turnI;
      const i1 = realI - turnR;
      yr[to + stride] = r1 * c1 - i1 * s1;
      yi[to + stride] = r1 * s1 + i1 * c1;
      const r2 = real2R + turn2I;
      const i2 = real2I - turn2R;
      yr[to + 2 * stride] = r2 * c2 - i2 * s2;
      yi[to + 2 * stride] = r2 * s2 + i2 * c2;
      const r3 = real2R - turn2I;
      const i3 = real2I + turn2R;
      yr[to + 3 * stride] = r3 * c3 - i3 * s3;
      yi[to + 3 * stride] = r3 * s3 + i3 * c3;
      const r4 = realR - turnI;
      const i4 = realI + turnR;
      yr[to + 4 * stride] = r4 * c4 - i4 * s4;
      yi[to + 4 * stride] = r4 * s4 + i4 * c4;
    }
  }
};

/** Any odd radix, in its square of steps a point: points are taken in pairs from both ends, as above. */
function oddRadix(radix: number): Kernel {
  const half = (radix - 1) / 2;
  const cos = Float64Array.from({ length: radix }, (_, k) => Math.cos((2 * Math.PI * k) / radix));
  const sin = Float64Array.from({ length: radix }, (_, k) => Math.sin((2 * Math.PI * k) / radix));
  /** Sums and differences of the pairs: real, imaginary. */
  const [sumR, sumI, difR, difI] = Array.from({ length: 4 }, () => new Float64Array(half + 1)) as [
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  return ({ real: xr, imaginary: xi }, { real: yr, imaginary: yi }, { cosines, sines }, length, stride) => {
    const part = length / radix;
    const points = part / stride;
    for (let p = 0; p < points; p++)
      for (let q = 0; q < stride; q++) {
        const a = q + stride * p;
        const to = q + stride * radix * p;
        const firstR = xr[a]!;
        const firstI = xi[a]!;
        let allR = firstR;
        let allI = firstI;
        for (let j = 1; j <= half; j++) {
          const one = a + j * part;
          const other = a + (radix - j) * part;
          sumR[j] = xr[one]! + xr[other]!;
          sumI[j] = xi[one]! + xi[other]!;
          difR[j] = xr[one]! - xr[other]!;
          difI[j] = xi[one]! - xi[other]!;
          allR += sumR[j]!;
          allI += sumI[j]!;
        }
        yr[to] = allR;
        yi[to] = allI;
        for (let k = 1; k <= half; k++) {
          let realR = firstR;
          let realI = firstI;
          let turnR = 0;
          let turnI = 0;
          for (let j = 1, angle = k; j <= half; j++) {
            realR += sumR[j]! * cos[angle]!;
            realI += sumI[j]! * cos[angle]!;
            turnR += difR[j]! * sin[angle]!;
            turnI += difI[j]! * sin[angle]!;
            angle += k;
            if (angle >= radix) angle -= radix;
          }
          const [r1, i1] = [realR + turnI, realI - turnR];
          const [r2, i2] = [realR - turnI, realI + turnR];
          const one = k * p * stride;
          const other = (radix - k) * p * stride;
          yr[to + k * stride] = r1 * cosines[one]! - i1 * sines[one]!;
          yi[to + k * stride] = r1 * sines[one]! + i1 * cosines[one]!;
          yr[to + (radix - k) * stride] = r2 * cosines[other]! - i2 * sines[other]!;
          yi[to + (radix - k) * stride] = r2 * sines[other]! + i2 * cosines[other]!;
        }
      }
  };
}

const kernels = new Map<number, Kernel>([
  [2, radix2],
  [3, radix3],
  [4, radix4],
  [5, radix5],
]);

function kernelOf(radix: number): Kernel {
  let kernel = kernels.get(radix);
  if (kernel === undefined) {
    kernel = oddRadix(radix);
    kernels.set(radix, kernel);
  }
  return kernel;
}

/** Bluestein, L. I. (1970): n-point transform as a convolution with a chirp, itself done in a length of small factors. */
function bluestein(length: number): Fft {
  let padded = 2 * length - 1;
  while (!isSmooth(padded)) padded++;
  const inner = mixedRadix(padded, radices(padded)!);
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

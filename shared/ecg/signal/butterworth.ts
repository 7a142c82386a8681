/** Transfer function of a digital filter: numerator and denominator in powers of 1/z, a[0] = 1. */
export interface TransferFunction {
  readonly b: Float64Array;
  readonly a: Float64Array;
}

/** What passes, with its corner frequencies (-3 dB) in Hz. */
export type Band =
  | { readonly type: 'lowpass'; readonly high: number }
  | { readonly type: 'highpass'; readonly low: number }
  | { readonly type: 'bandpass'; readonly low: number; readonly high: number };

type Complex = readonly [re: number, im: number];

/**
 * A digital Butterworth filter by the bilinear transform of its analogue prototype, frequencies prewarped, as
 * scipy.signal.butter(order, frequencies, type, fs=rate) gives it; a band-pass has twice the order.
 *
 * @param rate samples per second.
 * @throws RangeError when a frequency is not between 0 and half the rate, or the band is empty.
 */
export function butterworth(order: number, band: Band, rate: number): TransferFunction {
  const corners = [...('low' in band ? [band.low] : []), ...('high' in band ? [band.high] : [])];
  if (corners.some((f) => !(f > 0 && f < rate / 2)) || (band.type === 'bandpass' && band.low >= band.high))
    throw new RangeError(`no ${band.type} filter of ${corners.join('-')} Hz at ${rate} Hz`);
  // At two samples a second the bilinear transform is s = 4 (z - 1) / (z + 1), scipy's convention.
  const warped = corners.map((f) => 4 * Math.tan((Math.PI * f) / rate));
  const prototype: Complex[] = Array.from({ length: order }, (_, k) => {
    const angle = (Math.PI * (2 * k + 1 - order)) / (2 * order);
    return [-Math.cos(angle), -Math.sin(angle)];
  });

  let poles: Complex[];
  let zerosAtOrigin = 0;
  let gain = 1;
  if (band.type === 'lowpass') {
    poles = prototype.map((p) => scaled(p, warped[0]!));
    gain = warped[0]! ** order;
  } else if (band.type === 'highpass') {
    // The product of the negated prototype poles is 1, so the gain stays 1.
    poles = prototype.map((p) => divided([warped[0]!, 0], p));
    zerosAtOrigin = order;
  } else {
    const width = warped[1]! - warped[0]!;
    const centre = warped[0]! * warped[1]!;
    poles = prototype.flatMap((p) => {
      const half = scaled(p, width / 2);
      const root = squareRoot([half[0] ** 2 - half[1] ** 2 - centre, 2 * half[0] * half[1]]);
      return [
        [half[0] + root[0], half[1] + root[1]],
        [half[0] - root[0], half[1] - root[1]],
      ] as Complex[];
    });
    zerosAtOrigin = order;
    gain = width ** order;
  }

  // Bilinear: z = (4 + s) / (4 - s); zeros at infinity go to -1, those at the origin to 1.
  let denominator: Complex = [1, 0];
  const digitalPoles = poles.map((p): Complex => {
    denominator = multiplied(denominator, [4 - p[0], -p[1]]);
    return divided([4 + p[0], p[1]], [4 - p[0], -p[1]]);
  });
  const digitalZeros = poles.map((_, k): Complex => [k < zerosAtOrigin ? 1 : -1, 0]);
  const digitalGain = gain * divided([4 ** zerosAtOrigin, 0], denominator)[0];
  return {
    b: polynomial(digitalZeros).map((coefficient) => coefficient * digitalGain),
    a: polynomial(digitalPoles),
  };
}

/** Coefficients of the monic polynomial with these roots, which come in conjugate pairs. */
function polynomial(roots: readonly Complex[]): Float64Array {
  let coefficients: Complex[] = [[1, 0]];
  for (const root of roots) {
    const next: Complex[] = [...coefficients, [0, 0]];
    for (let k = 0; k < coefficients.length; k++) {
      const [re, im] = multiplied(coefficients[k]!, root);
      next[k + 1] = [next[k + 1]![0] - re, next[k + 1]![1] - im];
    }
    coefficients = next;
  }
  return Float64Array.from(coefficients, ([re]) => re);
}

function scaled(z: Complex, factor: number): Complex {
  return [z[0] * factor, z[1] * factor];
}

function multiplied(x: Complex, y: Complex): Complex {
  return [x[0] * y[0] - x[1] * y[1], x[0] * y[1] + x[1] * y[0]];
}

function divided(x: Complex, y: Complex): Complex {
  const square = y[0] ** 2 + y[1] ** 2;
  return [(x[0] * y[0] + x[1] * y[1]) / square, (x[1] * y[0] - x[0] * y[1]) / square];
}

/** Principal square root. */
function squareRoot([re, im]: Complex): Complex {
  const radius = Math.hypot(re, im);
  const imaginary = Math.sqrt((radius - re) / 2);
  return [Math.sqrt((radius + re) / 2), im < 0 ? -imaginary : imaginary];
}

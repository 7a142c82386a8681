/** Seconds; 220 and 35 beats a minute. */
const shortest = 60 / 220;
const longest = 60 / 35;
/** Correlation below which a repetition is none. */
const repeats = 0.35;
/** A repetition this close to the best is as good; the shortest of them is the beat, the others are several beats. */
const asGood = 0.85;
/** Octaves by which the header's heart rate is trusted (standard deviation): it is often another beat's or default. */
const trust = 0.5;

/**
 * Seconds a heartbeat, from how a chamber's volume curve repeats itself (autocorrelation); the header's heart rate only
 * weighs the candidates. Undefined when the cine does not hold two beats.
 * @param values one a frame @param frameTime seconds @param heartRate beats a minute, or null
 */
export function heartPeriod(
  values: Float64Array,
  frameTime: number,
  heartRate: number | null,
): number | undefined {
  const level = detrended(values);
  const from = Math.max(2, Math.ceil(shortest / frameTime));
  // A repetition counts when half of the curve at least lies over itself.
  const to = Math.min(Math.floor(longest / frameTime), Math.floor(values.length / 2));
  const correlations = new Float64Array(to + 2).fill(-1);
  for (let lag = from - 1; lag <= to + 1 && lag < values.length - 2; lag++)
    correlations[lag] = correlation(level, lag);
  const peaks: { lag: number; weight: number }[] = [];
  for (let lag = from; lag <= to; lag++) {
    const here = correlations[lag]!;
    if (here < repeats || here < correlations[lag - 1]! || here < correlations[lag + 1]!) continue;
    const octaves = heartRate === null ? 0 : Math.log2((lag * frameTime * heartRate) / 60);
    peaks.push({ lag, weight: here * Math.exp(-((octaves / trust) ** 2) / 2) });
  }
  const best = peaks.reduce((most, { weight }) => Math.max(most, weight), 0);
  const first = peaks.find(({ weight }) => weight >= asGood * best);
  return first && first.lag * frameTime;
}

/** Without its straight-line trend: a probe that slides makes chambers grow or shrink slowly. */
function detrended(values: Float64Array): Float64Array {
  const middle = (values.length - 1) / 2;
  let mean = 0;
  let slope = 0;
  let squares = 0;
  values.forEach((value, i) => {
    mean += value / values.length;
    slope += (i - middle) * value;
    squares += (i - middle) ** 2;
  });
  return values.map((value, i) => value - mean - (squares > 0 ? slope / squares : 0) * (i - middle));
}

/** Of the curve with itself `lag` frames later, over what both have. */
function correlation(values: Float64Array, lag: number): number {
  let product = 0;
  let early = 0;
  let late = 0;
  for (let i = lag; i < values.length; i++) {
    product += values[i]! * values[i - lag]!;
    early += values[i - lag]! ** 2;
    late += values[i]! ** 2;
  }
  return early > 0 && late > 0 ? product / Math.sqrt(early * late) : -1;
}

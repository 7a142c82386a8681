/** The usual beat of a recording, lead by lead. */
export interface MedianBeat {
  /** Samples per second. */
  readonly rate: number;
  /** [lead][sample], in the unit of the leads. */
  readonly leads: readonly Float32Array[];
  /** Position of the R peak (the centre of the QRS complex's energy). */
  readonly peak: number;
  /** Mean interval in seconds before and after the beats that it is made of. */
  readonly interval: number;
  /** Beats that look alike, of which it is the median, and all that lie whole within the recording. */
  readonly beats: number;
  readonly seen: number;
  /** First samples of those beats in the recording; the beat is as long as `leads[0]`. */
  readonly starts: readonly number[];
}

/** Seconds before and after the R peak: a PR interval of 0.3 s, a QT interval of 0.65 s. */
const before = 0.5;
const after = 0.7;
/** Seconds to both sides of the R peak over which beats are compared, and by which they may be moved to fit. */
const compared = 0.1;
const movable = 0.02;
/** Correlation from which two complexes are of one kind. */
const alike = 0.9;
/** More beats than this make the median no better. */
const mostBeats = 60;

/**
 * The median of the beats of the commonest kind: QRS complexes are compared over all leads together, the kind with the
 * most members is taken, its members are moved to fit each other and their median is taken sample by sample, which leaves
 * out noise and what is not coupled to the beat.
 *
 * @param leads filtered, of one length.
 * @param peaks times of the R peaks in seconds.
 * @returns undefined where no beat lies whole within the recording.
 */
export function medianBeat(
  leads: readonly Float32Array[],
  rate: number,
  peaks: ArrayLike<number>,
): MedianBeat | undefined {
  const length = leads[0]?.length ?? 0;
  const from = Math.round(before * rate);
  const to = Math.round(after * rate);
  const reach = Math.round(compared * rate);
  const shift = Math.max(1, Math.round(movable * rate));
  const whole = Array.from(peaks, (time, beat) => ({ beat, at: Math.round(time * rate) }))
    .filter(({ at }) => at - from - shift >= 0 && at + to + shift < length)
    .slice(0, mostBeats);
  if (whole.length === 0) return undefined;

  // Every fourth millisecond is enough to tell complexes apart.
  const step = Math.max(1, Math.floor(rate / 250));
  const complexes = whole.map(({ at }) => complexOf(leads, at, reach, step));
  const fits = correlations(complexes);
  const kinOf = (row: readonly number[]) => row.flatMap((fit, other) => (fit >= alike ? [other] : []));
  const kin = fits.map(kinOf).reduce((best, one) => (one.length > best.length ? one : best));

  const pattern = kin[0]!;
  const aligned = kin.map((member) => {
    if (member === pattern) return whole[member]!.at;
    const { at } = whole[member]!;
    let best = at;
    let bestFit = Number.NEGATIVE_INFINITY;
    for (let moved = at - shift; moved <= at + shift; moved++) {
      const fit = product(leads, moved, whole[pattern]!.at, reach, step);
      if (fit > bestFit) {
        bestFit = fit;
        best = moved;
      }
    }
    return best;
  });
  const starts = aligned.map((at) => at - from);
  const intervals = kin.flatMap((member) => {
    const { beat } = whole[member]!;
    return beat > 0 ? [peaks[beat]! - peaks[beat - 1]!] : [];
  });
  const mean = intervals.reduce((sum, interval) => sum + interval, 0) / intervals.length;
  return {
    rate,
    leads: leads.map((lead) => medianOf(lead, starts, from + to)),
    peak: from,
    interval: intervals.length > 0 ? mean : Number.NaN,
    beats: kin.length,
    seen: whole.length,
    starts,
  };
}

function complexOf(leads: readonly Float32Array[], at: number, reach: number, step: number): Float32Array {
  const perLead = Math.floor((2 * reach) / step) + 1;
  const values = new Float32Array(leads.length * perLead);
  leads.forEach((lead, l) => {
    for (let i = 0; i < perLead; i++) values[l * perLead + i] = lead[at - reach + i * step]!;
  });
  return values;
}

/** Of each complex with each, as they lie; leads count by their size. */
function correlations(complexes: readonly Float32Array[]): number[][] {
  const squares = complexes.map((complex) => dot(complex, complex));
  const fits = complexes.map(() => new Array<number>(complexes.length).fill(1));
  for (let one = 0; one < complexes.length; one++)
    for (let other = 0; other < one; other++) {
      const fit = dot(complexes[one]!, complexes[other]!) / Math.sqrt(squares[one]! * squares[other]!);
      fits[one]![other] = fit;
      fits[other]![one] = fit;
    }
  return fits;
}

function dot(one: Float32Array, other: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < one.length; i++) sum += one[i]! * other[i]!;
  return sum;
}

function product(
  leads: readonly Float32Array[],
  one: number,
  other: number,
  reach: number,
  step: number,
): number {
  let sum = 0;
  for (const lead of leads)
    for (let i = -reach; i <= reach; i += step) sum += lead[one + i]! * lead[other + i]!;
  return sum;
}

function medianOf(lead: Float32Array, starts: readonly number[], length: number): Float32Array {
  const median = new Float32Array(length);
  const column = new Float32Array(starts.length);
  const middle = starts.length >> 1;
  for (let i = 0; i < length; i++) {
    // Few values, nearly in order as often as not: insertion takes a tenth of the time of a sort.
    for (let beat = 0; beat < starts.length; beat++) {
      const value = lead[starts[beat]! + i]!;
      let place = beat;
      for (; place > 0 && column[place - 1]! > value; place--) column[place] = column[place - 1]!;
      column[place] = value;
    }
    median[i] = starts.length % 2 === 1 ? column[middle]! : (column[middle - 1]! + column[middle]!) / 2;
  }
  return median;
}

import { isVoltage, millivolts } from '../ecg/millivolts.ts';
import type { Lead, StandardLead } from '../ecg/recording.ts';
import { nthSmallest } from '../ecg/signal/nth-smallest.ts';
import { escapeHtml } from './page.ts';
import { tracePath } from './trace-path.ts';

const paperSpeed = 25;
/** Seconds on the paper, of which each of the four columns shows a quarter. */
export const shownSeconds = 10;
/** Millimetres a millivolt: the standard, and the smaller ones for large amplitudes. */
const gains = [10, 5, 2.5];
/** Millimetres: room for the calibration pulse, for a row at least, and for all rows together at most. */
const margin = 9;
const leastAbove = 12;
const leastBelow = 6;
const mostRows = 190;
/**
 * No trace goes further than this from its zero line. A loose electrode or two must not shrink the other leads: they
 * are cut, and said to be.
 */
const farthest = 32;
const mostCut = 2;

export interface EcgPaper {
  readonly svg: string;
  /** Millimetres a millivolt; undefined for leads without physical unit, drawn to fit. */
  readonly gain: number | undefined;
  readonly width: number;
  /** Names of the leads that leave their row and are cut. */
  readonly cut: readonly string[];
}

/** What is drawn beside the traces. */
export interface EcgPaperMarks {
  /** Leads whose names carry a sign that something is wrong with them. */
  readonly doubtful?: readonly string[];
  /** Shades under the traces, for (above 0) and against: one number for each stretch of `binSeconds` from the start. */
  readonly shades?: {
    readonly binSeconds: number;
    readonly map: Readonly<Partial<Record<StandardLead, readonly number[]>>>;
  };
}

/** Shades are drawn in so many strengths. */
const strengths = 5;

/**
 * Twelve leads on millimetre paper as they are read: three rows of four (I-III, aVR-aVF, V1-V3, V4-V6, one after the
 * other in time) and lead II below as rhythm strip, 25 mm/s, 10 mm/mV where that fits, a calibration pulse of 1 mV
 * before each row. Each lead is shown around its median.
 *
 * @param leads the twelve standard leads in their order.
 * @param description what a reader who cannot see the picture is told.
 */
export function ecgPaper(
  leads: readonly Lead[],
  description: string,
  { doubtful = [], shades }: EcgPaperMarks = {},
): EcgPaper {
  const { rate } = leads[0]!;
  const shown = Math.min(leads[0]!.samples.length, Math.round(shownSeconds * rate));
  const heights = leads.map((lead) => centred(lead, shown));
  const physical = leads.every(isVoltage);
  const column = Math.floor(shown / 4);
  const rows: Strip[][] = [0, 1, 2].map((row) =>
    [0, 1, 2, 3].map((quarter) => {
      const lead = quarter * 3 + row;
      return { lead, from: quarter * column, to: quarter === 3 ? shown : (quarter + 1) * column };
    }),
  );
  rows.push([{ lead: 1, from: 0, to: shown }]);

  const unscaled = physical ? 1 : fitting(heights);
  const scales = physical ? gains : [unscaled, unscaled / 2];
  let chosen = layout(rows, heights, scales[0]!);
  for (const smaller of scales.slice(1)) {
    if (chosen.height <= mostRows && chosen.cut.size <= mostCut) break;
    chosen = layout(rows, heights, smaller);
  }
  const { scale, baselines, cut } = chosen;

  const step = paperSpeed / rate;
  const width = Math.ceil(margin + shown * step + 1);
  const height = Math.ceil(chosen.height + 5);
  let traces = '';
  const shading = new Map<string, string>();
  const strongest = shades && strongestShown(shades);
  let ticks = '';
  let labels = '';
  for (const [row, strips] of rows.entries()) {
    const y = baselines[row]!;
    if (physical) traces += `M200 ${y * 100}h150v${-100 * scale}h500v${100 * scale}h50`;
    for (const { lead, from, to } of strips) {
      const x = margin + from * step;
      const drawn = heights[lead]!.subarray(from, to).map((v) =>
        Math.max(-farthest, Math.min(farthest, v * scale)),
      );
      traces += tracePath(drawn, step, x, y);
      if (from > 0) ticks += `M${x.toFixed(2)} ${y - 4}v2m0 4v2`;
      const name = leads[lead]!.name as StandardLead;
      const sign = doubtful.includes(name) ? '<tspan class="doubt"> !</tspan>' : '';
      const top = y - chosen.above[row]!;
      labels += `<text x="${(x + 1).toFixed(1)}" y="${(top + 3.6).toFixed(1)}">${name}${sign}</text>`;
      const bins = shades?.map[name];
      if (shades === undefined || bins === undefined || !strongest) continue;
      const bottom = row + 1 < rows.length ? baselines[row + 1]! - chosen.above[row + 1]! : chosen.height;
      const [start, end] = [from / rate, to / rate];
      for (const [bin, value] of bins.entries()) {
        const strength = Math.round((strengths * Math.abs(value)) / strongest);
        const left = Math.max(start, bin * shades.binSeconds);
        const right = Math.min(end, (bin + 1) * shades.binSeconds);
        if (strength === 0 || right <= left) continue;
        const kind = `${value > 0 ? 'for' : 'against'} shade-${strength}`;
        const box = `M${fixed(margin + left * paperSpeed)} ${top}h${fixed((right - left) * paperSpeed)}V${bottom}H${fixed(margin + left * paperSpeed)}z`;
        shading.set(kind, (shading.get(kind) ?? '') + box);
      }
    }
  }
  const legend = `${paperSpeed} mm/s${physical ? `  ${scale} mm/mV` : '  amplitude without unit'}`;
  return {
    width,
    gain: physical ? scale : undefined,
    cut: leads.filter((_, lead) => cut.has(lead)).map((lead) => lead.name),
    svg: `<svg class="paper" viewBox="0 0 ${width} ${height}" style="--width:${width}mm" role="img" aria-label="${escapeHtml(description)}">
<defs><pattern id="small" width="1" height="1" patternUnits="userSpaceOnUse"><path class="small" d="M1 0H0V1"/></pattern>
<pattern id="large" width="5" height="5" patternUnits="userSpaceOnUse"><rect width="5" height="5" fill="url(#small)"/><path class="large" d="M5 0H0V5"/></pattern></defs>
<rect class="ground" width="${width}" height="${height}"/><rect width="${width}" height="${height}" fill="url(#large)"/>
${[...shading].map(([kind, path]) => `<path class="${kind}" d="${path}"/>`).join('')}<path class="tick" d="${ticks}"/><path class="trace" transform="scale(.01)" d="${traces}"/>
${labels}<text class="legend" x="${margin}" y="${height - 1.6}">${legend}</text><text class="legend" x="${width - 1.5}" y="${height - 1.6}" text-anchor="end">not a medical device</text>
</svg>`,
  };
}

/** The strongest shade of what is on the paper: of a long recording another part may have the strongest of all. */
function strongestShown({ binSeconds, map }: NonNullable<EcgPaperMarks['shades']>): number {
  const shown = Math.ceil(shownSeconds / binSeconds);
  return Math.max(0, ...Object.values(map).flatMap((bins) => bins.slice(0, shown).map(Math.abs)));
}

/** Hundredths of a millimetre, without trailing zeros. */
const fixed = (millimetres: number): string => String(Math.round(100 * millimetres) / 100);

interface Strip {
  readonly lead: number;
  readonly from: number;
  readonly to: number;
}

interface Layout {
  readonly scale: number;
  /** Millimetres from the top to each row's zero line, and from there to the row's upper end. */
  readonly baselines: readonly number[];
  readonly above: readonly number[];
  readonly height: number;
  /** Positions of the leads that go too far. */
  readonly cut: ReadonlySet<number>;
}

/** Zero lines on the thick lines of the paper, rows as high as their traces need. */
function layout(
  rows: readonly (readonly Strip[])[],
  heights: readonly Float32Array[],
  scale: number,
): Layout {
  const baselines: number[] = [];
  const allAbove: number[] = [];
  let y = 0;
  const cut = new Set<number>();
  for (const strips of rows) {
    let above = leastAbove;
    let below = leastBelow;
    for (const { lead, from, to } of strips) {
      const samples = heights[lead]!;
      for (let i = from; i < to; i++) {
        const height = samples[i]! * scale;
        if (Math.abs(height) > farthest) cut.add(lead);
        if (height + 4 > above) above = height + 4;
        if (1 - height > below) below = 1 - height;
      }
    }
    above = Math.min(above, farthest + 4);
    below = Math.min(below, farthest + 1);
    const baseline = 5 * Math.ceil((y + above) / 5);
    baselines.push(baseline);
    allAbove.push(baseline - y);
    y = baseline + below;
  }
  return { scale, baselines, above: allAbove, height: y, cut };
}

/** The samples that are shown, in physical units, less their median (of a thousand of them: it only places them). */
function centred(lead: Lead, shown: number): Float32Array {
  const values = millivolts({ ...lead, samples: lead.samples.subarray(0, shown) });
  const every = Math.ceil(values.length / 1000);
  const some = new Float32Array(Math.ceil(values.length / every));
  let count = 0;
  for (let i = 0; i < values.length; i += every) if (!Number.isNaN(values[i]!)) some[count++] = values[i]!;
  const median = nthSmallest(some.subarray(0, count), count >> 1) ?? 0;
  for (let i = 0; i < values.length; i++) values[i]! -= median;
  return values;
}

/** Millimetres a unit that make the largest lead, but for a hundredth of its samples, 15 mm high. */
function fitting(heights: readonly Float32Array[]): number {
  let largest = 0;
  for (const samples of heights) {
    const sorted = samples.map(Math.abs).sort();
    largest = Math.max(largest, sorted[Math.floor(0.99 * (sorted.length - 1))] ?? 0);
  }
  return largest > 0 ? 15 / largest : 1;
}

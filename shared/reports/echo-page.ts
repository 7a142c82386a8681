import { type Instance, type Mark, marks } from '../echo/dicom/instance.ts';
import { isInside, type Region } from '../echo/dicom/region.ts';
import { transferSyntax } from '../echo/dicom/transfer-syntax.ts';
import type { FirstFrame } from '../echo/frames/first-frame.ts';
import { geometryOf } from '../echo/measurement/geometry.ts';
import { reasons } from '../errors.ts';
import { greyPng } from './grey-png.ts';
import { factTable, noticeHtml, type PageSection, page } from './page.ts';

export interface EchoPage {
  readonly recordingId: string;
  readonly instance: Instance;
  /** Absent when no frame could be decoded. */
  readonly frame?: FirstFrame;
  /** Marks of the instance and of reading its frames. */
  readonly marks: readonly Mark[];
  /** Measurement, chambers, view: what a reader looks for comes first. */
  readonly results?: readonly PageSection[];
}

const regionKinds: Record<number, string> = {
  1: 'Two-dimensional',
  2: 'M-mode',
  3: 'Spectral Doppler',
  4: 'Waveform',
  5: 'Graphics',
};

/** PS3.3 C.8.5.5.1.15. */
const units: Record<number, string> = {
  1: '%',
  2: 'dB',
  3: 'cm',
  4: 's',
  5: 'Hz',
  6: 'dB/s',
  7: 'cm/s',
  8: 'cm²',
  9: 'cm²/s',
  10: 'cm³',
  11: 'cm³/s',
  12: '°',
};

const areas: Record<FirstFrame['area'], string> = {
  regions: 'Outside the ultrasound regions of the header everything is blanked; lettering within them stays.',
  fan: 'The header names no usable region; outside the detected fan everything is blanked; lettering within it stays.',
  'top-tenth': 'The top tenth of the picture is blanked.',
  none: 'Neither a region nor a fan was found, so the whole picture is blanked.',
};

const style = `
.picture { margin: 0; }
.picture svg { display: block; width: 100%; max-height: 75vh; background: #000; border-radius: .35rem; }
.picture figcaption { color: var(--soft); font-size: .875rem; padding-top: .5rem; }
.region { fill: none; stroke: #58c4f6; stroke-width: 1.5; stroke-dasharray: 6 4; vector-effect: non-scaling-stroke; }
.scale { stroke: #fff; stroke-width: 2; vector-effect: non-scaling-stroke; }
.scale-text { fill: #fff; stroke: #000; stroke-width: .2em; paint-order: stroke; font-family: system-ui, sans-serif; }
.chambers { margin: 0; } .chambers img { background: #000; border-radius: .35rem; max-width: 100%; height: auto; }
.chambers .loop { display: block; margin-bottom: .5rem; } .chambers figcaption { color: var(--soft); font-size: .875rem; }
.key { white-space: nowrap; margin-right: .75rem; } .key i { display: inline-block; width: .8em; height: .8em; margin-right: .35em; }
.curve-of-volume { margin: 1rem 0 .5rem; overflow-x: auto; }
.note { margin: .75rem 0 0; color: var(--soft); font-size: .875rem; }
.views tr { display: grid; grid-template-columns: minmax(0, 1fr) 4rem; border-top: 1px solid var(--line); padding: .35rem 0; }
.views th, .views td { border: 0; padding: 0; } .views th { font-weight: 400; } .views small { color: var(--soft); }
.views .number { text-align: right; }
.views .bar { grid-column: 1 / -1; height: .4rem; margin-top: .3rem; border-radius: .2rem; background: var(--line); }
.views .bar i { display: block; height: 100%; border-radius: .2rem; background: var(--soft); }
.positive th, .positive .number { font-weight: 650; } .positive .bar i { background: var(--accent); }
@media print { .picture svg { max-height: 16cm; } .chambers .loop { display: none; } }`;

/**
 * The page of one echo instance: its first frame without burned-in text, the results so far, and what its header says,
 * without names, dates and identifiers of the patient. Self-contained HTML.
 */
export function echoPage({ recordingId, instance, frame, marks: found, results = [] }: EchoPage): string {
  const sections: PageSection[] = [...results];
  if (frame !== undefined) sections.push({ heading: 'First frame', html: pictureHtml(instance, frame) });
  sections.push({
    heading: 'What was read',
    html: `${noticeHtml(noticesOf(instance, found))}${factsHtml(instance)}`,
  });
  if (instance.regions.length > 0)
    sections.push({ heading: 'Ultrasound regions', html: regionsHtml(instance.regions) });
  return page({ title: 'Echocardiogram', subtitle: subtitle(instance, recordingId), sections, style });
}

function subtitle(instance: Instance, recordingId: string): string {
  const frames = instance.wholeFrames ?? instance.numberOfFrames;
  const what = frames === null ? 'Instance' : frames > 1 ? `Cine of ${frames} frames` : 'Still';
  return [what, instance.manufacturerModelName, `recording ${recordingId}`]
    .filter((part) => part !== null)
    .join(' · ');
}

function pictureHtml(instance: Instance, { grey, area }: FirstFrame): string {
  const rows = instance.rows!;
  const columns = instance.columns!;
  const png = Buffer.from(greyPng(grey, rows, columns)).toString('base64');
  const shown = instance.regions.filter(
    (region) => isInside(region, rows, columns) && (region.spatialFormat ?? 0) in regionKinds,
  );
  const outlines = shown.map(
    ({ minX0, minY0, maxX1, maxY1 }) =>
      `<rect class="region" x="${minX0}" y="${minY0}" width="${maxX1! - minX0!}" height="${maxY1! - minY0!}"/>`,
  );
  const label = `First frame, ${columns} by ${rows} pixels, in grey.`;
  return `<figure class="picture"><svg viewBox="0 0 ${columns} ${rows}" role="img" aria-label="${label}">
<image href="data:image/png;base64,${png}" width="${columns}" height="${rows}"/>
${outlines.join('')}${scaleHtml(shown, columns, rows)}</svg>
<figcaption>${areas[area]}${shown.length > 0 ? ' Dashed: regions.' : ''}</figcaption></figure>`;
}

/**
 * A bar of whole centimetres where the header gives the spacing: under the two-dimensional region, where all is blank,
 * or in its lower left corner when there is no room.
 */
function scaleHtml(regions: readonly Region[], columns: number, rows: number): string {
  const region = regions.find(
    ({ spatialFormat, unitsX, deltaX }) => spatialFormat === 1 && unitsX === 3 && deltaX,
  );
  if (region === undefined) return '';
  const pixelsPerCentimetre = 1 / Math.abs(region.deltaX!);
  const length = [5, 2, 1].find((centimetres) => centimetres * pixelsPerCentimetre < columns / 3);
  if (length === undefined) return '';
  const size = rows / 30;
  const x = region.minX0! + size;
  const y = region.maxY1! + (region.maxY1! + 2.5 * size < rows ? 2 * size : -size);
  const end = x + length * pixelsPerCentimetre;
  return `<path class="scale" d="M${x} ${y - size / 3}V${y}H${end}v${-size / 3}"/>
<text class="scale-text" x="${x}" y="${y - size / 2}" font-size="${size}">${length} cm</text>`;
}

function noticesOf(instance: Instance, found: readonly Mark[]): string[] {
  const notices = found.map((mark) => marks[mark] as string);
  if (instance.refusal !== null) notices.unshift(reasons[instance.refusal.reason]);
  return notices;
}

const frameTimeSources = {
  'frame-time': 'from Frame Time',
  'frame-time-vector': 'from Frame Time Vector',
  'cine-rate': 'from Cine Rate',
} as const;

function factsHtml(instance: Instance): string {
  const { rows, columns, numberOfFrames, wholeFrames, heartRate } = instance;
  const { frameTimeMs, frameTimeFrom } = geometryOf(instance);
  const facts: [string, string][] = [['Transfer syntax', transferSyntax(instance.transferSyntaxUid).name]];
  if (rows !== null && columns !== null) facts.push(['Picture', `${columns} × ${rows} pixels`]);
  if (numberOfFrames !== null) {
    const whole = wholeFrames !== null && wholeFrames !== numberOfFrames ? `, ${wholeFrames} whole` : '';
    facts.push(['Frames', `${numberOfFrames}${whole}`]);
    if (numberOfFrames > 1)
      facts.push([
        'Frame rate',
        frameTimeFrom === 'default'
          ? 'not given'
          : `${rounded(1000 / frameTimeMs)} a second, ${frameTimeSources[frameTimeFrom]}`,
      ]);
  }
  if (instance.photometricInterpretation !== null)
    facts.push(['Colour', `${instance.photometricInterpretation}, ${instance.bitsStored} bits`]);
  if (instance.ultrasoundColorDataPresent !== null)
    facts.push(['Colour Doppler', instance.ultrasoundColorDataPresent === 1 ? 'present' : 'absent']);
  if (heartRate !== null) facts.push(['Heart rate', `${rounded(heartRate)} a minute`]);
  if (instance.modality !== null) facts.push(['Modality', instance.modality]);
  return factTable('From the header of the file', facts);
}

function regionsHtml(regions: readonly Region[]): string {
  const rows = regions.map((region) => {
    const kind = regionKinds[region.spatialFormat ?? 0] ?? 'None';
    const { minX0, minY0, maxX1, maxY1 } = region;
    const cells = [
      `${minX0 ?? '?'}, ${minY0 ?? '?'} to ${maxX1 ?? '?'}, ${maxY1 ?? '?'}`,
      spacing(region.deltaX, region.unitsX),
      spacing(region.deltaY, region.unitsY),
    ];
    return `<tr><th scope="row">${kind}</th>${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>`;
  });
  const names = ['Kind', 'Corners (column, row)', 'One pixel across', 'One pixel down'];
  return `<div class="scroll" tabindex="0" role="region" aria-label="Ultrasound regions"><table><thead><tr>${names
    .map((name) => `<th scope="col">${name}</th>`)
    .join('')}</tr></thead><tbody>${rows.join('')}</tbody></table></div>`;
}

function spacing(delta: number | null, unit: number | null): string {
  const name = units[unit ?? 0];
  return delta === null || name === undefined ? 'no unit' : `${Number(delta.toPrecision(4))} ${name}`;
}

function rounded(value: number): string {
  return String(Math.round(value * 10) / 10);
}

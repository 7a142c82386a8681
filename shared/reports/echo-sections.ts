import type { Beat, CineMeasurement } from '../echo/measurement/measure-cine.ts';
import type { PublishedMeasurement } from '../echo/measurement/published-measurement.ts';
import type { Recommendation } from '../echo/measurement/recommendation.ts';
import type { Spread } from '../echo/measurement/spread.ts';
import { type Doubt, doubts, type Unmeasurable, unmeasurable } from '../echo/measurement/unmeasurable.ts';
import type { MeanView } from '../echo/views/mean-view.ts';
import { viewOf } from '../echo/views/views.ts';
import { chamberColours, diskColour } from './chamber-picture.ts';
import { escapeHtml, factTable, noticeHtml, type PageSection } from './page.ts';
import { volumeCurve } from './volume-curve.ts';

/** A model as a page names it. */
interface NamedModel {
  readonly name: string;
  readonly version: string;
  readonly preprocessingHash: string;
}

export interface SegmentationShown {
  readonly model: NamedModel;
  /** PNG files: the frames `stills` beside each other, and a loop of the cine. */
  readonly pictures: { readonly overlay: Uint8Array; readonly cine: Uint8Array };
  readonly stills: readonly number[];
  readonly confidence: number;
  readonly measured: CineMeasurement;
  readonly published: {
    readonly figures: PublishedMeasurement;
    readonly doubts: readonly Doubt[];
  };
}

export interface EchoResults {
  readonly view: MeanView & { readonly model: NamedModel };
  readonly segmentation: SegmentationShown | null;
  /** Why no chamber was looked for; null where it was. */
  readonly reason: Unmeasurable | null;
  readonly frameTimeMs: number;
}

const verdicts: Record<Recommendation, string> = {
  normal: 'normal (60 % and above)',
  greyzone: 'grey zone (40 to 60 %)',
  abnormal: 'abnormal (below 40 %)',
};

/** Views that a page names; the rest adds up to little. */
const viewsShown = 5;

/** The sections of an echo page that show what was found: view, chambers, measurement. */
export function echoSections({ view, segmentation, reason, frameTimeMs }: EchoResults): PageSection[] {
  const sections: PageSection[] = [];
  if (segmentation !== null) {
    sections.push({ heading: 'Measurement', html: measurementHtml(segmentation, frameTimeMs) });
    sections.push({ heading: 'Chambers', html: chambersHtml(segmentation, frameTimeMs) });
  } else if (reason !== null) {
    sections.push({ heading: 'Measurement', html: noticeHtml([`Not measured. ${unmeasurable[reason]}`]) });
  }
  sections.push({ heading: 'View', html: viewHtml(view) });
  return sections;
}

function viewHtml({ view, probabilities, frames, model }: EchoResults['view']): string {
  const rows = Object.entries(probabilities)
    .sort(([, a], [, b]) => b - a)
    .slice(0, viewsShown)
    .map(([name, probability]) => {
      const percent = `${(100 * probability).toFixed(1)}%`;
      return `<tr${name === view ? ' class="positive"' : ''}><th scope="row">${escapeHtml(viewOf(name).title)} <small>${escapeHtml(name)}</small></th>
<td class="number">${percent}</td><td class="bar" aria-hidden="true"><i style="width:${percent}"></i></td></tr>`;
    });
  const looked = frames.length === 1 ? 'one frame' : `${frames.length} frames`;
  return `<table class="views"><caption>Mean probability over ${looked}, the most probable views</caption><tbody>${rows.join('\n')}</tbody></table>${modelHtml(model)}`;
}

function chambersHtml(
  { model, pictures, stills, confidence, measured }: SegmentationShown,
  frameTimeMs: number,
): string {
  const data = (png: Uint8Array): string =>
    `data:image/png;base64,${Buffer.from(png.buffer, png.byteOffset, png.length).toString('base64')}`;
  const [beat] = measured.beats;
  const names = stills.map((frame) => {
    const seconds = `${((frame * frameTimeMs) / 1000).toFixed(2)} s`;
    const moments = [
      frame === 0 ? 'first frame' : '',
      frame === beat?.endDiastole ? 'end-diastole' : '',
      frame === beat?.endSystole ? 'end-systole' : '',
    ].filter((name) => name !== '');
    return `${moments.join(', ')} (${seconds})`;
  });
  const legend = [...Object.values(chamberColours), ...(beat === undefined ? [] : [diskColour])].map(
    ({ name, colour }) =>
      `<span class="key"><i style="background:rgb(${colour.join(' ')})"></i>${escapeHtml(name)}</span>`,
  );
  return `<figure class="chambers"><img class="loop" src="${data(pictures.cine)}" alt="Loop of the cine with the outlines of the chambers">
<img class="stills" src="${data(pictures.overlay)}" alt="Still frames with the outlines of the chambers: ${escapeHtml(names.join('; '))}">
<figcaption>${legend.join(' ')}<br>The cine, and still: ${escapeHtml(names.join('; '))}. Mean probability inside the chambers: ${(100 * confidence).toFixed(0)}%.</figcaption></figure>${modelHtml(model)}`;
}

function measurementHtml({ measured, published }: SegmentationShown, frameTimeMs: number): string {
  const { ef, edv, esv, laVolume, recommendation, heartRate, beats } = measured;
  const reasons: string[] = measured.unmeasurable.map((reason) => unmeasurable[reason]);
  if (measured.atriumUnmeasurable !== null && !measured.unmeasurable.includes(measured.atriumUnmeasurable))
    reasons.push(`Left atrium: ${unmeasurable[measured.atriumUnmeasurable]}`);
  const doubtful = measured.doubts.map((doubt) => doubts[doubt]);
  const facts: [string, string][] = [];
  if (ef !== null) facts.push(['Ejection fraction', spreadText(ef, '%')]);
  if (recommendation !== null) facts.push(['By the published limits', verdicts[recommendation]]);
  if (edv !== null) facts.push(['End-diastolic volume', spreadText(edv, 'mL')]);
  if (esv !== null) facts.push(['End-systolic volume', spreadText(esv, 'mL')]);
  if (laVolume !== null) facts.push(['Left atrium, largest', spreadText(laVolume, 'mL')]);
  if (heartRate !== null)
    facts.push(['Rate at which the ventricle beats', `${Math.round(heartRate)} a minute`]);
  const notices = [...reasons, ...doubtful];
  const table = facts.length === 0 ? '' : factTable('Method of disks, median over beats', facts);
  const curve =
    measured.curve.smoothed.length === 0
      ? ''
      : `<figure class="curve-of-volume">${volumeCurve(measured, frameTimeMs)}</figure>`;
  return `${noticeHtml(notices)}${table}${curve}${beats.length === 0 ? '' : beatsHtml(beats, frameTimeMs)}${publishedHtml(published, measured.doubts)}`;
}

/** The published system's figures, for comparing with it, and what only they take for granted. */
function publishedHtml(
  { figures, doubts: own }: SegmentationShown['published'],
  told: readonly Doubt[],
): string {
  const { ef, lvedv, lvesv, lavol, recommendation } = figures;
  if (ef === null) return '';
  const facts: [string, string][] = [['Ejection fraction', `${ef.toFixed(0)} %`]];
  if (recommendation !== null) facts.push(['By the published limits', verdicts[recommendation]]);
  if (lvedv !== null) facts.push(['End-diastolic volume', `${lvedv.toFixed(0)} mL`]);
  if (lvesv !== null) facts.push(['End-systolic volume', `${lvesv.toFixed(0)} mL`]);
  if (lavol !== null) facts.push(['Left atrium', `${lavol.toFixed(0)} mL`]);
  const notices = own.filter((doubt) => !told.includes(doubt)).map((doubt) => doubts[doubt]);
  return `<details><summary>By the published area-length method</summary>${noticeHtml(notices)}${factTable('As usal_echo measures, over windows of the cine', facts)}</details>`;
}

function beatsHtml(beats: readonly Beat[], frameTimeMs: number): string {
  const at = (frame: number): string => ((frame * frameTimeMs) / 1000).toFixed(2);
  const volume = (value: number | null | undefined): string => (value == null ? '' : value.toFixed(0));
  const rows = beats.map(
    ({ endDiastole, endSystole, edv, esv, ef, la }, index) =>
      `<tr><th scope="row">${index + 1}</th>${[
        at(endDiastole),
        at(endSystole),
        volume(edv),
        volume(esv),
        ef.toFixed(0),
        edv === null ? '' : volume(la?.volume),
      ]
        .map((cell) => `<td>${cell}</td>`)
        .join('')}</tr>`,
  );
  const names = [
    'Beat',
    'End-diastole, s',
    'End-systole, s',
    'EDV, mL',
    'ESV, mL',
    'EF, %',
    'Left atrium, mL',
  ];
  return `<div class="scroll" tabindex="0" role="region" aria-label="Beats"><table><thead><tr>${names
    .map((name) => `<th scope="col">${name}</th>`)
    .join('')}</tr></thead><tbody>${rows.join('')}</tbody></table></div>`;
}

function spreadText({ value, sd, count }: Spread, unit: string): string {
  const figure = `${value.toFixed(0)} ${unit}`;
  return sd === null ? `${figure}, one beat` : `${figure} ± ${sd.toFixed(1)} over ${count} beats`;
}

function modelHtml({ name, version, preprocessingHash }: NamedModel): string {
  return `<p class="note">Model <b>${escapeHtml(name)}</b> version ${escapeHtml(version)}, preprocessing <code title="${escapeHtml(preprocessingHash)}">${escapeHtml(preprocessingHash.slice(0, 12))}</code>.</p>`;
}

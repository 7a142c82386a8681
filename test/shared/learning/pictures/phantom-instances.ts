import { phantomCine } from '../../../../shared/echo/phantom/phantom-cine.ts';
import { phantomDicom } from '../../../../shared/echo/phantom/phantom-dicom.ts';
import { greyPng } from '../../../../shared/reports/grey-png.ts';
import { MemoryFolder } from '../small-set.ts';

const [rows, columns, frames] = [64, 80, 4];

/**
 * Small phantoms as DICOM instances, by turns apical four-chamber and others, the last two for validation: `views.csv` with
 * an instance a row, `masks.csv` with the masks of the first and the last frame of each four-chamber one.
 */
export function phantomInstances(count: number): MemoryFolder {
  const folder = new MemoryFolder();
  let views = 'image,view,split,patient\n';
  let masks = 'image,frame,mask,split,patient\n';
  for (let seed = 0; seed < count; seed++) {
    const view = seed % 2 === 0 ? 'a4c' : 'plax_plax';
    const cine = phantomCine({ view, seed, rows, columns, frames });
    const image = `study-${seed}/a_${seed}`;
    const identity = {
      patientName: 'Phantom^Nobody',
      patientId: `${seed}`,
      studyInstanceUid: `1.2.7.${seed}`,
      seriesInstanceUid: `1.2.7.${seed}.1`,
      sopInstanceUid: `1.2.7.${seed}.1.1`,
    };
    folder.files.set(image, phantomDicom(cine, identity));
    const split = seed < count - 2 ? 'train' : 'val';
    views += `${image},${view},${split},P${seed}\n`;
    if (view !== 'a4c') continue;
    for (const frame of [0, frames - 1]) {
      const mask = cine.masks.subarray(frame * rows * columns, (frame + 1) * rows * columns);
      folder.files.set(`masks/${seed}-${frame}.png`, greyPng(mask, rows, columns));
      masks += `${image},${frame},masks/${seed}-${frame}.png,${split},P${seed}\n`;
    }
  }
  folder.files.set('views.csv', new TextEncoder().encode(views));
  folder.files.set('masks.csv', new TextEncoder().encode(masks));
  return folder;
}

/** Keys of `smallViews` and `smallSegmentation` by which they are trained on such a folder. */
const source = 'name: phantoms, attribution: nobody, licence: none, prefix: /';
const sets = (more: string) =>
  ['train', 'val']
    .map(
      (split, at) =>
        `${['train', 'validation'][at]}: { ${more}, rows: { split: ${split} }, patient: patient }`,
    )
    .join(', ');

export const viewsOfInstances = {
  data: `{ kind: labels, ${source}, ${sets('table: views.csv, framesEach: 3')} }`,
  classes: '[a4c, plax_plax, a2c]',
};
export const masksOfInstances = {
  data: `{ kind: masks, ${source}, ${sets("table: masks.csv, frame: '{frame}'")},
  maskValues: { 0: background, 1: wall, 2: ventricle, 3: right ventricle, 4: atrium, 5: right atrium } }`,
  classes: '[background, wall, ventricle, right ventricle, atrium, right atrium]',
  chambers: '{ lv: ventricle, la: atrium, lvo: wall }',
};

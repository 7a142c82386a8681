import type { Header } from '../../shared/echo/dicom/header.ts';
import type { Instance } from '../../shared/echo/dicom/instance.ts';
import type { FrameForms } from '../../shared/echo/frame-forms.ts';
import { BlankedFrames } from '../../shared/echo/frames/blanked-frames.ts';
import type { FirstFrame } from '../../shared/echo/frames/first-frame.ts';
import { FrameReader } from '../../shared/echo/frames/frame-reader.ts';
import { FrameSample } from '../../shared/echo/frames/frame-sample.ts';
import { resizer } from '../../shared/echo/frames/resize.ts';
import { geometryOf } from '../../shared/echo/measurement/geometry.ts';
import type { FramePreprocessing } from '../../shared/echo/preprocessing.ts';
import { Random } from '../../shared/random.ts';
import type { Folder } from '../../shared/storage/folder.ts';
import { FrameChunks, type PreparedCine, writePreparedCine } from '../../shared/storage/prepared-cine.ts';

/**
 * Decodes a cine or a still once, holding one frame of it, and writes into the folder what the nets take of it: the
 * frames that a view net looks at, every frame for the segmentation nets, and the first frame for its page. All of it is
 * without burned-in text, by the area that is found in the first frame that shows one.
 * @param identity of the input; the same one gives the same sample of frames
 * @throws SystoleError as FrameReader does
 */
export async function prepareCine(
  header: Header,
  instance: Instance,
  forms: FrameForms,
  identity: string,
  folder: Folder,
): Promise<PreparedCine> {
  const rows = instance.rows!;
  const columns = instance.columns!;
  const brought = (form: FramePreprocessing) => {
    const resize = resizer(rows, columns, form.edge, form.edge);
    return { form, resize };
  };
  const view = brought(forms.views);
  const every = forms.every.map((form) => ({ ...brought(form), chunks: new FrameChunks(folder, form) }));
  const sample = new FrameSample(Random.named(0, identity));
  const blanked = new BlankedFrames(instance);
  const numbers: number[] = [];
  let first: FirstFrame | undefined;
  const reader = new FrameReader(header, instance, 'grey');
  for await (const { index, pixels } of reader) {
    blanked.take(pixels);
    // Whatever the nets are given, a page shows no burned-in text.
    first ??= { grey: blanked.as('regions-or-fan').slice(), area: blanked.areaOf('regions-or-fan')! };
    sample.offer(index, () => {
      const grey = new Uint8Array(view.form.edge ** 2);
      view.resize(blanked.as(view.form.burnedInText), grey);
      return grey;
    });
    for (const { form, resize, chunks } of every)
      await chunks.add((into) => resize(blanked.as(form.burnedInText), into));
    numbers.push(index);
  }
  for (const { chunks } of every) await chunks.end();
  const sampled = sample.frames();
  const cine: PreparedCine = {
    rows,
    columns,
    first: first!,
    frames: Int32Array.from(numbers),
    sampled: {
      edge: view.form.edge,
      frames: Int32Array.from(sampled, ({ index }) => index),
      grey: Buffer.concat(sampled.map(({ pixels }) => pixels)),
    },
    marks: reader.marks,
    geometry: geometryOf(instance),
  };
  await writePreparedCine(folder, cine);
  return cine;
}

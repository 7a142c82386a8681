import type { Instance } from '../dicom/instance.ts';
import type { FramePreprocessing } from '../preprocessing.ts';
import { blankOutside, type PictureArea, pictureArea } from './picture-area.ts';

type Blanking = FramePreprocessing['burnedInText'];

/** The frames of an instance, one after the other, each blanked in the ways that are asked for. */
export class BlankedFrames {
  readonly #instance: Instance;
  readonly #areas = new Map<Blanking, PictureArea>();
  readonly #pictures = new Map<Blanking, Uint8Array>();
  #pixels: Uint8Array = new Uint8Array(0);

  constructor(instance: Instance) {
    this.#instance = instance;
  }

  /** @param pixels [row, column]; read until the next frame is taken */
  take(pixels: Uint8Array): void {
    this.#pixels = pixels;
    this.#pictures.clear();
  }

  /** The frame that was taken last, by the area that is found in the first frame that shows one. */
  as(method: Blanking): Uint8Array {
    if (method === 'none') return this.#pixels;
    const known = this.#pictures.get(method);
    if (known !== undefined) return known;
    let area = this.#areas.get(method);
    // A cine that fades in shows its fan later; what comes before is blank.
    if (area === undefined || area.from === 'none') {
      area = pictureArea(this.#instance, this.#pixels, method);
      this.#areas.set(method, area);
    }
    const picture = this.#pixels.slice();
    blankOutside(picture, area);
    this.#pictures.set(method, picture);
    return picture;
  }

  /** Where the area comes from; undefined before a frame was blanked in this way. */
  areaOf(method: Blanking): PictureArea['from'] | undefined {
    return this.#areas.get(method)?.from;
  }
}

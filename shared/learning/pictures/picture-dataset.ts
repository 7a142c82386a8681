/** A picture of a training or validation set as it is stored: rows and columns of its own. */
export interface LabelledPicture {
  readonly rows: number;
  readonly columns: number;
  /** `[row, column]`, 8 bits, burned-in text blanked. */
  readonly grey: Uint8Array;
  /** The label of each pixel, `[row, column]`, or the class of the picture alone. */
  readonly labels: Uint8Array;
}

/** What is known of a picture without reading it. */
export interface PictureEntry {
  /** Pictures of one patient (or phantom) belong together when figures are drawn again. */
  readonly patient: string;
  /** Where the set says so: which moment it is, and the patient's ejection fraction, per cent. */
  readonly ejectionFraction?: { readonly moment: 'end-diastole' | 'end-systole'; readonly percent: number };
}

/** Labelled pictures, which are read or made when they are needed. */
export interface PictureDataset {
  readonly pictures: readonly PictureEntry[];
  /** So many neighbouring pictures are made together and are best asked for one after another; 1 when absent. */
  readonly together?: number;
  picture(index: number): Promise<LabelledPicture>;
}

import { Buffer } from 'node:buffer';
import { type ByteSource, bytesInMemory } from '../../../shared/echo/dicom/byte-source.ts';
import { type Header, readHeader } from '../../../shared/echo/dicom/header.ts';
import { type Instance, readInstance } from '../../../shared/echo/dicom/instance.ts';
import { type WritableElement, type WritableObject, writeDicom } from '../../../shared/echo/dicom/write.ts';
import { FrameReader } from '../../../shared/echo/frames/frame-reader.ts';

export const syntaxes = {
  implicit: '1.2.840.10008.1.2',
  explicit: '1.2.840.10008.1.2.1',
  deflated: '1.2.840.10008.1.2.1.99',
  bigEndian: '1.2.840.10008.1.2.2',
  rle: '1.2.840.10008.1.2.5',
  jpeg: '1.2.840.10008.1.2.4.50',
} as const;

/** The elements of a small ultrasound cine; `changes` replaces or adds, `undefined` takes out. */
export function ultrasound(
  changes: Readonly<Record<number, WritableElement | undefined>> = {},
): WritableElement[] {
  const elements: WritableElement[] = [
    { tag: 0x00080016, vr: 'UI', value: '1.2.840.10008.5.1.4.1.1.3.1' },
    { tag: 0x00080018, vr: 'UI', value: '1.2.3.4' },
    { tag: 0x00080060, vr: 'CS', value: 'US' },
    { tag: 0x00100010, vr: 'PN', value: 'Doe^Jane' },
    { tag: 0x00181063, vr: 'DS', value: '40' },
    { tag: 0x0020000d, vr: 'UI', value: '1.2.3' },
    { tag: 0x0020000e, vr: 'UI', value: '1.2.3.1' },
    { tag: 0x00280002, vr: 'US', value: [1] },
    { tag: 0x00280004, vr: 'CS', value: 'MONOCHROME2' },
    { tag: 0x00280008, vr: 'IS', value: '2' },
    { tag: 0x00280010, vr: 'US', value: [2] },
    { tag: 0x00280011, vr: 'US', value: [3] },
    { tag: 0x00280100, vr: 'US', value: [8] },
    { tag: 0x00280101, vr: 'US', value: [8] },
    { tag: 0x00280102, vr: 'US', value: [7] },
    { tag: 0x00280103, vr: 'US', value: [0] },
    { tag: 0x7fe00010, vr: 'OB', value: Uint8Array.of(0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100, 110) },
  ];
  const byTag = new Map(elements.map((element) => [element.tag, element]));
  for (const [tag, element] of Object.entries(changes)) {
    if (element === undefined) byTag.delete(Number(tag));
    else byTag.set(Number(tag), element);
  }
  return [...byTag.values()];
}

/** Changes for `ultrasound`, by tag. */
export function changed(...elements: WritableElement[]): Record<number, WritableElement> {
  return Object.fromEntries(elements.map((element) => [element.tag, element]));
}

export function ultrasoundFile(
  changes: Readonly<Record<number, WritableElement | undefined>> = {},
  transferSyntaxUid: string = syntaxes.explicit,
  options: Partial<WritableObject> = {},
): Uint8Array {
  return writeDicom({ transferSyntaxUid, elements: ultrasound(changes), ...options });
}

export async function read(bytes: Uint8Array): Promise<{ header: Header; instance: Instance }> {
  const header = await readHeader(bytesInMemory(bytes));
  return { header, instance: readInstance(header) };
}

/** All frames of a file, copied. */
export async function allFrames(
  bytes: Uint8Array,
  colour: 'grey' | 'rgb' = 'grey',
): Promise<{ frames: number[][]; indices: number[]; marks: readonly string[] }> {
  const { header, instance } = await read(bytes);
  const reader = new FrameReader(header, instance, colour);
  const frames: number[][] = [];
  const indices: number[] = [];
  for await (const frame of reader) {
    frames.push([...frame.pixels]);
    indices.push(frame.index);
  }
  return { frames, indices, marks: reader.marks };
}

/** A source that writes down what is read of it. */
export function watched(bytes: Uint8Array): ByteSource & { readonly reads: [number, number][] } {
  const reads: [number, number][] = [];
  return {
    size: bytes.length,
    reads,
    async read(offset, length) {
      reads.push([offset, length]);
      return bytes.subarray(offset, offset + length);
    },
  };
}

/** Bytes from hexadecimal digits; everything else is annotation and must hold none. */
export const hex = (digits: string): Uint8Array =>
  new Uint8Array(Buffer.from(digits.replace(/\s/g, ''), 'hex'));

/** What a promise is refused with. */
export async function reasonOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
    return 'none';
  } catch (error) {
    return (error as { reason?: string }).reason ?? `crash: ${error}`;
  }
}

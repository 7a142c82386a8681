import load from '@cornerstonejs/codec-openjph/wasmjs';
import { describe, expect, it } from 'vitest';
import { codecOptions } from '../../../../shared/echo/frames/codec-options.ts';
import { allFrames, changed, ultrasoundFile } from '../ultrasound.ts';

interface EncodedFrame {
  readonly width: number;
  readonly height: number;
  readonly componentCount: number;
  readonly bitsPerSample: number;
  readonly isSigned: boolean;
  readonly isUsingColorTransform: boolean;
}

/** The encoder of the package, which the product does not use. */
interface Encoder {
  getDecodedBuffer(frame: EncodedFrame): Uint8Array;
  setQuality(reversible: boolean, step: number): void;
  encode(): void;
  getEncodedBuffer(): Uint8Array;
}

async function encoded(samples: Uint8Array, frame: EncodedFrame): Promise<Uint8Array> {
  const codec = await load(codecOptions('openjphjs.wasm'));
  const encoder = new (codec as unknown as { HTJ2KEncoder: new () => Encoder }).HTJ2KEncoder();
  encoder.getDecodedBuffer(frame).set(samples);
  encoder.setQuality(true, 0);
  encoder.encode();
  return Uint8Array.from(encoder.getEncodedBuffer());
}

describe('high-throughput JPEG 2000', () => {
  const rows = 48;
  const columns = 64;
  const us = (tag: number, value: number) => ({ tag, vr: 'US', value: [value] });

  it('of two grey frames comes back as it was', async () => {
    const pictures = [0, 1].map((frame) =>
      Uint8Array.from({ length: rows * columns }, (_, i) => (i * 7 + frame * 31) % 256),
    );
    const frame = {
      width: columns,
      height: rows,
      bitsPerSample: 8,
      componentCount: 1,
      isSigned: false,
      isUsingColorTransform: false,
    };
    const fragments = await Promise.all(pictures.map((picture) => encoded(picture, frame)));
    const file = ultrasoundFile(
      changed(us(0x00280010, rows), us(0x00280011, columns), {
        tag: 0x7fe00010,
        vr: 'OB',
        value: { fragments },
      }),
      '1.2.840.10008.1.2.4.201',
    );
    const { frames, marks } = await allFrames(file);
    expect(frames).toEqual(pictures.map((picture) => [...picture]));
    expect(marks).toEqual([]);
  });

  it('of colours comes back as it was', async () => {
    const picture = Uint8Array.from({ length: 3 * rows * columns }, (_, i) => (i * 11) % 256);
    const frame = {
      width: columns,
      height: rows,
      bitsPerSample: 8,
      componentCount: 3,
      isSigned: false,
      isUsingColorTransform: true,
    };
    const file = ultrasoundFile(
      changed(
        us(0x00280002, 3),
        { tag: 0x00280004, vr: 'CS', value: 'YBR_RCT' },
        { tag: 0x00280008, vr: 'IS', value: '1' },
        us(0x00280010, rows),
        us(0x00280011, columns),
        { tag: 0x7fe00010, vr: 'OB', value: { fragments: [await encoded(picture, frame)] } },
      ),
      '1.2.840.10008.1.2.4.201',
    );
    expect((await allFrames(file, 'rgb')).frames).toEqual([[...picture]]);
  });
});

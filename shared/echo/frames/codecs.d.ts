/**
 * The shape that the Emscripten builds of the cornerstonejs codec packages share, which bring no types, and that of
 * jpeg-lossless-decoder-js, whose release lacks them.
 */
declare module 'emscripten-codec' {
  export interface Decoder {
    /** Memory for the compressed frame, inside the module. */
    getEncodedBuffer(length: number): Uint8Array;
    decode(): void;
    /** The bytes of the decoded samples; those of 16 bits are little endian. */
    getDecodedBuffer(): Uint8Array | Uint8ClampedArray;
  }

  export interface CodecOptions {
    readonly wasmBinary: Uint8Array;
    readonly print: (line: string) => void;
    readonly printErr: (line: string) => void;
  }

  export type Load<Name extends string> = (options: CodecOptions) => Promise<Record<Name, new () => Decoder>>;
}

declare module '@cornerstonejs/codec-libjpeg-turbo-8bit/decodewasmjs' {
  import type { Load } from 'emscripten-codec';

  const load: Load<'JPEGDecoder'>;
  export default load;
}

declare module '@cornerstonejs/codec-charls/decodewasmjs' {
  import type { CodecOptions, Decoder } from 'emscripten-codec';
  export interface JpegLsDecoder extends Decoder {
    /** 0: the components lie one after the other. */
    getInterleaveMode(): number;
  }
  const load: (options: CodecOptions) => Promise<{ JpegLSDecoder: new () => JpegLsDecoder }>;
  export default load;
}

declare module '@cornerstonejs/codec-openjpeg/decodewasmjs' {
  import type { Load } from 'emscripten-codec';

  const load: Load<'J2KDecoder'>;
  export default load;
}

declare module '@cornerstonejs/codec-openjph/wasmjs' {
  import type { Load } from 'emscripten-codec';

  const load: Load<'HTJ2KDecoder'>;
  export default load;
}

declare module 'jpeg-lossless-decoder-js' {
  export class Decoder {
    /** Samples of one or two bytes in the order of the machine, components together. */
    decompress(buffer: ArrayBufferLike, offset: number, length: number): ArrayBuffer;
  }
}

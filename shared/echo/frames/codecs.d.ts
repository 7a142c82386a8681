/** The shape of the Emscripten builds of the cornerstonejs codec packages, which bring no types. */
declare module '@cornerstonejs/codec-libjpeg-turbo-8bit/decodewasmjs' {
  interface Decoder {
    /** Memory for the compressed frame, inside the module. */
    getEncodedBuffer(length: number): Uint8Array;
    decode(): void;
    /** View of the decoded samples, valid until the next decode. */
    getDecodedBuffer(): Uint8Array;
    getFrameInfo(): { width: number; height: number; componentCount: number; bitsPerSample: number };
  }
  const load: (options: { wasmBinary: Uint8Array }) => Promise<{ JPEGDecoder: new () => Decoder }>;
  export default load;
}

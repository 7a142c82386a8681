/**
 * Protocol Buffers wire format (https://protobuf.dev/programming-guides/encoding), as far as ONNX models use it:
 * varints, 32-bit floats, length-delimited fields and messages in messages.
 */
export class ProtobufWriter {
  #chunks: Uint8Array[] = [];
  #length = 0;

  /** Integer field, 64 bits, two's complement when negative. */
  integer(field: number, value: number | bigint): this {
    return this.#varint((field << 3) | 0).#varint(value);
  }

  /** 32-bit float field. */
  float(field: number, value: number): this {
    const bytes = new Uint8Array(4);
    new DataView(bytes.buffer).setFloat32(0, value, true);
    return this.#varint((field << 3) | 5).#append(bytes);
  }

  text(field: number, value: string): this {
    return this.bytes(field, new TextEncoder().encode(value));
  }

  bytes(field: number, value: Uint8Array): this {
    return this.#varint((field << 3) | 2)
      .#varint(value.length)
      .#append(value);
  }

  message(field: number, write: (writer: ProtobufWriter) => void): this {
    const inner = new ProtobufWriter();
    write(inner);
    this.#varint((field << 3) | 2).#varint(inner.#length);
    this.#chunks.push(...inner.#chunks);
    this.#length += inner.#length;
    return this;
  }

  finish(): Uint8Array {
    const joined = new Uint8Array(this.#length);
    let at = 0;
    for (const chunk of this.#chunks) {
      joined.set(chunk, at);
      at += chunk.length;
    }
    return joined;
  }

  #varint(value: number | bigint): this {
    const bytes: number[] = [];
    let rest = BigInt.asUintN(64, BigInt(value));
    do {
      const low = Number(rest & 0x7fn);
      rest >>= 7n;
      bytes.push(rest === 0n ? low : low | 0x80);
    } while (rest !== 0n);
    return this.#append(Uint8Array.from(bytes));
  }

  #append(bytes: Uint8Array): this {
    this.#chunks.push(bytes);
    this.#length += bytes.length;
    return this;
  }
}

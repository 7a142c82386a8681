import { describe, expect, it } from 'vitest';
import { ProtobufWriter } from '../../../../shared/engine/onnx/protobuf.ts';

const hex = (writer: ProtobufWriter) => Buffer.from(writer.finish()).toString('hex');

/** The examples of https://protobuf.dev/programming-guides/encoding, and the ends of the ranges. */
describe('Protocol Buffers', () => {
  it.each([
    [1, 150, '089601'],
    [1, 0, '0800'],
    [1, -2, '08feffffffffffffffff01'],
    [20, 1, 'a00101'],
    [1, Number.MAX_SAFE_INTEGER, '08ffffffffffffff0f'],
    [1, 2n ** 63n - 1n, '08ffffffffffffffff7f'],
  ])('integer field %d of %d', (field, value, bytes) => {
    expect(hex(new ProtobufWriter().integer(field, value))).toBe(bytes);
  });

  it('text, floats and messages in messages', () => {
    expect(hex(new ProtobufWriter().text(2, 'testing'))).toBe('120774657374696e67');
    expect(hex(new ProtobufWriter().text(2, 'Diám'))).toBe('12054469c3a16d');
    expect(hex(new ProtobufWriter().float(3, 1.5))).toBe('1d0000c03f');
    expect(hex(new ProtobufWriter().message(3, (inner) => inner.integer(1, 150)))).toBe('1a03089601');
    expect(hex(new ProtobufWriter().message(1, (a) => a.message(2, (b) => b.integer(3, 1))))).toBe(
      '0a0412021801',
    );
  });
});

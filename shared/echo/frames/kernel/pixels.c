// The inner loops of decoding and resizing, for WebAssembly with 128-bit vectors, which are ten times as fast as the
// same loops in JavaScript. Memory is laid out by ../pixel-kernel.ts, which also checks every length. Built into
// ../pixel-kernel-program.ts by scripts/build-pixel-kernel.mjs; the tests hold it against plain loops.

#include <stdint.h>
#include <wasm_simd128.h>

#define EXPORT(name) __attribute__((export_name(#name)))

typedef uint8_t u8;

// Bytes 0, 3, 6 ... of an interleaved picture: the luma of YCbCr. Reads 3 * count bytes.
EXPORT(first_of_three) void first_of_three(const u8 *in, u8 *out, int count) {
  int i = 0;
  for (; i + 16 <= count; i += 16, in += 48) {
    v128_t a = wasm_v128_load(in), b = wasm_v128_load(in + 16), c = wasm_v128_load(in + 32);
    v128_t ab = wasm_i8x16_shuffle(a, b, 0, 3, 6, 9, 12, 15, 18, 21, 24, 27, 30, 0, 0, 0, 0, 0);
    wasm_v128_store(out + i,
                    wasm_i8x16_shuffle(ab, c, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 17, 20, 23, 26, 29));
  }
  for (; i < count; i++, in += 3) out[i] = in[0];
}

// Grey = 0.2989 R + 0.587 G + 0.114 B in 16-bit fixed point, rounded; weights as in ../luma.ts.
EXPORT(grey_of_rgb) void grey_of_rgb(const u8 *in, u8 *out, int count) {
  for (int i = 0; i < count; i++, in += 3)
    out[i] = (u8)((19589 * in[0] + 38470 * in[1] + 7477 * in[2] + 32768) >> 16);
}

// PackBits (PS3.5 G.3): n >= 0 copies n + 1 bytes, n < 0 repeats the next byte 1 - n times, -128 is nothing.
// Writes every stride-th byte. Returns how many bytes of `count` were written before the input ended.
EXPORT(unpack) int unpack(const u8 *in, int length, u8 *out, int count, int stride) {
  const u8 *end = in + length;
  int done = 0;
  while (done < count && in + 1 < end) {
    int n = *in++;
    if (n < 128) {
      int run = n + 1 < count - done ? n + 1 : count - done;
      if (run > end - in) run = (int)(end - in);
      u8 *to = out + (long)done * stride;
      if (stride == 1) __builtin_memcpy(to, in, run);
      else
        for (int i = 0; i < run; i++, to += stride) *to = in[i];
      in += run;
      done += run;
    } else if (n > 128) {
      int run = 257 - n < count - done ? 257 - n : count - done;
      u8 value = *in++;
      u8 *to = out + (long)done * stride;
      if (stride == 1) __builtin_memset(to, value, run);
      else
        for (int i = 0; i < run; i++, to += stride) *to = value;
      done += run;
    }
  }
  return done;
}

// Horizontal linear resampling of `rows` rows. For each four outputs, `starts` has the first of the eight inputs that
// hold their neighbours, `picks` the bytes of their left and right neighbours (as 16-bit pairs) among these eight
// widened inputs, and `weights` the pairs' weights in 1/16384. Results are grey levels in 1/128.
EXPORT(stretch)
void stretch(const u8 *in, int columns, int rows, const int32_t *starts, const u8 *picks, const int16_t *weights,
             int16_t *out, int toColumns) {
  const v128_t half = wasm_i32x4_splat(1 << 6);
  for (int row = 0; row < rows; row++, in += columns, out += toColumns)
    for (int group = 0; group < toColumns / 8; group++) {
      v128_t sums[2];
      for (int part = 0; part < 2; part++) {
        int four = 2 * group + part;
        v128_t near = wasm_u16x8_load8x8(in + starts[four]);
        v128_t pairs = wasm_i8x16_swizzle(near, wasm_v128_load(picks + 16 * four));
        v128_t sum = wasm_i32x4_dot_i16x8(pairs, wasm_v128_load(weights + 8 * four));
        sums[part] = wasm_i32x4_shr(wasm_i32x4_add(sum, half), 7);
      }
      wasm_v128_store(out + 8 * group, wasm_i16x8_narrow_i32x4(sums[0], sums[1]));
    }
}

// Vertical linear resampling of what `stretch` made: for each output row the upper input row and the weights of the
// two, in 1/16384.
EXPORT(blend)
void blend(const int16_t *in, int columns, const int32_t *starts, const int16_t *weights, u8 *out, int toRows) {
  const v128_t half = wasm_i32x4_splat(1 << 20);
  for (int row = 0; row < toRows; row++, out += columns) {
    const int16_t *upper = in + (long)starts[row] * columns;
    const int16_t *lower = upper + columns;
    v128_t pair = wasm_i32x4_splat((uint16_t)weights[2 * row] | (uint32_t)(uint16_t)weights[2 * row + 1] << 16);
    for (int i = 0; i < columns; i += 8) {
      v128_t a = wasm_v128_load(upper + i), b = wasm_v128_load(lower + i);
      v128_t low = wasm_i16x8_shuffle(a, b, 0, 8, 1, 9, 2, 10, 3, 11);
      v128_t high = wasm_i16x8_shuffle(a, b, 4, 12, 5, 13, 6, 14, 7, 15);
      low = wasm_i32x4_shr(wasm_i32x4_add(wasm_i32x4_dot_i16x8(low, pair), half), 21);
      high = wasm_i32x4_shr(wasm_i32x4_add(wasm_i32x4_dot_i16x8(high, pair), half), 21);
      v128_t words = wasm_i16x8_narrow_i32x4(low, high);
      wasm_v128_store64_lane(out + i, wasm_u8x16_narrow_i16x8(words, words), 0);
    }
  }
}

// Vertical resampling with any number of taps (even; those not needed weigh 0): 8-bit rows to grey levels in 1/128.
// Rows of the output are `stride` long, a multiple of eight; up to seven bytes beyond the last input row are read.
EXPORT(mix_rows)
void mix_rows(const u8 *in, int columns, const int32_t *starts, const int16_t *weights, int taps, int16_t *out,
              int stride, int toRows) {
  const v128_t half = wasm_i32x4_splat(1 << 6);
  for (int row = 0; row < toRows; row++, out += stride, weights += taps) {
    const u8 *first = in + (long)starts[row] * columns;
    for (int i = 0; i < columns; i += 8) {
      v128_t low = half, high = half;
      const u8 *at = first + i;
      for (int tap = 0; tap < taps; tap += 2, at += 2 * columns) {
        v128_t pair = wasm_i32x4_splat((uint16_t)weights[tap] | (uint32_t)(uint16_t)weights[tap + 1] << 16);
        v128_t a = wasm_u16x8_load8x8(at), b = wasm_u16x8_load8x8(at + columns);
        v128_t near = wasm_i16x8_shuffle(a, b, 0, 8, 1, 9, 2, 10, 3, 11);
        v128_t far = wasm_i16x8_shuffle(a, b, 4, 12, 5, 13, 6, 14, 7, 15);
        low = wasm_i32x4_add(low, wasm_i32x4_dot_i16x8(near, pair));
        high = wasm_i32x4_add(high, wasm_i32x4_dot_i16x8(far, pair));
      }
      wasm_v128_store(out + i, wasm_i16x8_narrow_i32x4(wasm_i32x4_shr(low, 7), wasm_i32x4_shr(high, 7)));
    }
  }
}

// Horizontal resampling of what `mix_rows` made, with any number of taps (a multiple of eight, padded with 0).
EXPORT(mix_columns)
void mix_columns(const int16_t *in, int stride, const int32_t *starts, const int16_t *weights, int taps, u8 *out,
                 int toColumns, int rows) {
  for (int row = 0; row < rows; row++, in += stride, out += toColumns) {
    const int16_t *weight = weights;
    for (int i = 0; i < toColumns; i++) {
      v128_t sum = wasm_i32x4_splat(0);
      const int16_t *at = in + starts[i];
      for (int tap = 0; tap < taps; tap += 8, weight += 8, at += 8)
        sum = wasm_i32x4_add(sum, wasm_i32x4_dot_i16x8(wasm_v128_load(at), wasm_v128_load(weight)));
      sum = wasm_i32x4_add(sum, wasm_i32x4_shuffle(sum, sum, 2, 3, 0, 1));
      int total = wasm_i32x4_extract_lane(sum, 0) + wasm_i32x4_extract_lane(sum, 1);
      out[i] = (u8)((total + (1 << 20)) >> 21);
    }
  }
}

// The inner loops of decoding and resizing, for WebAssembly with 128-bit vectors, which are ten times as fast as the
// same loops in JavaScript. Memory is laid out by ../pixel-kernel.ts, which also checks every length. Built into
// ../pixel-kernel-program.ts by scripts/build-kernels.mjs; the tests hold it against plain loops.

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

static inline v128_t clamped(v128_t low, v128_t high) { return wasm_u8x16_narrow_i16x8(low, high); }

// One of the two sums of eight pixels: value + more * weight, weight in 1/32768.
static inline v128_t plus(v128_t value, v128_t more, int weight) {
  return wasm_i16x8_add(value, wasm_i16x8_q15mulr_sat(more, wasm_i16x8_splat((int16_t)weight)));
}

// YBR_FULL to RGB (PS3.3 C.7.6.3.1.2, inverted), both interleaved; sixteen pixels at a time, so that up to 47 bytes
// beyond the last pixel are read and written.
EXPORT(rgb_of_ybr) void rgb_of_ybr(const u8 *in, u8 *out, int count) {
  const v128_t middle = wasm_i16x8_splat(128);
  for (int i = 0; i < count; i += 16, in += 48, out += 48) {
    v128_t a = wasm_v128_load(in), b = wasm_v128_load(in + 16), c = wasm_v128_load(in + 32);
    v128_t y = wasm_i8x16_shuffle(a, b, 0, 3, 6, 9, 12, 15, 18, 21, 24, 27, 30, 0, 0, 0, 0, 0);
    y = wasm_i8x16_shuffle(y, c, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 17, 20, 23, 26, 29);
    v128_t blue = wasm_i8x16_shuffle(a, b, 1, 4, 7, 10, 13, 16, 19, 22, 25, 28, 31, 0, 0, 0, 0, 0);
    blue = wasm_i8x16_shuffle(blue, c, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 18, 21, 24, 27, 30);
    v128_t red = wasm_i8x16_shuffle(a, b, 2, 5, 8, 11, 14, 17, 20, 23, 26, 29, 0, 0, 0, 0, 0, 0);
    red = wasm_i8x16_shuffle(red, c, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 16, 19, 22, 25, 28, 31);
    v128_t rs[2], gs[2], bs[2];
    for (int half = 0; half < 2; half++) {
      v128_t luma = half ? wasm_u16x8_extend_high_u8x16(y) : wasm_u16x8_extend_low_u8x16(y);
      v128_t cb = wasm_i16x8_sub(half ? wasm_u16x8_extend_high_u8x16(blue) : wasm_u16x8_extend_low_u8x16(blue), middle);
      v128_t cr = wasm_i16x8_sub(half ? wasm_u16x8_extend_high_u8x16(red) : wasm_u16x8_extend_low_u8x16(red), middle);
      rs[half] = plus(wasm_i16x8_add(luma, cr), cr, 13173);                          // 1.402
      gs[half] = plus(plus(luma, cb, -11277), cr, -23401);                           // -0.344136, -0.714136
      bs[half] = plus(wasm_i16x8_add(luma, wasm_i16x8_shl(cb, 1)), cb, -7471);       // 1.772
    }
    v128_t r = clamped(rs[0], rs[1]), g = clamped(gs[0], gs[1]), bl = clamped(bs[0], bs[1]);
    v128_t rg = wasm_i8x16_shuffle(r, g, 0, 16, 0, 1, 17, 0, 2, 18, 0, 3, 19, 0, 4, 20, 0, 5);
    wasm_v128_store(out, wasm_i8x16_shuffle(rg, bl, 0, 1, 16, 3, 4, 17, 6, 7, 18, 9, 10, 19, 12, 13, 20, 15));
    rg = wasm_i8x16_shuffle(r, g, 21, 0, 6, 22, 0, 7, 23, 0, 8, 24, 0, 9, 25, 0, 10, 26);
    wasm_v128_store(out + 16, wasm_i8x16_shuffle(rg, bl, 0, 21, 2, 3, 22, 5, 6, 23, 8, 9, 24, 11, 12, 25, 14, 15));
    rg = wasm_i8x16_shuffle(r, g, 0, 11, 27, 0, 12, 28, 0, 13, 29, 0, 14, 30, 0, 15, 31, 0);
    wasm_v128_store(out + 32, wasm_i8x16_shuffle(rg, bl, 26, 1, 2, 27, 4, 5, 28, 7, 8, 29, 10, 11, 30, 13, 14, 31));
  }
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

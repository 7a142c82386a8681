// The inner loops over samples, for WebAssembly with 128-bit vectors. Memory is laid out by ../signal-kernel.ts and its
// callers, which also check every length. Built into ../signal-kernel-program.ts by scripts/build-kernels.mjs; the tests
// hold it against plain loops, bit for bit.

#include <stdint.h>
#include <wasm_simd128.h>

#define EXPORT(name) __attribute__((export_name(#name)))
#define ALWAYS static inline __attribute__((always_inline))

// Four integers as floats. Clang would convert what has just been widened number by number; it cannot see through this.
ALWAYS v128_t floats(v128_t integers) {
  __asm__("" : "+r"(integers));
  return wasm_f32x4_convert_i32x4(integers);
}

// Takes interleaved 16-bit samples apart: in[frame][signal] to out[signal][frame], four signals and four frames at a
// time. Adds the samples of each signal to its sum, modulo 2^16. Returns the smallest sample, at most `smallest`.
EXPORT(separate)
int separate(const int16_t *in, int signals, int frames, float *out, int16_t *sums, int smallest) {
  v128_t lowest = wasm_i16x8_splat((int16_t)smallest);
  int signal = 0;
  for (; signal + 4 <= signals; signal += 4) {
    const int16_t *from = in + signal;
    float *p = out + (long)signal * frames, *q = p + frames, *r = q + frames, *s = r + frames;
    v128_t sum = wasm_i16x8_const_splat(0);
    int i = 0;
    for (; i + 4 <= frames; i += 4, from += 4 * signals) {
      v128_t a = wasm_v128_load64_zero(from), b = wasm_v128_load64_zero(from + signals);
      v128_t c = wasm_v128_load64_zero(from + 2 * signals), d = wasm_v128_load64_zero(from + 3 * signals);
      // Each signal's samples of two frames, then of four.
      v128_t ab = wasm_i16x8_shuffle(a, b, 0, 8, 1, 9, 2, 10, 3, 11);
      v128_t cd = wasm_i16x8_shuffle(c, d, 0, 8, 1, 9, 2, 10, 3, 11);
      sum = wasm_i16x8_add(sum, wasm_i16x8_add(ab, cd));
      lowest = wasm_i16x8_min(lowest, wasm_i16x8_min(ab, cd));
      v128_t pq = wasm_i32x4_shuffle(ab, cd, 0, 4, 1, 5), rs = wasm_i32x4_shuffle(ab, cd, 2, 6, 3, 7);
      wasm_v128_store(p + i, floats(wasm_i32x4_extend_low_i16x8(pq)));
      wasm_v128_store(q + i, floats(wasm_i32x4_extend_high_i16x8(pq)));
      wasm_v128_store(r + i, floats(wasm_i32x4_extend_low_i16x8(rs)));
      wasm_v128_store(s + i, floats(wasm_i32x4_extend_high_i16x8(rs)));
    }
    int16_t halves[8];
    wasm_v128_store(halves, sum);
    for (int k = 0; k < 4; k++) sums[signal + k] += halves[2 * k] + halves[2 * k + 1];
    for (; i < frames; i++, from += signals)
      for (int k = 0; k < 4; k++) {
        sums[signal + k] += from[k];
        if (from[k] < smallest) smallest = from[k];
        p[(long)k * frames + i] = from[k];
      }
  }
  for (; signal < signals; signal++) {
    const int16_t *from = in + signal;
    float *to = out + (long)signal * frames;
    for (int i = 0; i < frames; i++, from += signals) {
      sums[signal] += *from;
      if (*from < smallest) smallest = *from;
      to[i] = *from;
    }
  }
  int16_t all[8];
  wasm_v128_store(all, lowest);
  for (int k = 0; k < 8; k++)
    if (all[k] < smallest) smallest = all[k];
  return smallest;
}

// One row: the same sample of four signals.
typedef struct { v128_t left, right; } row;

ALWAYS row rowAt(const double *rows) { return (row){wasm_v128_load(rows), wasm_v128_load(rows + 2)}; }
ALWAYS void setRow(double *rows, row x) { wasm_v128_store(rows, x.left), wasm_v128_store(rows + 2, x.right); }

#define mul wasm_f64x2_mul
#define add wasm_f64x2_add
#define sub wasm_f64x2_sub

// One pass over the rows in place (transposed direct form II), forward or, with a negative step, backward from the last
// row, at rest before it. The order is a constant wherever this is inlined, so that states stay in registers.
ALWAYS void passOf(const int order, const double *b, const double *a, const double *rest, double *rows, int count,
                   int step) {
  v128_t left[16], right[16];
  row first = rowAt(rows);
  for (int k = 0; k < order; k++) {
    v128_t factor = wasm_f64x2_splat(rest[k]);
    left[k] = mul(factor, first.left);
    right[k] = mul(factor, first.right);
  }
  for (int i = 0; i < count; i++, rows += step) {
    row x = rowAt(rows);
    v128_t factor = wasm_f64x2_splat(b[0]);
    row y = {add(mul(factor, x.left), left[0]), add(mul(factor, x.right), right[0])};
    for (int k = 1; k < order; k++) {
      v128_t forward = wasm_f64x2_splat(b[k]), back = wasm_f64x2_splat(a[k]);
      left[k - 1] = sub(add(mul(forward, x.left), left[k]), mul(back, y.left));
      right[k - 1] = sub(add(mul(forward, x.right), right[k]), mul(back, y.right));
    }
    v128_t forward = wasm_f64x2_splat(b[order]), back = wasm_f64x2_splat(a[order]);
    left[order - 1] = sub(mul(forward, x.left), mul(back, y.left));
    right[order - 1] = sub(mul(forward, x.right), mul(back, y.right));
    setRow(rows, y);
  }
}

static void pass(int order, const double *b, const double *a, const double *rest, double *rows, int count, int step) {
  switch (order) {
    case 1: passOf(1, b, a, rest, rows, count, step); break;
    case 2: passOf(2, b, a, rest, rows, count, step); break;
    case 3: passOf(3, b, a, rest, rows, count, step); break;
    case 4: passOf(4, b, a, rest, rows, count, step); break;
    case 6: passOf(6, b, a, rest, rows, count, step); break;
    case 8: passOf(8, b, a, rest, rows, count, step); break;
    default: passOf(order, b, a, rest, rows, count, step);
  }
}

// Filters four signals, forward and backward, whose ends are extended by an odd reflection of `padding` samples.
// `signals` [4][length] are floats, or doubles where `wide`; `rows` is room for length + 2 * padding rows of four.
// `filter` holds b, a (order + 1 each) and the filter's state at rest under a constant 1 (order).
EXPORT(filtfilt)
void filtfilt(void *signals, int wide, int length, double *rows, const double *filter, int order, int padding) {
  const double *b = filter, *a = b + order + 1, *rest = a + order + 1;
  const float *narrow = signals;
  const double *broad = signals;
  double *inner = rows + 4 * padding, *last = inner + 4 * ((long)length - 1), *to = inner;
  const int second = length, third = 2 * length, fourth = 3 * length;
  if (wide)
    for (int i = 0; i < length; i++, to += 4)
      to[0] = broad[i], to[1] = broad[second + i], to[2] = broad[third + i], to[3] = broad[fourth + i];
  else
    for (int i = 0; i < length; i++, to += 4)
      to[0] = narrow[i], to[1] = narrow[second + i], to[2] = narrow[third + i], to[3] = narrow[fourth + i];
  for (int i = 4; i <= 4 * padding; i += 4)
    for (int k = 0; k < 4; k++) {
      inner[k - i] = 2 * inner[k] - inner[k + i];
      last[k + i] = 2 * last[k] - last[k - i];
    }
  const int count = length + 2 * padding;
  pass(order, b, a, rest, rows, count, 4);
  pass(order, b, a, rest, rows + 4 * ((long)count - 1), count, -4);
  to = inner;
  if (wide) {
    double *out = signals;
    for (int i = 0; i < length; i++, to += 4)
      out[i] = to[0], out[second + i] = to[1], out[third + i] = to[2], out[fourth + i] = to[3];
  } else {
    float *out = signals;
    for (int i = 0; i < length; i++, to += 4)
      out[i] = (float)to[0], out[second + i] = (float)to[1], out[third + i] = (float)to[2],
      out[fourth + i] = (float)to[3];
  }
}

// The luma of a baseline JPEG frame. A network wants grey, and of a colour frame a general decoder computes the chroma
// too, brings it to full size and interleaves all three; here the bits of the chroma are read and left. Sequential
// Huffman coding of 8 or 12 bits in one scan only (ITU-T T.81, SOF0 and SOF1): whatever else, and whatever is broken,
// is answered with 0 and left to libjpeg-turbo, whose build here has 8 bits only. The inverse transform is that of Loeffler, Ligtenberg and Moschytz (ICASSP
// 1989) with 13-bit constants, as in the reference decoders, so that the samples are the same.

#include <stdint.h>
#include <wasm_simd128.h>

#define EXPORT(name) __attribute__((export_name(#name)))

typedef uint8_t u8;
typedef int32_t four __attribute__((vector_size(16)));

enum { fastBits = 9, longestCode = 16 };

// One Huffman table: what the next nine bits mean (length << 8 | symbol, 0 for a longer code), and, for longer codes,
// the largest code of each length, left-aligned in 16 bits, with what to add to a code to find its symbol.
typedef struct {
  uint16_t fast[1 << fastBits];
  int32_t limit[longestCode + 2];
  int32_t delta[longestCode + 1];
  u8 symbols[256];
  int known;
} Table;

typedef struct {
  const u8 *in, *end;
  uint64_t bits;  // the next `count` bits, left-aligned
  int count;
  int missing;  // bits that were asked for after the data ended
} Reader;

typedef struct {
  Table dc[4], ac[4];
  int32_t quantization[4][64];  // in natural order
  int id[3], horizontal[3], vertical[3], quantizer[3], dcTable[3], acTable[3], previous[3];
  int knownQuantization, components, precision, restartInterval;
} State;

static const u8 natural[64] = {0,  1,  8,  16, 9,  2,  3,  10, 17, 24, 32, 25, 18, 11, 4,  5,  12, 19, 26, 33, 40, 48,
                               41, 34, 27, 20, 13, 6,  7,  14, 21, 28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23,
                               30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63};

static inline void fill(Reader *r) {
  while (r->count <= 56) {
    uint64_t byte = 0;
    if (r->in < r->end && !(r->in[0] == 0xff && (r->in + 1 >= r->end || r->in[1] != 0))) {
      byte = *r->in++;
      if (byte == 0xff) r->in++;
    } else {
      r->missing += 8;  // a marker or the end: zeros, as many as are asked for
    }
    r->bits |= byte << (56 - r->count);
    r->count += 8;
  }
}

static inline void drop(Reader *r, int n) {
  r->bits <<= n;
  r->count -= n;
}

// The next symbol, or -1. At least 16 bits must be there.
static inline int symbol(Reader *r, const Table *table) {
  int entry = table->fast[r->bits >> (64 - fastBits)];
  if (entry != 0) {
    drop(r, entry >> 8);
    return entry & 255;
  }
  int code = (int)(r->bits >> 48);
  int length = fastBits + 1;
  while (code >= table->limit[length]) length++;
  if (length > longestCode) return -1;
  int index = (code >> (16 - length)) + table->delta[length];
  drop(r, length);
  return index >= 0 && index < 256 ? table->symbols[index] : -1;
}

// The value of `size` further bits (T.81 F.2.2.1).
static inline int value(Reader *r, int size) {
  if (size == 0) return 0;
  int bits = (int)(r->bits >> (64 - size));
  drop(r, size);
  return bits < 1 << (size - 1) ? bits - (1 << size) + 1 : bits;
}

static int readTable(Table *table, const u8 *at, const u8 *end) {
  if (end - at < 16) return 0;
  int total = 0;
  for (int i = 0; i < 16; i++) total += at[i];
  if (total > 256 || end - at < 16 + total) return 0;
  for (int i = 0; i < 1 << fastBits; i++) table->fast[i] = 0;
  for (int i = 0; i < total; i++) table->symbols[i] = at[16 + i];
  int code = 0, index = 0;
  for (int length = 1; length <= longestCode; length++) {
    table->delta[length] = index - code;
    for (int i = 0; i < at[length - 1]; i++, code++, index++) {
      if (code >= 1 << length) return 0;
      if (length > fastBits) continue;
      int first = code << (fastBits - length);
      for (int j = 0; j < 1 << (fastBits - length); j++)
        table->fast[first + j] = (uint16_t)(length << 8 | table->symbols[index]);
    }
    table->limit[length] = code << (16 - length);
    code <<= 1;
  }
  table->limit[longestCode + 1] = INT32_MAX;
  table->known = 1;
  return 16 + total;
}

// One dimension of the inverse transform of four vectors at a time; `shift` is what the result is divided by.
static inline void transform(four x[8], int shift) {
  four even = (x[2] + x[6]) * 4433;
  four even2 = even - x[6] * 15137, even3 = even + x[2] * 6270;
  four sum = (x[0] + x[4]) << 13, difference = (x[0] - x[4]) << 13;
  four a0 = sum + even3, a3 = sum - even3, a1 = difference + even2, a2 = difference - even2;

  four z1 = (x[7] + x[1]) * -7373, z2 = (x[5] + x[3]) * -20995;
  four z3 = x[7] + x[3], z4 = x[5] + x[1];
  four z5 = (z3 + z4) * 9633;
  z3 = z3 * -16069 + z5;
  z4 = z4 * -3196 + z5;
  four b0 = x[7] * 2446 + z1 + z3, b1 = x[5] * 16819 + z2 + z4;
  four b2 = x[3] * 25172 + z2 + z3, b3 = x[1] * 12299 + z1 + z4;

  int half = 1 << (shift - 1);
  x[0] = (a0 + b3 + half) >> shift;
  x[7] = (a0 - b3 + half) >> shift;
  x[1] = (a1 + b2 + half) >> shift;
  x[6] = (a1 - b2 + half) >> shift;
  x[2] = (a2 + b1 + half) >> shift;
  x[5] = (a2 - b1 + half) >> shift;
  x[3] = (a3 + b0 + half) >> shift;
  x[4] = (a3 - b0 + half) >> shift;
}

static inline void transpose(four *a, four *b, four *c, four *d) {
  four ab0 = __builtin_shufflevector(*a, *b, 0, 4, 1, 5), ab1 = __builtin_shufflevector(*a, *b, 2, 6, 3, 7);
  four cd0 = __builtin_shufflevector(*c, *d, 0, 4, 1, 5), cd1 = __builtin_shufflevector(*c, *d, 2, 6, 3, 7);
  *a = __builtin_shufflevector(ab0, cd0, 0, 1, 4, 5);
  *b = __builtin_shufflevector(ab0, cd0, 2, 3, 6, 7);
  *c = __builtin_shufflevector(ab1, cd1, 0, 1, 4, 5);
  *d = __builtin_shufflevector(ab1, cd1, 2, 3, 6, 7);
}

// Coefficients in natural order, already multiplied, to 8 x 8 samples of one byte, or of two when they have 12 bits.
// `stride` is in bytes.
static void samples(const int32_t *coefficients, u8 *out, int stride, int wide) {
  four left[8], right[8];
  for (int i = 0; i < 8; i++) {
    left[i] = (four)wasm_v128_load(coefficients + 8 * i);
    right[i] = (four)wasm_v128_load(coefficients + 8 * i + 4);
  }
  // The reference decoders keep two bits more between the passes, or one, so that 12-bit samples do not overflow.
  int between = wide ? 1 : 2;
  transform(left, 13 - between);
  transform(right, 13 - between);
  // Rows to columns: the upper and the lower half as four rows each.
  four upper[8], lower[8];
  for (int i = 0; i < 4; i++) {
    upper[i] = left[i];
    upper[4 + i] = right[i];
    lower[i] = left[4 + i];
    lower[4 + i] = right[4 + i];
  }
  for (int half = 0; half < 2; half++) {
    four *x = half ? lower : upper;
    transpose(x, x + 1, x + 2, x + 3);
    transpose(x + 4, x + 5, x + 6, x + 7);
    transform(x, 13 + between + 3);
    transpose(x, x + 1, x + 2, x + 3);
    transpose(x + 4, x + 5, x + 6, x + 7);
    for (int row = 0; row < 4; row++) {
      u8 *to = out + (4 * half + row) * stride;
      v128_t words = wasm_i16x8_narrow_i32x4((v128_t)x[row], (v128_t)x[4 + row]);
      if (wide) {
        words = wasm_i16x8_add_sat(words, wasm_i16x8_splat(2048));
        words = wasm_i16x8_min(wasm_i16x8_max(words, wasm_i16x8_splat(0)), wasm_i16x8_splat(4095));
        wasm_v128_store(to, words);
      } else {
        words = wasm_i16x8_add_sat(words, wasm_i16x8_splat(128));
        wasm_v128_store64_lane(to, wasm_u8x16_narrow_i16x8(words, words), 0);
      }
    }
  }
}

// 8 x 8 samples of the same level, for a block that has its first coefficient only.
static void flat(int first, u8 *out, int stride, int wide) {
  int most = wide ? 4095 : 255;
  int level = ((first + 4) >> 3) + (most + 1) / 2;
  level = level < 0 ? 0 : level > most ? most : level;
  v128_t row = wide ? wasm_i16x8_splat((int16_t)level) : wasm_i8x16_splat((int8_t)level);
  for (int i = 0; i < 8; i++) {
    if (wide) wasm_v128_store(out + i * stride, row);
    else wasm_v128_store64_lane(out + i * stride, row, 0);
  }
}

// Reads one block of the luma and writes its samples.
static int lumaBlock(State *s, Reader *r, u8 *out, int stride) {
  const int32_t *quantization = s->quantization[s->quantizer[0]];
  fill(r);
  int size = symbol(r, &s->dc[s->dcTable[0]]);
  if (size < 0 || size > s->precision + 3) return 0;
  s->previous[0] += value(r, size);
  const Table *table = &s->ac[s->acTable[0]];
  int32_t coefficients[64];
  int alone = 1;
  for (int k = 1; k < 64; k++) {
    if (r->count < 32) fill(r);
    int run = symbol(r, table);
    if (run < 0) return 0;
    size = run & 15;
    run >>= 4;
    if (size == 0) {
      if (run != 15) break;
      k += 15;
      continue;
    }
    k += run;
    if (k > 63) return 0;
    if (alone) {
      for (int i = 0; i < 64; i += 4) wasm_v128_store(coefficients + i, wasm_i32x4_splat(0));
      alone = 0;
    }
    int at = natural[k];
    coefficients[at] = value(r, size) * quantization[at];
  }
  int first = s->previous[0] * quantization[0];
  int wide = s->precision == 12;
  if (alone) {
    flat(first, out, stride, wide);
  } else {
    coefficients[0] = first;
    samples(coefficients, out, stride, wide);
  }
  return 1;
}

// Reads one block and leaves it.
static int skipBlock(State *s, Reader *r, int component) {
  fill(r);
  int size = symbol(r, &s->dc[s->dcTable[component]]);
  if (size < 0 || size > s->precision + 3) return 0;
  drop(r, size);
  const Table *table = &s->ac[s->acTable[component]];
  for (int k = 1; k < 64; k++) {
    if (r->count < 32) fill(r);
    int run = symbol(r, table);
    if (run < 0) return 0;
    size = run & 15;
    if (size == 0) {
      if (run >> 4 != 15) break;
      k += 15;
      continue;
    }
    k += run >> 4;
    if (k > 63) return 0;
    drop(r, size);
  }
  return 1;
}

// Bytes between two markers hold nothing but the coded blocks; here the marker must be RSTn.
static int restart(State *s, Reader *r) {
  // What was read ahead are whole bytes of zeros after the marker was met, or bits that fill the last byte.
  if (r->count < r->missing || r->count - r->missing >= 8) return 0;
  if (r->end - r->in < 2 || r->in[0] != 0xff || (r->in[1] & 0xf8) != 0xd0) return 0;
  r->in += 2;
  r->bits = 0;
  r->count = 0;
  r->missing = 0;
  for (int i = 0; i < 3; i++) s->previous[i] = 0;
  return 1;
}

static int readScan(State *s, Reader *r, u8 *out, int stride, int rows, int columns) {
  int one = s->components == 1;
  int across = one ? 1 : s->horizontal[0], down = one ? 1 : s->vertical[0];
  int unitColumns = (columns + 8 * across - 1) / (8 * across), unitRows = (rows + 8 * down - 1) / (8 * down);
  int blockBytes = s->precision == 12 ? 16 : 8;
  int left = s->restartInterval;
  for (int unitRow = 0; unitRow < unitRows; unitRow++)
    for (int unit = 0; unit < unitColumns; unit++) {
      if (s->restartInterval > 0) {
        if (left == 0) {
          if (!restart(s, r)) return 0;
          left = s->restartInterval;
        }
        left--;
      }
      for (int y = 0; y < down; y++)
        for (int x = 0; x < across; x++)
          if (!lumaBlock(s, r, out + (unitRow * down + y) * 8 * stride + (unit * across + x) * blockBytes, stride))
            return 0;
      for (int component = 1; component < s->components; component++)
        for (int i = 0; i < s->horizontal[component] * s->vertical[component]; i++)
          if (!skipBlock(s, r, component)) return 0;
    }
  // More bits were used than there were.
  return r->count >= r->missing;
}

// Bytes that `jpeg_luma` wants for itself.
EXPORT(jpeg_luma_state) int jpeg_luma_state(void) { return sizeof(State); }

// Decodes the luma of a frame into rows of `stride` bytes; room is needed for whole units (at most 32 x 32 samples) of
// one byte each, or two where the precision is 12. Answers 1, or 0 when it cannot.
EXPORT(jpeg_luma)
int jpeg_luma(const u8 *in, int length, u8 *out, int stride, int rows, int columns, int precision, State *s) {
  const u8 *end = in + length;
  for (int i = 0; i < 4; i++) s->dc[i].known = s->ac[i].known = 0;
  for (int i = 0; i < 3; i++) s->previous[i] = 0;
  s->knownQuantization = s->components = s->restartInterval = 0;
  if (length < 4 || in[0] != 0xff || in[1] != 0xd8) return 0;
  for (in += 2; end - in >= 4;) {
    if (in[0] != 0xff) return 0;
    int marker = in[1];
    if (marker == 0xff) {
      in++;
      continue;
    }
    int size = in[2] << 8 | in[3];
    if (size < 2 || size > end - in - 2) return 0;
    const u8 *at = in + 4, *next = in + 2 + size;
    in = next;
    if (marker == 0xdb) {
      while (at < next) {
        int which = *at & 15, wide = *at >> 4;
        at++;
        if (which > 3 || wide > 1 || next - at < (wide ? 128 : 64)) return 0;
        for (int i = 0; i < 64; i++, at += 1 + wide)
          s->quantization[which][natural[i]] = wide ? at[0] << 8 | at[1] : at[0];
        s->knownQuantization |= 1 << which;
      }
    } else if (marker == 0xc4) {
      while (at < next) {
        int which = *at & 15, kind = *at >> 4;
        if (which > 3 || kind > 1) return 0;
        int used = readTable(kind ? &s->ac[which] : &s->dc[which], at + 1, next);
        if (used == 0) return 0;
        at += 1 + used;
      }
    } else if (marker == 0xdd) {
      if (size != 4) return 0;
      s->restartInterval = at[0] << 8 | at[1];
    } else if (marker == 0xc0 || marker == 0xc1) {
      if (size < 8 || at[0] != precision || (at[5] != 1 && at[5] != 3) || size != 8 + 3 * at[5]) return 0;
      if ((at[1] << 8 | at[2]) != rows || (at[3] << 8 | at[4]) != columns) return 0;
      s->precision = precision;
      s->components = at[5];
      for (int i = 0; i < s->components; i++) {
        s->id[i] = at[6 + 3 * i];
        s->horizontal[i] = at[7 + 3 * i] >> 4;
        s->vertical[i] = at[7 + 3 * i] & 15;
        s->quantizer[i] = at[8 + 3 * i];
        if (s->horizontal[i] < 1 || s->horizontal[i] > s->horizontal[0] || s->horizontal[0] > 4) return 0;
        if (s->vertical[i] < 1 || s->vertical[i] > s->vertical[0] || s->vertical[0] > 4) return 0;
      }
      if (s->horizontal[0] == 3 || s->vertical[0] == 3) return 0;
    } else if (marker >= 0xc2 && marker <= 0xcf) {
      return 0;
    } else if (marker == 0xda) {
      if (s->components == 0 || size != 6 + 2 * s->components || at[0] != s->components) return 0;
      if (s->quantizer[0] > 3 || !(s->knownQuantization >> s->quantizer[0] & 1)) return 0;
      for (int i = 0; i < s->components; i++) {
        if (at[1 + 2 * i] != s->id[i]) return 0;
        s->dcTable[i] = at[2 + 2 * i] >> 4;
        s->acTable[i] = at[2 + 2 * i] & 15;
        if (s->dcTable[i] > 3 || s->acTable[i] > 3) return 0;
        if (!s->dc[s->dcTable[i]].known || !s->ac[s->acTable[i]].known) return 0;
      }
      Reader reader = {next, end, 0, 0, 0};
      return readScan(s, &reader, out, stride, rows, columns);
    }
  }
  return 0;
}

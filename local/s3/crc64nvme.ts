const polynomialHigh = 0x9a6c9329;
const polynomialLow = 0xac4bc9b5;

/** high[k * 256 + b], low[k * 256 + b]: what byte b contributes when k further bytes follow it (slicing by 8). */
const high = new Int32Array(8 * 256);
const low = new Int32Array(8 * 256);

for (let byte = 0; byte < 256; byte++) {
  let upper = 0;
  let lower = byte;
  for (let bit = 0; bit < 8; bit++) {
    const carry = lower & 1;
    lower = (lower >>> 1) | (upper << 31);
    upper >>>= 1;
    if (carry) {
      upper ^= polynomialHigh;
      lower ^= polynomialLow;
    }
  }
  high[byte] = upper;
  low[byte] = lower;
}
for (let at = 256; at < 8 * 256; at++) {
  const upper = high[at - 256]!;
  const lower = low[at - 256]!;
  const byte = lower & 255;
  low[at] = ((lower >>> 8) | (upper << 24)) ^ low[byte]!;
  high[at] = (upper >>> 8) ^ high[byte]!;
}

/**
 * CRC-64/NVME of `bytes`, going on from `value`, the checksum of what came before (0 at the start). In two halves of
 * 32 bits, because BigInt arithmetic would cost an allocation a byte.
 * @see NVM Express NVM Command Set Specification 1.0, section 5.2.1.3.4
 */
export function crc64nvme(bytes: Uint8Array, value = 0n): bigint {
  let upper = ~Number(value >> 32n);
  let lower = ~Number(value & 0xffffffffn);
  let at = 0;
  for (const end = bytes.length - 7; at < end; at += 8) {
    lower ^= bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
    upper ^= bytes[at + 4]! | (bytes[at + 5]! << 8) | (bytes[at + 6]! << 16) | (bytes[at + 7]! << 24);
    const a = 1792 + (lower & 255);
    const b = 1536 + ((lower >>> 8) & 255);
    const c = 1280 + ((lower >>> 16) & 255);
    const d = 1024 + (lower >>> 24);
    const e = 768 + (upper & 255);
    const f = 512 + ((upper >>> 8) & 255);
    const g = 256 + ((upper >>> 16) & 255);
    const h = upper >>> 24;
    lower = low[a]! ^ low[b]! ^ low[c]! ^ low[d]! ^ low[e]! ^ low[f]! ^ low[g]! ^ low[h]!;
    upper = high[a]! ^ high[b]! ^ high[c]! ^ high[d]! ^ high[e]! ^ high[f]! ^ high[g]! ^ high[h]!;
  }
  for (; at < bytes.length; at++) {
    const byte = (lower ^ bytes[at]!) & 255;
    lower = ((lower >>> 8) | (upper << 24)) ^ low[byte]!;
    upper = (upper >>> 8) ^ high[byte]!;
  }
  return (BigInt(~upper >>> 0) << 32n) | BigInt(~lower >>> 0);
}

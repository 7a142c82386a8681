const signature = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];

/** Whether these are the first bytes of a PNG file. */
export function looksLikePng(bytes: Uint8Array): boolean {
  return signature.every((byte, i) => bytes[i] === byte);
}

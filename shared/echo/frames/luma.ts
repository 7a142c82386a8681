/** Grey = 0.2989 R + 0.587 G + 0.114 B of 8-bit colours, rounded, in 16-bit fixed point; white stays white. */
export function luma(red: number, green: number, blue: number): number {
  return (19589 * red + 38470 * green + 7477 * blue + 32768) >> 16;
}

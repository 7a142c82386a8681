/** An ellipsoid about a centre on the heart's long axis, cut by a plane across it. Lengths in cm. */
export interface TruncatedEllipsoid {
  /** Half-axes across (x, y) and along (z) the long axis. */
  readonly a: number;
  readonly b: number;
  readonly h: number;
  /** Height of the centre. */
  readonly centre: number;
  /** Height of the cut. */
  readonly cut: number;
  /** -1 keeps what lies below the cut (towards the apex), 1 what lies above it. */
  readonly side: -1 | 1;
}

/** Its volume in mL: the disks' areas, pi a b (1 - u^2 / h^2), integrated up to the cut. */
export function volumeOf({ a, b, h, centre, cut, side }: TruncatedEllipsoid): number {
  const d = Math.max(-h, Math.min(h, -side * (cut - centre)));
  return Math.PI * a * b * (d - d ** 3 / (3 * h * h) + (2 * h) / 3);
}

/** Half-axes a and b = roundness a that give the volume to an ellipsoid of this length, cut at `share` of h. */
export function halfAxisFor(volume: number, length: number, share: number, roundness: number): number {
  const h = length / (1 + share);
  return Math.sqrt(volume / (Math.PI * roundness * h * (share - share ** 3 / 3 + 2 / 3)));
}

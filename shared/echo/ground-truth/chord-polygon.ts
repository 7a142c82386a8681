/** One chord of a contour as an export has it; coordinates in pixels of the instance, centres at whole numbers. */
export interface Chord {
  readonly sequence: number;
  /** `Eje largo`: the long axis; `Disco`: a disc across it. */
  readonly type: string;
  readonly x1: number | null;
  readonly y1: number | null;
  readonly x2: number | null;
  readonly y2: number | null;
}

export type Point = readonly [x: number, y: number];

/** Fewer discs enclose no chamber. */
const fewestDiscs = 2;

/**
 * The outline of a chamber whose volume was measured by the method of disks, as usal_echo draws it: from the start of the
 * long axis along the starts of the discs in their order, to the end of the axis, and back along the ends of the discs.
 * @param chords in any order
 * @returns undefined where they are no such contour: no long axis first, something else than discs after it, too few of
 * them, or a coordinate that is missing
 */
export function chordPolygon(chords: readonly Chord[]): Point[] | undefined {
  const [axis, ...discs] = [...chords].sort((a, b) => a.sequence - b.sequence);
  if (axis === undefined || axis.type !== 'Eje largo' || discs.length < fewestDiscs) return undefined;
  if (discs.some(({ type, sequence }, i) => type !== 'Disco' || sequence === (discs[i - 1] ?? axis).sequence))
    return undefined;
  const polygon = [
    [axis.x1, axis.y1],
    ...discs.map(({ x1, y1 }) => [x1, y1]),
    [axis.x2, axis.y2],
    ...discs.map(({ x2, y2 }) => [x2, y2]).reverse(),
  ];
  return polygon.every((point): point is [number, number] => point.every((value) => value !== null))
    ? polygon
    : undefined;
}

import type { Random } from '../../random.ts';
import { type Heart, type HeartShape, shell } from './heart.ts';
import { dot, type ViewPlane } from './view-plane.ts';

/**
 * Scatterers of the plane, spread evenly over the lines of the fan. They move with the tissue: across the long axis
 * with the ventricle's inner and outer surface, along it with its base, less and less away from the heart.
 */
export class Scatterers {
  readonly count: number;
  /** Random complex strengths (normal), and a smooth variation of the tissue from place to place, in dB. */
  readonly real: Float32Array;
  readonly imaginary: Float32Array;
  readonly patch: Float32Array;
  /** Places now, cm from the probe: across and in depth. */
  readonly across: Float32Array;
  readonly down: Float32Array;

  readonly #rest: Heart;
  /** Places at rest, and how they go with the inner surface, the outer one and the base. */
  readonly #places: { readonly across: Float32Array; readonly down: Float32Array };
  readonly #inner: { readonly across: Float32Array; readonly down: Float32Array };
  readonly #outer: { readonly across: Float32Array; readonly down: Float32Array };
  readonly #base: { readonly across: Float32Array; readonly down: Float32Array };

  constructor(
    count: number,
    depth: number,
    halfAngle: number,
    rest: Heart,
    shape: HeartShape,
    plane: ViewPlane,
    random: Random,
  ) {
    const pair = () => ({ across: new Float32Array(count), down: new Float32Array(count) });
    this.count = count;
    this.real = new Float32Array(count);
    this.imaginary = new Float32Array(count);
    random.addNormal(this.real, 1);
    random.addNormal(this.imaginary, 1);
    this.patch = new Float32Array(count);
    this.across = new Float32Array(count);
    this.down = new Float32Array(count);
    this.#rest = rest;
    this.#places = pair();
    this.#inner = pair();
    this.#outer = pair();
    this.#base = pair();
    const waves = Array.from({ length: 10 }, () => ({
      x: 2.4 * random.normal(),
      y: 2.4 * random.normal(),
      phase: random.between(0, 2 * Math.PI),
    }));
    const { probe, right, down } = plane;
    for (let i = 0; i < count; i++) {
      // A little beyond the sides, so that what moves in from there is there.
      const range = depth * random.between(0, 1.05);
      const angle = random.between(-1.08, 1.08) * halfAngle;
      const u = range * Math.sin(angle);
      const v = range * Math.cos(angle);
      this.#places.across[i] = u;
      this.#places.down[i] = v;
      let patch = 0;
      for (const wave of waves) patch += Math.sin(wave.x * u + wave.y * v + wave.phase);
      this.patch[i] = patch / Math.sqrt(waves.length / 2);
      const x = probe[0] + u * right[0] + v * down[0];
      const y = probe[1] + u * right[1] + v * down[1];
      const z = probe[2] + u * right[2] + v * down[2];
      const depthInWall = (shell(rest.lv, x, y, z) - 1) * rest.lv.a;
      const inWall = Math.max(0, Math.min(1, depthInWall / shape.wall));
      const beyond = fading(depthInWall - shape.wall, 3);
      const above = fading(z - rest.lv.cut, 1.5);
      const inner = (1 - inWall) * above;
      const outer = inWall * beyond * above;
      const along = z < rest.lv.cut ? Math.max(0, z / rest.lv.cut) : 0.2 + 0.8 * fading(z - rest.lv.cut, 6);
      const radial = [x, y, 0] as const;
      for (const [part, share, direction] of [
        [this.#inner, inner, radial],
        [this.#outer, outer, radial],
        [this.#base, along * beyond, [0, 0, 1] as const],
      ] as const) {
        part.across[i] = share * dot(direction, right);
        part.down[i] = share * dot(direction, down);
      }
    }
  }

  /** Moves them to where they are in this state of the heart. */
  moveTo(heart: Heart): void {
    const inner = heart.lv.a / this.#rest.lv.a - 1;
    const outer = heart.outer.a / this.#rest.outer.a - 1;
    const base = heart.lv.cut - this.#rest.lv.cut;
    for (let i = 0; i < this.count; i++) {
      this.across[i] =
        this.#places.across[i]! +
        inner * this.#inner.across[i]! +
        outer * this.#outer.across[i]! +
        base * this.#base.across[i]!;
      this.down[i] =
        this.#places.down[i]! +
        inner * this.#inner.down[i]! +
        outer * this.#outer.down[i]! +
        base * this.#base.down[i]!;
    }
  }
}

/** 1 up to zero, falling to 0 over a distance. */
function fading(x: number, distance: number): number {
  return Math.max(0, Math.min(1, 1 - x / distance));
}

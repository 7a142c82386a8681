import { type Disks, diskCount } from './disk-volume.ts';

/**
 * Volume in mL by the biplane method of disks (modified Simpson): elliptical disks whose diameters come from the two
 * apical views, stacked along the longer of the two axes. Source: Lang et al. 2015, J Am Soc Echocardiogr 28:1.
 * @param a4c @param a2c the same moment of the heartbeat in either view, in centimetres
 */
export function biplaneVolume(a4c: Disks, a2c: Disks): number {
  const thickness = Math.max(a4c.thickness, a2c.thickness);
  let volume = 0;
  for (let disk = 0; disk < diskCount; disk++)
    volume += (Math.PI / 4) * a4c.diameters[disk]! * a2c.diameters[disk]! * thickness;
  return volume;
}

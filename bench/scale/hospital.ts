import { Random } from '../../shared/random.ts';
import type { Arrival } from './simulation.ts';

/** Supposed of a hospital of 2000 beds: ECGs of a day, echo studies of a day, cines of a study. */
export const hospital = { ecgs: 500, echoStudies: 60, cines: 40 } as const;

const days = 365;

/** Share of a day's work in each hour: mornings are full, nights are quiet. */
const hours = [1, 1, 1, 1, 1, 1, 2, 5, 9, 10, 10, 9, 7, 8, 8, 7, 5, 4, 3, 2, 2, 1, 1, 1];
const sum = hours.reduce((all, hour) => all + hour, 0);

/**
 * A year of a hospital of 2000 beds, minute by minute: Poisson arrivals that follow the hours of the day, a third of
 * them at weekends. The cines of a study come together.
 */
export function* hospitalYear(seed: number): Generator<Arrival> {
  const random = Random.named(seed, 'hospital');
  for (let minute = 0; minute < days * 24 * 60; minute++) {
    const day = Math.floor(minute / 1440);
    const share = (hours[Math.floor(minute / 60) % 24]! / sum / 60) * (day % 7 < 5 ? 1 : 1 / 3);
    const ecg = poisson(hospital.ecgs * share, random);
    const studies = poisson(hospital.echoStudies * share, random);
    if (ecg + studies > 0) yield { at: minute * 60, ecg, echo: studies * hospital.cines };
  }
}

/** Knuth's method: products of uniform numbers. */
function poisson(mean: number, random: Random): number {
  const limit = Math.exp(-mean);
  let count = 0;
  for (let product = random.uniform(); product > limit; product *= random.uniform()) count += 1;
  return count;
}

/** What an ejection fraction says by the limits of the published system (usal_echo). */
export type Recommendation = 'normal' | 'greyzone' | 'abnormal';

/** `ejectionFraction` in percent: 60 and above normal, below 40 abnormal, else the grey zone. */
export function recommendation(ejectionFraction: number): Recommendation {
  if (ejectionFraction >= 60) return 'normal';
  return ejectionFraction < 40 ? 'abnormal' : 'greyzone';
}

/** How the databases of the PhysioNet/CinC challenges of 2020 and 2021 name their recordings. */
const families: readonly (readonly [RegExp, (number: number) => string])[] = [
  [/^A(\d{4})$/, () => 'CPSC'],
  [/^Q(\d{4})$/, () => 'CPSC-Extra'],
  [/^I(\d{4})$/, () => 'INCART'],
  [/^S(\d{4})$/, () => 'PTB'],
  [/^HR(\d{5})$/, () => 'PTB-XL'],
  [/^E(\d{5})$/, () => 'Georgia'],
  [/^JS(\d{5})$/, (number) => (number <= 10_646 ? 'Chapman-Shaoxing' : 'Ningbo')],
];

/**
 * The database that a challenge recording comes from, by its name (Perez Alday et al. 2020, Reyna et al. 2021);
 * undefined for a name that none of them gives.
 */
export function challengeSource(record: string): string | undefined {
  for (const [pattern, source] of families) {
    const match = pattern.exec(record);
    if (match !== null) return source(Number(match[1]));
  }
  return undefined;
}

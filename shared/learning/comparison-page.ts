import { labelTitle } from '../ecg/labels.ts';
import type { Comparison } from './compare-recipes.ts';
import type { Interval } from './metrics/bootstrap.ts';
import { fewestPositives, type RecipeFigures } from './recipe-figures.ts';

/** A comparison of recipes as a page to read (Markdown). */
export function comparisonPage({ folds, classes, measured, recipes }: Comparison): string {
  const first = recipes[0]!;
  const { recordings } = first.all;
  const isChallenge = first.all.challenge !== undefined;
  const columns = ['AUROC', 'F1', ...(isChallenge ? ['challenge score'] : [])];
  const cells = ({ auroc, f1, challenge }: RecipeFigures) =>
    [auroc, f1, ...(challenge === undefined ? [] : [challenge])].map(withInterval);
  const sources = first.bySource.length > 1 ? first.bySource.map(({ source }) => source) : [];
  const unmeasured = classes.filter(({ name }) => !measured.includes(name));
  const names = recipes.map(({ name }) => name);

  return `# ${names.join(', ')}

${recordings} recordings, ${folds} folds. Each recording is judged by a net, thresholds and a calibration that have not seen it; 95 %
bootstrap intervals over recordings. AUROC and F1 are means over the ${measured.length} classes with at least ${fewestPositives} positives.

${table(
  ['recipe', ...columns],
  recipes.flatMap(({ name, all, gain }) => [
    [name, ...cells(all)],
    ...(gain === undefined ? [] : [[`${name} less ${first.name}`, ...cells(gain)]]),
  ]),
)}
${
  sources.length === 0
    ? ''
    : `
## By database

${table(
  ['database', 'recordings', 'recipe', ...columns],
  sources.flatMap((source, s) =>
    recipes.map(({ name, bySource }) => [
      source,
      String(bySource[s]!.figures.recordings),
      name,
      ...cells(bySource[s]!.figures),
    ]),
  ),
)}
`
}${
  first.leftOut.length === 0
    ? ''
    : `
## Databases left out

Inside: the other databases, by cross-validation (three folds). Outside: the one left out, by the mean of the nets of the folds.

${table(
  ['left out', 'recipe', ...columns.map((one) => `${one} inside`), ...columns.map((one) => `${one} outside`)],
  first.leftOut.flatMap(({ source }, s) =>
    recipes.map(({ name, leftOut }) => [
      `${source} (${leftOut[s]!.outside.recordings})`,
      name,
      ...cells(leftOut[s]!.inside),
      ...cells(leftOut[s]!.outside),
    ]),
  ),
)}
`
}
## By class

${table(
  ['class', 'positives', ...names.map((name) => `AUROC, ${name}`)],
  measured.map((name, place) => [
    title(name),
    String(classes.find((one) => one.name === name)!.positives),
    ...recipes.map((recipe) => withInterval(recipe.classes[place]!)),
  ]),
)}
${unmeasured.length === 0 ? '' : `\nNot measured, for want of positives: ${unmeasured.map(({ name, positives }) => `${title(name)} (${positives})`).join(', ')}.\n`}`;
}

function title(name: string): string {
  const words = labelTitle(name);
  return words === name ? name : `${words} ${name}`;
}

function withInterval({ value, low, high }: Interval): string {
  if (Number.isNaN(value)) return 'not defined';
  return `${value.toFixed(3)} (${low.toFixed(3)} to ${high.toFixed(3)})`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');
}

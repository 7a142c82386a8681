/** What the page of every model says of its card, whatever the model answers. */
interface PagedCard {
  readonly name: string;
  readonly version: string;
  readonly net: unknown;
  readonly intendedUse: string;
  readonly limits: readonly string[];
  readonly data: {
    readonly name: string;
    readonly attribution: string;
    readonly licence: string;
    readonly training: number;
    readonly validation: number;
  };
  readonly training: {
    readonly command: string;
    readonly engine: string;
    readonly codeVersion: string;
    readonly seed: number;
    readonly epochs: readonly { readonly done: number; readonly chosen: number }[];
  };
  readonly preprocessing: unknown;
  readonly preprocessingHash: string;
}

/**
 * A model's card as a page to read (Markdown).
 * @param of what it was trained on: recordings, pictures. @param figures a section, ending in a line break.
 * @param input what the net takes, before the preprocessing.
 */
export function modelPage(
  card: PagedCard,
  { of, figures, input }: { readonly of: string; readonly figures: string; readonly input: string },
): string {
  const { training, data } = card;
  const chosen = training.epochs.map((epochs) => `${epochs.chosen} of ${epochs.done}`).join(', ');
  return `# ${card.name} ${card.version}

${card.intendedUse}

**This model is not a medical device.** It has no clearance or approval, and no decision about a patient may rest on it.

## Figures

${figures}
## Limits

${card.limits.map((limit) => `- ${limit}`).join('\n')}

## Data

${data.name}: ${data.training} ${of} for training, ${data.validation} for validation. ${data.attribution}
Licence: ${data.licence}.

## Training

    ${training.command}

Net \`${JSON.stringify(card.net)}\`, seed ${training.seed}, engine ${training.engine}, code ${training.codeVersion};
epoch chosen: ${chosen}. The whole experiment is in card.json.

## Input

${input} (SHA-256 ${card.preprocessingHash}):

    ${JSON.stringify(card.preprocessing)}
`;
}

/** A figure with its interval; null where it is not defined. */
interface Figure {
  readonly value: number | null;
  readonly low: number | null;
  readonly high: number | null;
}

/** A figure and its interval in words. */
export function figure({ value, low, high }: Figure, digits = 3): string {
  if (value === null) return 'not defined';
  const bounds = low === null || high === null ? '' : ` (${low.toFixed(digits)}-${high.toFixed(digits)})`;
  return `${value.toFixed(digits)}${bounds}`;
}

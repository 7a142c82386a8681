import type { EchoOutcome, Outcome } from '../shared/catalog/overview.ts';
import type { Doubt } from '../shared/echo/measurement/unmeasurable.ts';

/** What an outcome says, in a few words. */
export interface OutcomeCells {
  /** The labels that were found, what the ejection fraction means, why there is neither, or what is waited for. */
  readonly findings: string;
  /** The five greatest probabilities; of an echo instance its view, ejection fraction and volumes. */
  readonly figures: readonly string[];
}

/** An outcome in words and figures, for a table on the terminal or a page. */
export function outcomeCells({ id, state, reason, detail, scores, positive, echo }: Outcome): OutcomeCells {
  if (echo !== null) return echoCells(echo);
  return {
    findings:
      reason === null
        ? positive.join(' ') || (state === 'scored' ? 'none' : state === 'waiting' ? awaited(id) : '')
        : [reason, detail].filter((word) => word !== null).join(' '),
    figures: Object.entries(scores)
      .sort(([, a], [, b]) => b - a)
      .slice(0, 5)
      .map(([label, probability]) => `${label} ${probability.toFixed(2)}`),
  };
}

/** The half that is not there yet: a header is a recording already, a signal file belongs to none. */
const awaited = (id: string | null): string =>
  id === null ? 'for a header that names it' : 'for its signal files';

/** Doubts about what is measured at all; the others are about how well. */
const grave: ReadonlySet<string> = new Set<Doubt>(['view_uncertain', 'colour_present']);

function echoCells({
  view,
  probability,
  ef,
  efSpread,
  edv,
  esv,
  recommendation,
  reasons,
  defaults,
}: EchoOutcome): OutcomeCells {
  const figures = [`${view} ${probability.toFixed(2)}`];
  if (ef !== null) figures.push(`EF ${ef.toFixed(0)}${efSpread === null ? '' : `±${efSpread.toFixed(0)}`} %`);
  if (edv !== null && esv !== null) figures.push(`EDV ${edv.toFixed(0)} mL`, `ESV ${esv.toFixed(0)} mL`);
  const words = [recommendation, ...reasons, ...defaults.filter((doubt) => grave.has(doubt))];
  return { findings: words.filter((word) => word !== null).join(' '), figures };
}

import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import { type ChallengeOutput, readChallengeOutput } from '../ecg/formats/challenge-output.ts';
import { readLabelCsv } from '../ecg/formats/label-csv.ts';
import { markedText } from '../ecg/formats/marked-text.ts';
import { readComments } from '../ecg/formats/wfdb/comments.ts';
import { SystoleError } from '../errors.ts';
import type { ChallengeAnswer } from '../learning/challenge-evaluation.ts';

/** What is to be scored, and whose outputs could not be read. */
export interface ChallengeAnswers {
  readonly answers: readonly ChallengeAnswer[];
  readonly unreadable: readonly { readonly record: string; readonly error: SystoleError }[];
}

/** Records without output that are named. */
const mostNamed = 5;

/**
 * Reads what the 2020 challenge's scorer reads: the headers of a folder (`#Dx`) and, for each, `RECORD.csv` of another;
 * what else lies there does not matter. As there, a record whose output cannot be read counts as one for which nothing
 * was called.
 * @param labels that folder, or a label table in its place.
 * @throws SystoleError of the labels' readers, naming the file; `half_absent` when records have no output
 */
export async function readChallengeAnswers(labels: string, outputs: string): Promise<ChallengeAnswers> {
  const answers: ChallengeAnswer[] = [];
  const unreadable: { record: string; error: SystoleError }[] = [];
  const absent: string[] = [];
  const labelled = await readLabels(labels);
  for (const { record, diagnoses } of labelled) {
    const bytes = await readFile(join(outputs, `${record}.csv`)).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error;
      return undefined;
    });
    if (bytes === undefined) {
      absent.push(record);
      continue;
    }
    let output: ChallengeOutput = nothing;
    try {
      output = readChallengeOutput(bytes);
    } catch (error) {
      if (!(error instanceof SystoleError)) throw error;
      unreadable.push({ record, error });
    }
    answers.push({ diagnoses, output });
  }
  if (absent.length > 0) {
    const named = absent.slice(0, mostNamed).map((record) => `${record}.csv`);
    const more = absent.length > mostNamed ? ' ...' : '.';
    throw new SystoleError(
      'half_absent',
      `${absent.length} of ${labelled.length} outputs are not there: ${named.join(', ')}${more}`,
    );
  }
  return { answers, unreadable };
}

const nothing: ChallengeOutput = { classes: [], calls: new Uint8Array(0), scores: new Float64Array(0) };

async function readLabels(path: string): Promise<{ record: string; diagnoses: readonly string[] }[]> {
  if (!(await stat(path)).isDirectory()) {
    const bytes = await readFile(path);
    return named(path, () =>
      readLabelCsv(bytes).map(({ record, present }) => ({ record, diagnoses: present })),
    );
  }
  // Hidden files are none of the scorer's either: archives made on macOS hold `._A0001.hea` beside `A0001.hea`.
  const files = (await readdir(path))
    .filter((name) => extname(name) === '.hea' && !name.startsWith('.'))
    .sort();
  return Promise.all(
    files.map(async (name) => {
      const bytes = await readFile(join(path, name));
      // Only the comments count for the scorer, whatever else a header says.
      const lines = markedText(bytes, 'utf-8').split(/\r\n|\n|\r/);
      const { diagnoses } = readComments(
        lines.flatMap((line) => (line.startsWith('#') ? [line.slice(1)] : [])),
      );
      return { record: basename(name, '.hea'), diagnoses };
    }),
  );
}

/** Says of which file a refusal is: whoever works on files of this machine has named them. */
function named<T>(file: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof SystoleError)) throw error;
    throw new SystoleError(error.reason, `${basename(file)}: ${error.detail ?? ''}`, { cause: error });
  }
}

import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import { readChallengeOutput } from '../ecg/formats/challenge-output.ts';
import { readLabelCsv } from '../ecg/formats/label-csv.ts';
import { readComments } from '../ecg/formats/wfdb/comments.ts';
import { parseHeader } from '../ecg/formats/wfdb/header.ts';
import { SystoleError } from '../errors.ts';
import type { ChallengeAnswer } from '../learning/challenge-evaluation.ts';

/**
 * Reads what the 2020 challenge's scorer reads: the headers of a folder (`#Dx`) and, for each, `RECORD.csv` of another.
 * @param labels that folder, or a label table in its place.
 * @throws SystoleError of the readers, naming the file; `half_absent` when a record has no output
 */
export async function readChallengeAnswers(labels: string, outputs: string): Promise<ChallengeAnswer[]> {
  const answers: ChallengeAnswer[] = [];
  for (const { record, diagnoses } of await readLabels(labels)) {
    const path = join(outputs, `${record}.csv`);
    const bytes = await readFile(path).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') throw new SystoleError('half_absent', `There is no ${record}.csv.`);
      throw error;
    });
    answers.push({ diagnoses, output: named(path, () => readChallengeOutput(bytes)) });
  }
  return answers;
}

async function readLabels(path: string): Promise<{ record: string; diagnoses: readonly string[] }[]> {
  if (!(await stat(path)).isDirectory()) {
    const bytes = await readFile(path);
    return named(path, () =>
      readLabelCsv(bytes).map(({ record, present }) => ({ record, diagnoses: present })),
    );
  }
  const files = (await readdir(path)).filter((name) => extname(name) === '.hea').sort();
  return Promise.all(
    files.map(async (name) => {
      const bytes = await readFile(join(path, name));
      const { diagnoses } = named(name, () => readComments(parseHeader(bytes).comments));
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

import { createReadStream } from 'node:fs';
import { basename } from 'node:path';
import { readExport } from '../../shared/echo/xcelera/read-export.ts';
import { SystoleError } from '../../shared/errors.ts';

/**
 * Reads tables of an Xcelera export on this machine and says of each what it is and how many rows it has, before they
 * are uploaded.
 * @throws SystoleError of the first that cannot be read
 */
export async function checkExports(paths: readonly string[], signal: AbortSignal): Promise<void> {
  for (const path of paths) {
    let table = '';
    let rows = 0;
    try {
      for await (const part of readExport(createReadStream(path, { signal }))) {
        table = part.table.name;
        rows += part.rows.length;
      }
    } catch (error) {
      if (!(error instanceof SystoleError)) throw error;
      throw new SystoleError(error.reason, `${basename(path)}: ${error.detail ?? ''}`, { cause: error });
    }
    process.stdout.write(`${basename(path)}: ${table}, ${rows} rows\n`);
  }
}

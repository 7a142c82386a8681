import type { FoundRecording } from '../../shared/catalog/objects.ts';
import { readComments } from '../../shared/ecg/formats/wfdb/comments.ts';
import { parseHeader } from '../../shared/ecg/formats/wfdb/header.ts';
import { maximumSamples, signalFiles } from '../../shared/ecg/formats/wfdb/signal-files.ts';
import { SystoleError } from '../../shared/errors.ts';

/**
 * Bytes of a signal file whose length the header does not tell: as many samples as are read of one recording, of four
 * bytes.
 */
const longestSignal = 4 * maximumSamples;

/** Signal files that one row of the Data API (64 KB) can name, with their versions. */
const signalsBytes = 24 << 10;

/**
 * Reads a WFDB header into a recording that waits for the signal files it names, which lie in its own folder.
 * @param key the header's key
 * @throws SystoleError of the readers; `header_value` for hundreds of signal files; `leads_missing` for none
 */
export function findWfdbRecord(key: string, bytes: Uint8Array): FoundRecording {
  const header = parseHeader(bytes);
  const folder = key.slice(0, key.lastIndexOf('/') + 1);
  const { age, sex, diagnoses } = readComments(header.comments);
  const signals = signalFiles(header).map(({ name, minimumBytes, maximumBytes }) => ({
    key: folder + name,
    minimumBytes,
    maximumBytes: maximumBytes ?? longestSignal,
  }));
  // It would wait for ever.
  if (signals.length === 0) throw new SystoleError('leads_missing', 'The header names no signal file.');
  if (Buffer.byteLength(JSON.stringify(signals)) > signalsBytes)
    throw new SystoleError('header_value', 'The header names too many signal files.');
  return {
    modality: 'ecg',
    format: 'wfdb',
    facts: {
      rate: header.rate,
      samples: header.frames,
      leads: header.signals.map(({ description }) => description),
      age,
      sex,
      diagnoses,
    },
    signals,
  };
}

import type { FoundRecording } from '../../shared/catalog/objects.ts';
import { readPeXml } from '../../shared/ecg/formats/pe-xml.ts';

/**
 * Reads the pulmonary-embolism system's XML, which is small and has no header apart from its signals.
 * @throws SystoleError of the reader
 */
export function findPeXml(bytes: Uint8Array): FoundRecording {
  const recording = readPeXml(bytes);
  return {
    modality: 'ecg',
    format: 'pe-xml',
    facts: {
      rate: recording.rate,
      samples: recording.leads[0]?.samples.length,
      leads: recording.leads.map(({ name }) => name),
      diagnoses: [],
    },
  };
}

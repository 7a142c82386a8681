import { standardLeads } from '../../shared/ecg/recording.ts';

/** An XML file as the pulmonary-embolism system reads them: a slow wave in every lead. */
export function peXml(): Buffer {
  const channels = standardLeads.map((name, lead) => {
    const values = Array.from({ length: 5000 }, (_, i) =>
      Math.round(300 * Math.sin(i / 60 + lead) + 40 * Math.sin(i / 7)),
    );
    return `<channel name="${name}">${values.join(' ')}</channel>`;
  });
  return Buffer.from(
    `<?xml version="1.0" encoding="ISO-8859-1"?>\n<ecg><rhythm>${channels.join('\n')}</rhythm></ecg>`,
    'latin1',
  );
}

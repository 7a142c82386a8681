import { millivolts } from '../../shared/ecg/millivolts.ts';
import { type Lead, type Recording, standardLeads } from '../../shared/ecg/recording.ts';

/** Channels in the XML that the pulmonary-embolism system reads: integers or, for what must be refused, anything else. */
export function peXmlOf(
  channels: readonly { readonly name: string; readonly values: ArrayLike<number | string> }[],
): Buffer {
  const written = channels.map(
    ({ name, values }) => `<channel name="${name}">${Array.from(values).join(' ')}</channel>`,
  );
  return Buffer.from(
    `<?xml version="1.0" encoding="ISO-8859-1"?>\n<ecg><rhythm>${written.join('\n')}</rhythm></ecg>`,
    'latin1',
  );
}

/** A slow wave in every lead. */
export function peXml(): Buffer {
  return peXmlOf(
    standardLeads.map((name, lead) => ({
      name,
      values: Array.from({ length: 5000 }, (_, i) =>
        Math.round(300 * Math.sin(i / 60 + lead) + 40 * Math.sin(i / 7)),
      ),
    })),
  );
}

/** The channels of a recording, in its steps of 0.0025 mV. */
export function peChannels({ leads }: Recording): { name: string; values: number[] }[] {
  return leads.map((lead: Lead) => ({
    name: lead.name,
    values: Array.from(millivolts(lead), (value) => Math.round(value / 0.0025)),
  }));
}

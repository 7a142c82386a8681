import { readFileSync } from 'node:fs';
import type { Lead } from '../../../shared/ecg/recording.ts';

/** What a vendor's machine printed, in milliseconds, degrees and beats a minute. */
export interface PrintedMeasurements {
  readonly heartRate?: number;
  readonly pr?: number;
  readonly qrs?: number;
  readonly qt?: number;
  readonly axis?: number;
}

export interface VendorRecording {
  readonly leads: readonly Lead[];
  readonly printed: PrintedMeasurements;
}

/** A file of GE MUSE or an HL7 annotated ECG, as far as the tests need it: the rhythm leads and the machine's figures. */
export function vendorRecording(path: string): VendorRecording {
  const text = readFileSync(path, 'latin1');
  return text.includes('<RestingECG>') ? ofMuse(text) : ofAnnotatedEcg(text);
}

const numberIn = (text: string, pattern: RegExp): number | undefined => {
  const found = pattern.exec(text)?.[1];
  return found === undefined ? undefined : Number(found);
};

/** Only the figures that are there: machines print 0 where they found none. */
function present(printed: Record<string, number | undefined>): PrintedMeasurements {
  return Object.fromEntries(
    Object.entries(printed).filter(([name, value]) => value && (value > 0 || name === 'axis')),
  );
}

function ofMuse(text: string): VendorRecording {
  const figures = /<RestingECGMeasurements>(.*?)<\/RestingECGMeasurements>/s.exec(text)![1]!;
  const rhythm = [...text.matchAll(/<Waveform>(.*?)<\/Waveform>/gs)]
    .map((match) => match[1]!)
    .find((waveform) => waveform.includes('<WaveformType>Rhythm<'))!;
  const rate = numberIn(rhythm, /<SampleBase>(\d+)</)!;
  return {
    leads: [...rhythm.matchAll(/<LeadData>(.*?)<\/LeadData>/gs)].map(([, lead]) => {
      const bytes = Buffer.from(/<WaveFormData>(.*?)<\/WaveFormData>/s.exec(lead!)![1]!, 'base64');
      const samples = Float32Array.from({ length: bytes.length / 2 }, (_, i) => bytes.readInt16LE(2 * i));
      const gain = 1 / numberIn(lead!, /<LeadAmplitudeUnitsPerBit>([\d.]+)</)!;
      return { name: /<LeadID>(\w+)</.exec(lead!)![1]!, samples, gain, baseline: 0, unit: 'uV', rate };
    }),
    printed: present({
      heartRate: numberIn(figures, /<VentricularRate>(-?\d+)</),
      pr: numberIn(figures, /<PRInterval>(-?\d+)</),
      qrs: numberIn(figures, /<QRSDuration>(-?\d+)</),
      qt: numberIn(figures, /<QTInterval>(-?\d+)</),
      axis: numberIn(figures, /<RAxis>(-?\d+)</),
    }),
  };
}

function ofAnnotatedEcg(text: string): VendorRecording {
  const increment = /<increment value="([\d.eE-]+)" unit="(s|ms)"/.exec(text)!;
  const rate = Math.round((increment[2] === 's' ? 1 : 1000) / Number(increment[1]));
  const leads = new Map<string, Lead>();
  for (const [, code, body] of text.matchAll(/"MDC_ECG_LEAD_([A-Z0-9]+)"(.*?)<\/digits>/gs)) {
    const scale = numberIn(body!, /<scale value="([\d.]+)" unit="uV"/);
    const digits = /<digits>(.*)$/s.exec(body!)?.[1];
    // The rhythm comes first; representative beats of the same leads follow.
    if (scale === undefined || digits === undefined || leads.has(code!)) continue;
    const samples = Float32Array.from(digits.trim().split(/\s+/), Number);
    leads.set(code!, { name: code!, samples, gain: 1 / scale, baseline: 0, unit: 'uV', rate });
  }
  const figure = (code: string) =>
    numberIn(text, new RegExp(`"${code}"[^>]*>(?:</code>)?\\s*<value[^>]*value="(-?[\\d.]+)"`));
  return {
    leads: [...leads.values()].filter(({ name }) => name !== 'PACE'),
    printed: present({
      heartRate: figure('MDC_ECG_HEART_RATE'),
      pr: figure('MDC_ECG_TIME_PD_PR'),
      qrs: figure('MDC_ECG_TIME_PD_QRS'),
      qt: figure('MDC_ECG_TIME_PD_QT'),
      axis: figure('MDC_ECG_ANGLE_QRS_FRONT'),
    }),
  };
}

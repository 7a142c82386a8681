import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readPeXml } from '../../../../shared/ecg/formats/pe-xml.ts';
import { millivolts } from '../../../../shared/ecg/millivolts.ts';
import { standardLeads } from '../../../../shared/ecg/recording.ts';
import { SystoleError } from '../../../../shared/errors.ts';
import { seeds } from '../../../seeds.ts';

const latin1 = (text: string) => Uint8Array.from(text, (character) => character.charCodeAt(0));
const values = (lead: number) => Array.from({ length: 5000 }, (_, i) => ((i * (lead + 1)) % 800) - 400);
const channel = (name: string, samples: readonly (number | string)[]) =>
  `<channel name="${name}">${samples.join(' ')}</channel>`;
const document = (channels: string) =>
  latin1(
    `<?xml version="1.0" encoding="ISO-8859-1"?>\n<ecg><clinic>Málaga</clinic><rhythm>${channels}</rhythm></ecg>`,
  );
const whole = document(standardLeads.map((name, lead) => channel(name, values(lead))).join('\n'));

describe('readPeXml', () => {
  it('reads twelve channels of 5000 values at 500 Hz and 2.5 uV a unit', () => {
    const recording = readPeXml(whole);
    expect(recording.leads.map((lead) => lead.name)).toEqual([...standardLeads]);
    for (const [position, lead] of recording.leads.entries()) {
      expect([...lead.samples]).toEqual(values(position));
      expect(lead).toMatchObject({ rate: 500, unit: 'mV' });
    }
    expect(millivolts(recording.leads[0]!)[0]).toBeCloseTo(-1, 6);
  });

  it.each([
    ['empty', new Uint8Array(0)],
    ['header_syntax', latin1('<ecg><rhythm>')],
    ['header_syntax', latin1('<ecg></ecg>')],
    ['header_syntax', document('')],
    ['header_syntax', document('<channel>1 2</channel>')],
    ['signal_length', document(channel('I', values(0).slice(1)))],
    ['signal_length', document('<channel name="I"/>')],
    ['signal_value', document(channel('I', values(0).with(7, Number.NaN)))],
    ['signal_value', document(channel('I', [...values(0).slice(1), '1.5']))],
    ['signal_value', document(channel('I', values(0).with(7, 1e9)))],
    ['file_too_large', new Uint8Array((8 << 20) + 1).fill(60)],
  ])('refuses with %s', (reason, bytes) => {
    expect(() => readPeXml(bytes)).toThrow(expect.objectContaining({ reason }));
  });

  it('tells a value that is too large from one that is no number', () => {
    const detail = (value: number | string) => () =>
      readPeXml(document(channel('I', [...values(0).slice(1), value])));
    expect(detail(1_000_000_000)).toThrow('Value 4999 of channel 0 is beyond 9999999.');
    expect(detail('1e9')).toThrow('Value 4999 of channel 0 is no integer.');
  });

  it.each([
    ['UTF-8', (text: string) => Buffer.from(`\uFEFF${text}`, 'utf8')],
    ['UTF-16', (text: string) => Buffer.from(`\uFEFF${text}`, 'utf16le')],
  ])('reads %s with a byte-order mark', (_, encode) => {
    const recording = readPeXml(encode(new TextDecoder('latin1').decode(whole)));
    expect(recording.leads.map((lead) => lead.name)).toEqual([...standardLeads]);
    expect([...recording.leads[3]!.samples]).toEqual(values(3));
  });

  it('does not open entities', () => {
    const bytes = latin1(
      '<!DOCTYPE e [<!ENTITY a "1 "><!ENTITY b "&a;&a;&a;&a;">]><ecg><rhythm><channel name="I">&b;&b;</channel></rhythm></ecg>',
    );
    expect(() => readPeXml(bytes)).toThrow(SystoleError);
  });

  it.each(seeds)('answers any change of its bytes with a recording or a named reason (seed %i)', (seed) => {
    const small = document('<channel name="I">1 2 3</channel>');
    const property = fc.property(fc.nat(small.length - 1), fc.nat(255), fc.nat(20), (at, byte, cut) => {
      const changed = small.slice(0, small.length - cut);
      changed[at] = byte;
      try {
        readPeXml(changed);
      } catch (error) {
        if (!(error instanceof SystoleError)) throw error;
      }
    });
    fc.assert(property, { seed, numRuns: 2000 });
  });
});

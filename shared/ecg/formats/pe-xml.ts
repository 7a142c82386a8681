import { XMLParser } from 'fast-xml-parser';
import { SystoleError } from '../../errors.ts';
import type { Lead, Recording } from '../recording.ts';
import { markedText } from './marked-text.ts';

/** Twelve leads of 5000 numbers take about 400 kB. */
export const maximumPeXmlBytes = 8 << 20;

/** What the files do not say and the published system takes for granted. */
const rate = 500;
const samples = 5000;
const millivoltsPerUnit = 0.0025;

/**
 * Reads the XML of the pulmonary-embolism system: ISO 8859-1 text with, inside one `<rhythm>`, an element
 * `<channel name="I">` of 5000 integers between blanks for each lead, at 500 Hz and 0.0025 mV a unit. What else the
 * document holds is not looked at. Text with a byte-order mark is read as the UTF-8 or UTF-16 that it is.
 *
 * @throws SystoleError `empty`, `file_too_large`, `header_syntax` (no XML, no rhythm or channel), `signal_length`,
 * `signal_value`, both with the channel's position.
 */
export function readPeXml(bytes: Uint8Array): Recording {
  if (bytes.length === 0) throw new SystoleError('empty');
  if (bytes.length > maximumPeXmlBytes)
    throw new SystoleError('file_too_large', `An XML file of ${bytes.length} bytes.`);
  const parser = new XMLParser({
    ignoreAttributes: false,
    attributeNamePrefix: '@',
    parseTagValue: false,
    parseAttributeValue: false,
    // Entities could name files or grow without end; digits need none.
    processEntities: false,
    isArray: (name) => name === 'channel',
  });
  let document: unknown;
  try {
    document = parser.parse(markedText(bytes, 'latin1'), true);
  } catch (error) {
    throw new SystoleError('header_syntax', 'The XML is not well formed.', { cause: error });
  }
  const rhythm = find(document, 'rhythm');
  const channels = isElement(rhythm) && Array.isArray(rhythm.channel) ? rhythm.channel : [];
  if (channels.length === 0) throw new SystoleError('header_syntax', 'There is no channel in a rhythm.');
  return {
    format: 'pe-xml',
    rate,
    leads: channels.map((channel: unknown, position): Lead => {
      const name = isElement(channel) ? channel['@name'] : undefined;
      if (!isElement(channel) || typeof name !== 'string')
        throw new SystoleError('header_syntax', `Channel ${position} has no name.`);
      return {
        name: name.trim(),
        samples: integers(channel['#text'], position),
        gain: 1 / millivoltsPerUnit,
        baseline: 0,
        unit: 'mV',
        rate,
      };
    }),
    diagnoses: [],
  };
}

/** Seven digits: any converter's range many times over, and exact as a float32. */
const largestValue = 9_999_999;

function integers(text: unknown, position: number): Float32Array {
  const words = typeof text === 'string' ? text.trim().split(/\s+/) : [];
  if (words.length !== samples)
    throw new SystoleError(
      'signal_length',
      `Channel ${position} has ${words.length} values instead of ${samples}.`,
    );
  return Float32Array.from(words, (word, i) => {
    if (!/^[+-]?\d+$/.test(word))
      throw new SystoleError('signal_value', `Value ${i} of channel ${position} is no integer.`);
    const value = Number(word);
    if (Math.abs(value) > largestValue)
      throw new SystoleError('signal_value', `Value ${i} of channel ${position} is beyond ${largestValue}.`);
    return value;
  });
}

function isElement(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The first element of this name, outermost first. */
function find(document: unknown, name: string): unknown {
  let level: unknown[] = [document];
  while (level.length > 0) {
    const elements = level.filter(isElement);
    const holder = elements.find((element) => name in element);
    if (holder !== undefined) return Array.isArray(holder[name]) ? holder[name][0] : holder[name];
    level = elements.flatMap((element) => Object.values(element)).flat();
  }
  return undefined;
}

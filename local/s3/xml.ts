import { XMLParser } from 'fast-xml-parser';
import { S3Error } from './errors.ts';

export const namespace = 'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"';
export const declaration = '<?xml version="1.0" encoding="UTF-8"?>\n';

/** An element with text in it; nothing where there is no value. */
export function text(name: string, value: string | number | boolean | undefined): string {
  return value === undefined ? '' : `<${name}>${escapeText(String(value))}</${name}>`;
}

/** An element with content that is XML already. */
export function element(name: string, content: string): string {
  return `<${name}>${content}</${name}>`;
}

function escapeText(value: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: keys may hold them, and S3 writes them as references.
  return value.replace(/[&<>"\u0000-\u001f]/g, (character) => {
    if (character === '&') return '&amp;';
    if (character === '<') return '&lt;';
    if (character === '>') return '&gt;';
    if (character === '"') return '&quot;';
    return `&#x${character.charCodeAt(0).toString(16)};`;
  });
}

const named: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/** Resolves the five entities of XML and character references, and nothing that a document type could define. */
function unescapeText(value: string): string {
  return value.replace(/&(?:#x([0-9a-fA-F]{1,6})|#([0-9]{1,7})|([a-z]+));/g, (whole, hex, decimal, name) => {
    if (name !== undefined) return named[name] ?? whole;
    const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
    return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
}

/** An element of a parsed request: its text, or its children by name. */
export class XmlElement {
  readonly #node: unknown;

  constructor(node: unknown) {
    this.#node = node;
  }

  /** The text of the child `name`; undefined when there is none. */
  text(name: string): string | undefined {
    const child = this.children(name)[0];
    return child === undefined || typeof child.#node === 'object'
      ? undefined
      : unescapeText(String(child.#node));
  }

  children(name: string): XmlElement[] {
    if (typeof this.#node !== 'object' || this.#node === null) return [];
    const found = Object.hasOwn(this.#node, name) ? (this.#node as Record<string, unknown>)[name] : undefined;
    if (found === undefined) return [];
    return (Array.isArray(found) ? found : [found]).map((node) => new XmlElement(node));
  }
}

const parser = new XMLParser({
  processEntities: false,
  parseTagValue: false,
  ignoreAttributes: true,
  removeNSPrefix: true,
  trimValues: false,
});

/** Parses the body of a request. @throws S3Error MalformedXML when it is not XML with `root` as its root. */
export function parseXml(body: Buffer, root: string): XmlElement {
  const malformed = () => new S3Error('MalformedXML', 'The XML you provided was not well-formed.');
  try {
    const parsed: unknown = parser.parse(body.toString('utf8'), true);
    const [element] = new XmlElement(parsed).children(root);
    if (element === undefined) throw malformed();
    return element;
  } catch {
    throw malformed();
  }
}

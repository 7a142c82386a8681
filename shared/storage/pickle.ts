import { SystoleError } from '../errors.ts';

/**
 * What a pickle may hold: None, numbers, strings, bytes; lists and tuples as arrays; dictionaries as maps; and what
 * the allowed globals build.
 */
export type PickleValue =
  | null
  | boolean
  | number
  | string
  | Uint8Array
  | readonly PickleValue[]
  | Map<string | number, PickleValue>
  | PickleGlobal
  | PickleObject;

/** A class or function that a pickle may name; `call` makes its value from the arguments, if it may be called. */
export class PickleGlobal {
  readonly name: string;
  readonly call: ((args: readonly PickleValue[]) => PickleValue) | undefined;

  constructor(name: string, call?: (args: readonly PickleValue[]) => PickleValue) {
    this.name = name;
    this.call = call;
  }
}

/** Base of what globals and persistent ids build. */
export abstract class PickleObject {
  protected abstract readonly pickled: true;
}

export interface PickleOptions {
  /** By `module name`, as the pickle spells them. Any other is refused by its name. */
  readonly globals: ReadonlyMap<string, PickleGlobal>;
  /** The object behind a persistent id. */
  readonly persistent: (id: PickleValue) => PickleValue;
}

/**
 * Reads a Python pickle (protocols 2 to 5) without being able to run anything: the stack machine knows the opcodes
 * that build containers and scalars, and calls the given globals only.
 * Source: Python's pickletools.py.
 * @throws SystoleError weights_invalid, naming the global or the opcode that is refused.
 */
export function readPickle(bytes: Uint8Array, options: PickleOptions): PickleValue {
  return new Machine(bytes, options).run();
}

const text = new TextDecoder('utf-8', { fatal: true });

class Machine {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #options: PickleOptions;
  readonly #memo = new Map<number, PickleValue>();
  readonly #marks: number[] = [];
  #stack: PickleValue[] = [];
  #at = 0;

  constructor(bytes: Uint8Array, options: PickleOptions) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#options = options;
  }

  run(): PickleValue {
    for (;;) {
      const opcode = this.#uint8();
      if (opcode === 0x2e) return this.#pop();
      this.#execute(opcode);
    }
  }

  #execute(opcode: number): void {
    switch (opcode) {
      case 0x80: // PROTO
        this.#protocol(this.#uint8());
        break;
      case 0x95: // FRAME
        this.#take(8);
        break;
      case 0x28: // MARK
        this.#marks.push(this.#stack.length);
        break;
      case 0x30: // POP
        this.#pop();
        break;
      case 0x4e: // NONE
        this.#push(null);
        break;
      case 0x88: // NEWTRUE
        this.#push(true);
        break;
      case 0x89: // NEWFALSE
        this.#push(false);
        break;
      case 0x4a: // BININT
        this.#push(this.#view.getInt32(this.#take(4), true));
        break;
      case 0x4b: // BININT1
        this.#push(this.#uint8());
        break;
      case 0x4d: // BININT2
        this.#push(this.#view.getUint16(this.#take(2), true));
        break;
      case 0x8a: // LONG1
        this.#push(this.#long(this.#uint8()));
        break;
      case 0x47: // BINFLOAT
        this.#push(this.#view.getFloat64(this.#take(8)));
        break;
      case 0x58: // BINUNICODE
        this.#push(this.#text(this.#uint32()));
        break;
      case 0x8c: // SHORT_BINUNICODE
        this.#push(this.#text(this.#uint8()));
        break;
      case 0x42: // BINBYTES
        this.#push(this.#slice(this.#uint32()));
        break;
      case 0x43: // SHORT_BINBYTES
        this.#push(this.#slice(this.#uint8()));
        break;
      case 0x5d: // EMPTY_LIST
      case 0x29: // EMPTY_TUPLE
        this.#push([]);
        break;
      case 0x7d: // EMPTY_DICT
        this.#push(new Map());
        break;
      case 0x74: // TUPLE
        this.#push(this.#popMark());
        break;
      case 0x85: // TUPLE1
      case 0x86: // TUPLE2
      case 0x87: // TUPLE3
        this.#push(this.#popMany(opcode - 0x84));
        break;
      case 0x61: // APPEND
        this.#append(this.#popMany(1));
        break;
      case 0x65: // APPENDS
        this.#append(this.#popMark());
        break;
      case 0x73: // SETITEM
        this.#setItems(this.#popMany(2));
        break;
      case 0x75: // SETITEMS
        this.#setItems(this.#popMark());
        break;
      case 0x71: // BINPUT
        this.#memo.set(this.#uint8(), this.#top());
        break;
      case 0x72: // LONG_BINPUT
        this.#memo.set(this.#uint32(), this.#top());
        break;
      case 0x94: // MEMOIZE
        this.#memo.set(this.#memo.size, this.#top());
        break;
      case 0x68: // BINGET
        this.#push(this.#remembered(this.#uint8()));
        break;
      case 0x6a: // LONG_BINGET
        this.#push(this.#remembered(this.#uint32()));
        break;
      case 0x63: // GLOBAL
        this.#push(this.#global(this.#line(), this.#line()));
        break;
      case 0x93: {
        // STACK_GLOBAL
        const [module, name] = this.#popMany(2);
        if (typeof module !== 'string' || typeof name !== 'string') throw invalid('A global has no name.');
        this.#push(this.#global(module, name));
        break;
      }
      case 0x52: // REDUCE
        this.#reduce();
        break;
      case 0x62: // BUILD
        this.#build();
        break;
      case 0x51: // BINPERSID
        this.#push(this.#options.persistent(this.#pop()));
        break;
      default:
        throw invalid(`Opcode 0x${opcode.toString(16)} at byte ${this.#at - 1} is not supported.`);
    }
  }

  #protocol(version: number): void {
    if (version < 2 || version > 5) throw invalid(`Protocol ${version} is not supported.`);
  }

  #reduce(): void {
    const [callee, args] = this.#popMany(2);
    if (!(callee instanceof PickleGlobal) || !Array.isArray(args))
      throw invalid('Something else than a class is called.');
    if (callee.call === undefined) throw invalid(`${callee.name} may not be called.`);
    this.#push(callee.call(args as readonly PickleValue[]));
  }

  /** Attributes of an ordered dictionary (PyTorch hangs version numbers on it) are dropped. */
  #build(): void {
    this.#pop();
    if (!(this.#top() instanceof Map))
      throw invalid('Attributes are set on something else than a dictionary.');
  }

  #append(values: readonly PickleValue[]): void {
    const list = this.#top();
    if (!Array.isArray(list)) throw invalid('Values are appended to something else than a list.');
    for (const value of values) (list as PickleValue[]).push(value);
  }

  #setItems(pairs: readonly PickleValue[]): void {
    const dictionary = this.#top();
    if (!(dictionary instanceof Map) || pairs.length % 2 !== 0) {
      throw invalid('Items are set on something else than a dictionary.');
    }
    for (let i = 0; i < pairs.length; i += 2) {
      const key = pairs[i];
      if (typeof key !== 'string' && typeof key !== 'number')
        throw invalid('A key is no string and no number.');
      dictionary.set(key, pairs[i + 1]!);
    }
  }

  #global(module: string, name: string): PickleGlobal {
    const found = this.#options.globals.get(`${module} ${name}`);
    if (found === undefined) {
      throw invalid(
        `It wants ${JSON.stringify(`${module}.${name}`.slice(0, 120))}, which Systole does not load.`,
      );
    }
    return found;
  }

  #remembered(index: number): PickleValue {
    const value = this.#memo.get(index);
    if (value === undefined) throw invalid(`Memo ${index} was never set.`);
    return value;
  }

  #push(value: PickleValue): void {
    this.#stack.push(value);
  }

  #top(): PickleValue {
    const value = this.#stack.at(-1);
    if (value === undefined) throw invalid('The stack is empty.');
    return value;
  }

  #pop(): PickleValue {
    return this.#popMany(1)[0]!;
  }

  #popMany(count: number): PickleValue[] {
    if (this.#stack.length - count < (this.#marks.at(-1) ?? 0)) throw invalid('The stack is empty.');
    return this.#stack.splice(this.#stack.length - count, count);
  }

  #popMark(): PickleValue[] {
    const mark = this.#marks.pop();
    if (mark === undefined) throw invalid('There is no mark.');
    return this.#stack.splice(mark);
  }

  #long(length: number): number {
    const bytes = this.#slice(length);
    let value = 0n;
    for (let i = 0; i < length; i++) value |= BigInt(bytes[i]!) << BigInt(8 * i);
    const number = Number(BigInt.asIntN(8 * length, value));
    if (!Number.isSafeInteger(number)) throw invalid('An integer is out of range.');
    return number;
  }

  #text(length: number): string {
    try {
      return text.decode(this.#slice(length));
    } catch (error) {
      if (error instanceof SystoleError) throw error;
      throw new SystoleError('weights_invalid', 'pickle: A string is not in UTF-8.', { cause: error });
    }
  }

  #line(): string {
    const end = this.#bytes.indexOf(10, this.#at);
    if (end < 0) throw invalid('It ends too early.');
    const line = this.#text(end - this.#at);
    this.#at = end + 1;
    return line;
  }

  #slice(length: number): Uint8Array {
    const start = this.#take(length);
    return this.#bytes.subarray(start, start + length);
  }

  #uint8(): number {
    return this.#bytes[this.#take(1)]!;
  }

  #uint32(): number {
    return this.#view.getUint32(this.#take(4), true);
  }

  /** Passes over so many bytes and gives where they start. */
  #take(length: number): number {
    const start = this.#at;
    if (start + length > this.#bytes.length) throw invalid('It ends too early.');
    this.#at += length;
    return start;
  }
}

function invalid(detail: string): SystoleError {
  return new SystoleError('weights_invalid', `pickle: ${detail}`);
}

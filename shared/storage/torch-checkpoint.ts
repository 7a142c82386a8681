import { SystoleError } from '../errors.ts';
import { PickleGlobal, PickleObject, type PickleValue, readPickle } from './pickle.ts';
import { type ElementType, elementBytes, elementCount, type StoredTensor } from './stored-tensor.ts';
import { readZip, type ZipEntry } from './zip.ts';

/** Keys under which training programs put the weights beside epoch, optimizer and the like. */
const stateDictKeys = ['state_dict', 'model_state_dict', 'model', 'net', 'network'];
const maxEntryBytes = 2 ** 31;
const maxDimensions = 32;

/**
 * Reads the weights of a PyTorch checkpoint, the ZIP form that torch.save writes since 1.6 (.pt, .pth, .sav). Nothing
 * in the file is run: its pickle may build tensors, dictionaries, lists, tuples, numbers and strings. The state
 * dictionary is the whole of it or lies under one of the usual keys; a `module.` before every name (DataParallel) is
 * dropped. A tensor's bytes are gathered when they are asked for, whatever its strides.
 * @throws SystoleError weights_invalid, with the name of a global that is refused; unsupported_format for the form
 *   before 1.6; inflates_too_large.
 */
export function readTorchCheckpoint(bytes: Uint8Array): ReadonlyMap<string, StoredTensor> {
  if (bytes[0] === 0x80) {
    throw new SystoleError(
      'unsupported_format',
      'The checkpoint has the form before PyTorch 1.6; load it and save it again with a later one.',
    );
  }
  const entries = readZip(bytes, { maxEntryBytes });
  const pickleName = [...entries.keys()].find((name) => name === 'data.pkl' || name.endsWith('/data.pkl'));
  if (pickleName === undefined) throw invalid('The archive has no data.pkl.');
  const folder = pickleName.slice(0, -'data.pkl'.length);
  const byteOrder = entries.get(`${folder}byteorder`);
  if (byteOrder !== undefined && new TextDecoder().decode(byteOrder.read()).trim() !== 'little') {
    throw invalid('The tensors are not little endian.');
  }
  const storages = new Map<string, Storage>();
  const root = readPickle(entries.get(pickleName)!.read(), {
    globals,
    persistent: (id) => storageOf(id, folder, entries, storages),
  });
  return withoutModulePrefix(stateDict(root));
}

/** A storage of the archive; read when a tensor over it is. */
class Storage extends PickleObject {
  protected readonly pickled = true;
  readonly type: ElementType;
  readonly length: number;
  readonly #entry: ZipEntry;
  #bytes: Uint8Array | undefined;

  constructor(type: ElementType, length: number, entry: ZipEntry) {
    super();
    this.type = type;
    this.length = length;
    this.#entry = entry;
  }

  get bytes(): Uint8Array {
    return (this.#bytes ??= this.#entry.read());
  }
}

/** A strided view of a storage. */
class TorchTensor extends PickleObject implements StoredTensor {
  protected readonly pickled = true;
  readonly type: ElementType;
  readonly shape: readonly number[];
  readonly #storage: Storage;
  readonly #offset: number;
  readonly #strides: readonly number[];

  constructor(storage: Storage, offset: number, shape: readonly number[], strides: readonly number[]) {
    super();
    const count = elementCount(shape);
    const last = shape.reduce((index, size, axis) => index + (size - 1) * strides[axis]!, offset);
    // A tensor of more elements than its storage repeats them; no parameter does.
    if (count > storage.length || (count > 0 && last >= storage.length)) {
      throw invalid('A tensor reaches beyond its storage.');
    }
    this.type = storage.type;
    this.shape = shape;
    this.#storage = storage;
    this.#offset = offset;
    this.#strides = strides;
  }

  get bytes(): Uint8Array {
    const width = elementBytes[this.type];
    const source = this.#storage.bytes;
    const count = elementCount(this.shape);
    if (this.#contiguous()) return source.subarray(this.#offset * width, (this.#offset + count) * width);
    const gathered = new Uint8Array(count * width);
    const index = this.shape.map(() => 0);
    let from = this.#offset;
    for (let to = 0; to < count; to++) {
      for (let byte = 0; byte < width; byte++) gathered[to * width + byte] = source[from * width + byte]!;
      for (let axis = index.length - 1; axis >= 0; axis--) {
        from += this.#strides[axis]!;
        if (++index[axis]! < this.shape[axis]!) break;
        from -= this.#strides[axis]! * this.shape[axis]!;
        index[axis] = 0;
      }
    }
    return gathered;
  }

  #contiguous(): boolean {
    let step = 1;
    for (let axis = this.shape.length - 1; axis >= 0; axis--) {
      if (this.shape[axis] !== 1 && this.#strides[axis] !== step) return false;
      step *= this.shape[axis]!;
    }
    return true;
  }
}

const storageTypes: Readonly<Record<string, ElementType>> = {
  DoubleStorage: 'F64',
  FloatStorage: 'F32',
  HalfStorage: 'F16',
  BFloat16Storage: 'BF16',
  LongStorage: 'I64',
  IntStorage: 'I32',
  ShortStorage: 'I16',
  CharStorage: 'I8',
  ByteStorage: 'U8',
  BoolStorage: 'BOOL',
};

const globals = new Map<string, PickleGlobal>([
  ['collections OrderedDict', new PickleGlobal('OrderedDict', orderedDictionary)],
  ['torch._utils _rebuild_tensor_v2', new PickleGlobal('_rebuild_tensor_v2', rebuildTensor)],
  ['torch._utils _rebuild_parameter', new PickleGlobal('_rebuild_parameter', rebuildParameter)],
  ...Object.keys(storageTypes).map((name) => [`torch ${name}`, new PickleGlobal(name)] as const),
]);

function orderedDictionary(args: readonly PickleValue[]): PickleValue {
  if (args.length > 0) throw invalid('An ordered dictionary is built from arguments.');
  return new Map();
}

/** torch._utils._rebuild_tensor_v2(storage, offset, size, stride, requires_grad, backward_hooks) */
function rebuildTensor([storage, offset, shape, strides]: readonly PickleValue[]): PickleValue {
  if (!(storage instanceof Storage) || !isCount(offset) || !isCounts(shape) || !isCounts(strides)) {
    throw invalid('A tensor is not built as PyTorch builds it.');
  }
  if (shape.length !== strides.length || shape.length > maxDimensions) {
    throw invalid('A tensor has as many strides as dimensions, and at most 32.');
  }
  return new TorchTensor(storage, offset, shape, strides);
}

/** torch._utils._rebuild_parameter(data, requires_grad, backward_hooks) */
function rebuildParameter([tensor]: readonly PickleValue[]): PickleValue {
  if (!(tensor instanceof TorchTensor)) throw invalid('A parameter is no tensor.');
  return tensor;
}

/** A persistent id is ('storage', class, key, device, number of elements). */
function storageOf(
  id: PickleValue,
  folder: string,
  entries: ReadonlyMap<string, ZipEntry>,
  storages: Map<string, Storage>,
): Storage {
  const [kind, storageClass, key, , length] = Array.isArray(id) ? (id as readonly PickleValue[]) : [];
  if (
    kind !== 'storage' ||
    !(storageClass instanceof PickleGlobal) ||
    typeof key !== 'string' ||
    !isCount(length)
  ) {
    throw invalid('A storage is not named as PyTorch names it.');
  }
  const type = storageTypes[storageClass.name];
  const entry = entries.get(`${folder}data/${key}`);
  if (type === undefined || entry === undefined) throw invalid('A storage is missing from the archive.');
  if (entry.size !== length * elementBytes[type]) {
    throw invalid(`A storage of ${length} elements has ${entry.size} bytes.`);
  }
  const known = storages.get(key);
  if (known?.type === type) return known;
  const storage = new Storage(type, length, entry);
  storages.set(key, storage);
  return storage;
}

function stateDict(root: PickleValue): Map<string, StoredTensor> {
  // A dictionary can hold itself; the keys are five, so the search is no deeper.
  let dictionary = root;
  for (let depth = 0; depth <= stateDictKeys.length && dictionary instanceof Map; depth++) {
    const tensors = new Map<string, StoredTensor>();
    for (const [name, value] of dictionary) {
      if (value instanceof TorchTensor) tensors.set(String(name), value);
    }
    if (tensors.size > 0) return tensors;
    const outer: Map<string | number, PickleValue> = dictionary;
    dictionary = stateDictKeys.map((key) => outer.get(key)).find((value) => value instanceof Map) ?? null;
  }
  throw invalid('It holds no dictionary of tensors.');
}

function withoutModulePrefix(tensors: Map<string, StoredTensor>): Map<string, StoredTensor> {
  const prefix = 'module.';
  if (![...tensors.keys()].every((name) => name.startsWith(prefix))) return tensors;
  return new Map([...tensors].map(([name, tensor]) => [name.slice(prefix.length), tensor]));
}

function isCount(value: PickleValue | undefined): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function isCounts(value: PickleValue | undefined): value is number[] {
  return Array.isArray(value) && (value as readonly PickleValue[]).every(isCount);
}

function invalid(detail: string): SystoleError {
  return new SystoleError('weights_invalid', `checkpoint: ${detail}`);
}

import { SystoleError } from '../../../shared/errors.ts';
import { type ObjectName, Objects } from '../../../shared/storage/objects.ts';

/** Objects in memory, by bucket and key, whatever version is asked for; what is read and written is written down. */
export class MemoryObjects extends Objects {
  readonly files = new Map<string, Uint8Array>();
  readonly reads: [key: string, start: number, end: number][] = [];

  set(key: string, bytes: Uint8Array | string, bucket = 'uploads'): this {
    this.files.set(`${bucket}/${key}`, Buffer.from(bytes as Uint8Array));
    return this;
  }

  override async range({ bucket, key }: ObjectName, start: number, end: number): Promise<Buffer> {
    const bytes = this.#whole(bucket, key);
    this.reads.push([key, start, Math.min(end, bytes.length)]);
    return Buffer.from(bytes.subarray(start, end));
  }

  override async bytes({ bucket, key }: ObjectName): Promise<Buffer> {
    const bytes = this.#whole(bucket, key);
    this.reads.push([key, 0, bytes.length]);
    return Buffer.from(bytes);
  }

  override async size({ bucket, key }: ObjectName): Promise<number | undefined> {
    return this.files.get(`${bucket}/${key}`)?.length;
  }

  override async put({ bucket, key }: ObjectName, body: Uint8Array | string): Promise<void> {
    this.set(key, body, bucket);
  }

  #whole(bucket: string, key: string): Uint8Array {
    const bytes = this.files.get(`${bucket}/${key}`);
    if (bytes === undefined) throw new SystoleError('object_absent');
    return bytes;
  }
}

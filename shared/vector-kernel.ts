const page = 65_536;
/** Vector loads may touch this much after the last byte that counts. */
const slack = 64;

/** What every kernel exports beside its functions. */
interface Memory {
  readonly memory: WebAssembly.Memory;
  readonly __heap_base: WebAssembly.Global;
}

/** A WebAssembly program of inner loops (scripts/build-kernels.mjs), each argument of which is a number or an offset in its memory. */
export interface VectorKernel<Functions> {
  readonly functions: () => Functions;
  /**
   * Runs `work` with the functions, their memory and offsets of areas in it, one for each of `sizes` bytes, sixteen bytes
   * aligned. Nothing in them outlives the call, so every caller copies in and out.
   */
  run<T>(
    sizes: readonly number[],
    work: (functions: Functions, memory: ArrayBuffer, areas: readonly number[]) => T,
  ): T;
}

/**
 * A kernel, compiled when it is first used.
 *
 * @param program in base64.
 * @param mostKept bytes of memory beyond which a call gets memory of its own, which is gone after it: memory of
 * WebAssembly grows and never shrinks.
 */
export function vectorKernel<Functions>(
  program: string,
  mostKept = Number.POSITIVE_INFINITY,
): VectorKernel<Functions> {
  let compiled: WebAssembly.Module | undefined;
  let kept: (Functions & Memory) | undefined;
  const instance = (): Functions & Memory => {
    compiled ??= new WebAssembly.Module(Buffer.from(program, 'base64'));
    return new WebAssembly.Instance(compiled).exports as unknown as Functions & Memory;
  };
  const functions = () => {
    kept ??= instance();
    return kept;
  };
  return {
    functions,
    run(sizes, work) {
      let end = functions().__heap_base.value;
      const areas = sizes.map((size) => {
        const area = end;
        end += 16 * Math.ceil((size + slack) / 16);
        return area;
      });
      const own = end > mostKept ? instance() : functions();
      const missing = end - own.memory.buffer.byteLength;
      if (missing > 0) own.memory.grow(Math.ceil(missing / page));
      return work(own, own.memory.buffer, areas);
    },
  };
}

/** tf.js's graph model: TensorFlow's GraphDef as JSON, and the weights' manifest (tfjs-converter, model.json). */

export type ElementType = 'float32' | 'int32' | 'bool';

export type Attribute =
  | { readonly type: string }
  | { readonly i: string }
  | { readonly f: number }
  | { readonly b: boolean }
  | { readonly s: string }
  | { readonly shape: { readonly dim: readonly { readonly size: string }[] } }
  | { readonly list: { readonly i: readonly string[] } };

export interface GraphNode {
  readonly name: string;
  readonly op: string;
  readonly input: readonly string[];
  readonly attr: Readonly<Record<string, Attribute>>;
}

export interface WeightEntry {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: ElementType;
  readonly quantization?: { readonly dtype: 'float16'; readonly original_dtype: 'float32' };
}

export interface TensorSignature {
  readonly name: string;
  readonly dtype: string;
  readonly tensorShape: { readonly dim: readonly { readonly size: string }[] };
}

/** The content of model.json. */
export interface GraphModel {
  readonly format: 'graph-model';
  readonly generatedBy: string;
  readonly convertedBy: null;
  readonly signature: {
    readonly inputs: Readonly<Record<string, TensorSignature>>;
    readonly outputs: Readonly<Record<string, TensorSignature>>;
  };
  readonly modelTopology: {
    readonly node: readonly GraphNode[];
    readonly library: Readonly<Record<string, never>>;
    readonly versions: { readonly producer: number };
  };
  readonly weightsManifest: readonly {
    readonly paths: readonly string[];
    readonly weights: readonly WeightEntry[];
  }[];
  readonly userDefinedMetadata?: Readonly<Record<string, string>>;
}

export const integer = (value: number): Attribute => ({ i: String(value) });
export const integers = (values: readonly number[]): Attribute => ({ list: { i: values.map(String) } });
export const truth = (value: boolean): Attribute => ({ b: value });
export const text = (value: string): Attribute => ({ s: Buffer.from(value).toString('base64') });
export const elementType = (type: ElementType): Attribute => ({ type: typeName(type) });
export const dimensions = (shape: readonly number[]) => ({
  dim: shape.map((size) => ({ size: String(size) })),
});

export function typeName(type: ElementType): string {
  return { float32: 'DT_FLOAT', int32: 'DT_INT32', bool: 'DT_BOOL' }[type];
}

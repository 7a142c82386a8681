import { register } from 'node:module';

/** tf.js's modules import each other without extension, as bundlers resolve them and Node does not. */
const resolveExtensionless = `
export async function resolve(specifier, context, next) {
  const inside = context.parentURL?.includes('/@tensorflow/tfjs-core/dist/');
  const bare = specifier.startsWith('.') && !specifier.endsWith('.js');
  return next(inside && bare ? specifier + '.js' : specifier, context);
}`;

let loading: Promise<unknown> | undefined;

/** Gives tf.js core its gradients, which its main entry leaves out. */
export function loadGradients(): Promise<unknown> {
  if (loading === undefined) {
    register(`data:text/javascript,${encodeURIComponent(resolveExtensionless)}`);
    loading = import('@tensorflow/tfjs-core/dist/register_all_gradients.js');
  }
  return loading;
}

import { recordKernel } from '../recording-backend.ts';
import { imageLayout } from './convolution.ts';

/** tf.image.resizeBilinear with pixels as areas (half pixel centres), forward only: no net learns through it. */
recordKernel('ResizeBilinear', ({ images }, { recorder, attributes }) => {
  if (attributes.alignCorners === true || attributes.halfPixelCenters !== true)
    throw new Error('ResizeBilinear is recorded with half pixel centres only.');
  const { graph } = recorder;
  const [height, width] = attributes.size as [number, number];
  const [records, , , channels] = images!.shape as [number, number, number, number];
  const shape = [records, height, width, channels];
  const layout = imageLayout(images!.shape);
  const values = recorder.inLayout(images!, layout);
  // Sizes of all axes: ONNX Runtime 1.30 moves transpositions past a Resize of some axes and loses its sizes.
  const sizes = recorder.isFree(records)
    ? graph.emit(
        'Concat',
        [
          graph.emit('Shape', [values], { start: { int: 0 }, end: { int: 2 } }),
          graph.integers([height, width]),
        ],
        { axis: { int: 0 } },
      )
    : graph.integers([records, channels, height, width]);
  // Neither regions nor scales.
  const name = graph.emit('Resize', [values, '', '', sizes], {
    mode: { string: 'linear' },
    coordinate_transformation_mode: { string: 'half_pixel' },
  });
  return { name, dtype: 'float32', shape, layout };
});

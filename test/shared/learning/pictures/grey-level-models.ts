import { type FramePreprocessing, framePreprocessingHash } from '../../../../shared/echo/preprocessing.ts';
import { type ViewName, viewNames } from '../../../../shared/echo/views/views.ts';
import type { NamedArray } from '../../../../shared/engine/pass.ts';
import { versionOf, weightBytes } from '../../../../shared/learning/artifact.ts';
import type {
  PictureCard,
  SegmentationCard,
  ViewCard,
} from '../../../../shared/learning/pictures/picture-card.ts';
import type { PictureArtifact } from '../../../../shared/learning/pictures/picture-model.ts';
import { buildNet } from '../../../../shared/nets/build-net.ts';
import { netSchema } from '../../../../shared/nets/configuration.ts';
import { parameterShapes } from '../../../../shared/nets/parameter-shapes.ts';

/** Grey values of drawn hearts, whose chambers the segmentation below tells by their grey. */
export const greys = { ground: 40, la: 120, lv: 220 } as const;

const edge = 64;

/** A net of views that always answers the same one; how surely says the logit, of which the other views have 0. */
export function oneViewModel(view: ViewName, logit = 6): PictureArtifact<ViewCard> {
  const net = netSchema.parse({ name: 'vgg', size: edge, width: 1 / 64, fullyConnected: 1 });
  const weights = zeros(net, viewNames.length);
  weights.get('network/fc8/b')!.data[viewNames.indexOf(view)] = logit;
  return artifact({ task: 'views', net, classes: [...viewNames] }, weights) as PictureArtifact<ViewCard>;
}

/**
 * A U-Net of one channel that passes the grey value on and tells three labels by it: its answers are straight lines over
 * the grey value, of which the highest wins.
 */
export function greyLevelModel(view: 'a4c' | 'a2c'): PictureArtifact<SegmentationCard> {
  const net = netSchema.parse({ name: 'unet', size: edge, width: 1 / 64, mean: 0 });
  const weights = zeros(net, 3);
  const centre = (name: string, channels: number, channel: number) => {
    weights.get(`${name}/W`)!.data[4 * channels + channel] = 1;
  };
  centre('vgg/conv1_1', 1, 0);
  centre('vgg/conv1_2', 1, 0);
  // From below nothing comes: the second of two channels is the one that skips.
  centre('vgg/conv11_1', 2, 1);
  centre('vgg/conv11_2', 1, 0);
  const half = { la: (greys.ground + greys.la) / 2, lv: (greys.la + greys.lv) / 2 };
  const out = weights.get('vgg/conv12_2/W')!.data;
  const bias = weights.get('vgg/conv12_2/b')!.data;
  // [channel, label]: ground, ventricle, atrium
  out.set([0, 2, 1]);
  bias.set([0, -half.la - half.lv, -half.la]);
  const classes = ['background', 'left ventricle', 'left atrium'];
  const chambers = { lv: 1, la: 2, lvo: 0 };
  return artifact(
    { task: `segmentation-${view}`, view, net, classes, chambers },
    weights,
  ) as PictureArtifact<SegmentationCard>;
}

function zeros(net: PictureCard['net'] | ReturnType<typeof netSchema.parse>, classes: number) {
  const shapes = parameterShapes(buildNet(net, classes));
  return new Map(
    [...shapes].map(([name, shape]): [string, NamedArray] => [
      name,
      { shape, data: new Float32Array(shape.reduce((count, size) => count * size, 1)) },
    ]),
  );
}

function artifact(own: object, weights: Map<string, NamedArray>): PictureArtifact {
  const preprocessing: FramePreprocessing = { frames: 'grey', edge, burnedInText: 'regions-or-fan' };
  const version = versionOf([weightBytes(weights, 'float32')]);
  const card = {
    format: 'systole-model-1',
    name: `drawn-${(own as { task: string }).task}`,
    version,
    preprocessing,
    preprocessingHash: framePreprocessingHash(preprocessing),
    members: ['weights.safetensors'],
    onnx: ['model.onnx'],
    intendedUse: 'Tests.',
    limits: [],
    data: { name: 'none', attribution: '', licence: '', training: 0, validation: 0 },
    training: { command: '', engine: '', codeVersion: '', seed: 0, epochs: [], experiment: null },
    precision: 'float32',
    evaluatedOn: 'nothing',
    evaluation: null,
    ...own,
  } as unknown as PictureCard;
  return { card, members: [weights] };
}

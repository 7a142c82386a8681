import type { NetConfiguration } from './configuration.ts';
import { dsail } from './dsail.ts';
import type { Net } from './net.ts';
import { peBaseline } from './pe-baseline.ts';
import { peResnet18Attention } from './pe-resnet18-attention.ts';
import { peResnet18Encoder } from './pe-resnet18-encoder.ts';
import { peResnet18Recurrent } from './pe-resnet18-recurrent.ts';
import { peSpectrogramResnet18Attention } from './pe-spectrogram-resnet18-attention.ts';
import { unet } from './unet.ts';
import { vgg } from './vgg.ts';

/**
 * The net that a checked configuration names.
 * @param classes number of logits, or of labels a pixel (background among them) for a segmentation.
 */
export function buildNet(configuration: NetConfiguration, classes: number): Net {
  switch (configuration.name) {
    case 'dsail':
      return dsail(configuration, classes);
    case 'pe-baseline':
      return peBaseline(configuration, classes);
    case 'pe-resnet18-attention':
      return peResnet18Attention(configuration, classes);
    case 'pe-spectrogram-resnet18-attention':
      return peSpectrogramResnet18Attention(configuration, classes);
    case 'pe-resnet18-recurrent':
      return peResnet18Recurrent(configuration, classes);
    case 'pe-resnet18-encoder':
      return peResnet18Encoder(configuration, classes);
    case 'vgg':
      return vgg(configuration, classes);
    case 'unet':
      return unet(configuration, classes);
  }
}

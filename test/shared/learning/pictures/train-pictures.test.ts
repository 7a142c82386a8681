import { describe, expect, it } from 'vitest';
import { openRuntime } from '../../../../shared/engine/onnx/runtime.ts';
import { openEngine } from '../../../../shared/engine/open-engine.ts';
import { parseAnyExperiment } from '../../../../shared/learning/any-experiment.ts';
import type { SegmentationCard, ViewCard } from '../../../../shared/learning/pictures/picture-card.ts';
import type { PictureExperiment } from '../../../../shared/learning/pictures/picture-experiment.ts';
import { openPictureModel } from '../../../../shared/learning/pictures/picture-model.ts';
import { preparedPicture } from '../../../../shared/learning/pictures/prepared-pictures.ts';
import { readGreyPng } from '../../../../shared/learning/pictures/read-grey-png.ts';
import { readPictureArtifact } from '../../../../shared/learning/pictures/read-picture-artifact.ts';
import { trainPictures } from '../../../../shared/learning/pictures/train-pictures.ts';
import type { Progress } from '../../../../shared/learning/train-run.ts';
import { MemoryFolder } from '../small-set.ts';
import { masksOfInstances, phantomInstances, viewsOfInstances } from './phantom-instances.ts';
import { smallPictures, smallSegmentation, smallViews } from './small-pictures.ts';

const engine = await openEngine({ threads: 1 });
const pictures = smallPictures(44);

async function train(
  yaml: string,
  options: {
    dataset?: MemoryFolder;
    checkpoints?: MemoryFolder;
    signal?: AbortSignal;
    onProgress?: (progress: Progress) => void;
  } = {},
) {
  const model = new MemoryFolder();
  const artifact = await trainPictures(parseAnyExperiment(yaml) as PictureExperiment, {
    dataset: pictures,
    checkpoints: new MemoryFolder(),
    model,
    engine,
    command: 'a test',
    codeVersion: 'test',
    ...options,
  });
  return { artifact, model };
}

/** No chance in it but the start. */
const quick = { augmentation: '', averaging: '', schedule: '{ kind: constant }' };

const weightsOf = (folder: MemoryFolder) => Buffer.from(folder.files.get('weights.safetensors')!);

describe('trainPictures', () => {
  it('learns chambers that can be learnt; the model folder holds the net that was measured', async () => {
    const told: Progress[] = [];
    const { artifact, model } = await train(
      smallSegmentation({ ...quick, precision: 'float16', epochs: '5' }),
      {
        onProgress: (progress) => told.push(progress),
      },
    );
    const card = artifact!.card as SegmentationCard;
    expect(card).toMatchObject({ view: 'a4c', chambers: { lv: 1, la: 2, lvo: 1 }, precision: 'float16' });
    const { classes, frames, patients, ejectionFraction, cines } = card.evaluation!;
    expect([frames, patients, ejectionFraction, cines]).toEqual([4, 2, null, null]);
    expect(classes.map(({ name }) => name)).toEqual(['ventricle', 'atrium']);
    expect(classes[0]!.dice.value).toBeGreaterThan(0.6);
    expect(classes[0]!.iou.value).toBeLessThan(classes[0]!.dice.value!);
    const last = told.at(-1)!.epochDone!;
    expect(last.trainingLoss).toBeLessThan(told.find(({ epochDone }) => epochDone)!.epochDone!.trainingLoss);
    expect(Object.keys(last.figures)).toEqual(['dice']);
    expect(new TextDecoder().decode(model.files.get('card.md'))).toMatch(
      /not a medical device[\s\S]*ventricle \| 4 \|/,
    );

    const read = await readPictureArtifact(model);
    expect(read.card).toEqual(card);
    const opened = await openPictureModel(read, engine);
    const { rows, columns, grey } = readGreyPng(pictures.files.get('images/43.png')!);
    const { grey: frame } = preparedPicture({ rows, columns, grey, labels: Uint8Array.of(0) }, 32);
    const probabilities = await opened.probabilities(frame);
    await opened.dispose();
    expect(probabilities).toHaveLength(32 * 32 * 3);
    const middle = (11 * 32 + 16) * 3;
    expect(probabilities[middle + 1]).toBeGreaterThan(0.5);
  });

  it('interrupted and resumed, it ends as if it had not been, bit for bit', async () => {
    const yaml = smallSegmentation({ epochs: '2', batch: '16' });
    const whole = await train(yaml);
    const checkpoints = new MemoryFolder();
    const stop = new AbortController();
    let steps = 0;
    const stopped = await train(yaml, {
      checkpoints,
      signal: stop.signal,
      onProgress: ({ epochDone }) => {
        if (epochDone === undefined && ++steps === 4) stop.abort();
      },
    });
    expect(stopped.artifact).toBeUndefined();
    const resumed = await train(yaml, { checkpoints });
    expect(Buffer.compare(weightsOf(resumed.model), weightsOf(whole.model))).toBe(0);
    expect(resumed.artifact!.card).toEqual(whole.artifact!.card);
  });

  it('learns views, and tells which were confused', async () => {
    const { artifact } = await train(smallViews({ ...quick, epochs: '5' }));
    const { evaluation } = artifact!.card as ViewCard;
    expect(evaluation!.accuracy.value).toBe(1);
    expect(evaluation!.classes.map(({ name }) => name)).toEqual(['a2c', 'a4c']);
    expect(evaluation!.confusion).toEqual([
      [2, 0, 0],
      [0, 2, 0],
      [0, 0, 0],
    ]);
  });

  it('trains members from seeds that count up', async () => {
    const { artifact, model } = await train(smallViews({ members: '2', epochs: '1', batch: '32' }));
    expect(artifact!.card.members).toEqual(['weights-0.safetensors', 'weights-1.safetensors']);
    expect(model.files.get('weights-0.safetensors')).not.toEqual(model.files.get('weights-1.safetensors'));
  });

  it('takes frames of DICOM instances, whose size and kind the files tell', async () => {
    const dataset = phantomInstances(6);
    const once = { ...quick, epochs: '1' };
    const chambers = await train(smallSegmentation({ ...once, ...masksOfInstances }), { dataset });
    const card = chambers.artifact!.card as SegmentationCard;
    expect(card.data).toMatchObject({ training: 4, validation: 2 });
    expect(card.evaluation).toMatchObject({ frames: 2, patients: 1 });
    expect(card.evaluation!.classes.map(({ frames }) => frames)).toEqual([2, 2, 2, 2, 2]);

    const views = await train(smallViews({ ...once, ...viewsOfInstances }), { dataset });
    const { data, evaluation } = views.artifact!.card as ViewCard;
    expect(data).toMatchObject({ training: 12, validation: 6 });
    expect(evaluation).toMatchObject({ frames: 6, patients: 2 });
    expect(evaluation!.classes.map(({ name, frames }) => [name, frames])).toEqual([
      ['a4c', 3],
      ['plax_plax', 3],
    ]);
  });

  it('looks at frames at several edges, in the figures, on the card and in the graph', async () => {
    const yaml = smallSegmentation({ ...quick, epochs: '1', edges: '[32, 64]' });
    const { artifact, model } = await train(yaml);
    const card = artifact!.card as SegmentationCard;
    expect(card.edges).toEqual([32, 64]);
    const frame = Uint8Array.from({ length: 32 * 32 }, (_, i) => (i * 7) % 256);
    const answer = async (edges: number[]) => {
      const opened = await openPictureModel({ ...artifact!, card: { ...card, edges } }, engine);
      const probabilities = await opened.probabilities(frame);
      await opened.dispose();
      return probabilities;
    };
    const [own, larger, both] = [await answer([32]), await answer([64]), await answer([32, 64])];
    expect(own).not.toEqual(larger);
    const runtime = await openRuntime('onnxruntime-node', 1);
    const session = await runtime.createSession(model.files.get('model.onnx')!);
    const frames = new runtime.Tensor('float32', Float32Array.from(frame), [1, 32, 32, 1]);
    const stored = (await session.run({ frames })).probabilities!.data as Float32Array;
    await session.release();
    for (const [i, value] of both.entries()) {
      expect(value).toBeCloseTo((own[i]! + larger[i]!) / 2, 5);
      expect(value).toBeCloseTo(stored[i]!, 5);
    }
  });
});

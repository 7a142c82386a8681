import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import {
  listModels,
  promoteModel,
  type RegisteredModel,
  registerModel,
} from '../../shared/catalog/models.ts';
import { reopenForModel, reopenUnmeasured } from '../../shared/catalog/reopen.ts';
import { codeVersion, root } from '../../shared/deployment/bundle.ts';
import { modelPrefix, shippedModels } from '../../shared/deployment/shipped-models.ts';
import { parseAnyExperiment } from '../../shared/learning/any-experiment.ts';
import { readArtifact, writeArtifact } from '../../shared/learning/artifact.ts';
import { parseExperiment } from '../../shared/learning/experiment.ts';
import { importModel } from '../../shared/learning/import-model.ts';
import { writePictureTfjs, writeTfjs } from '../../shared/learning/model-tfjs.ts';
import { importPublished } from '../../shared/learning/pictures/import-published.ts';
import { writePictureArtifact } from '../../shared/learning/pictures/picture-artifact.ts';
import { readPictureArtifact } from '../../shared/learning/pictures/read-picture-artifact.ts';
import { bucketFolder } from '../../shared/storage/bucket-folder.ts';
import { diskFolder, subfolder } from '../../shared/storage/folder.ts';
import type { Command } from '../command.ts';
import { openTarget } from '../open-target.ts';
import { table } from '../table.ts';
import type { Target } from '../target.ts';
import { UsageError } from '../usage-error.ts';

export const models: Command = {
  name: 'models',
  usage:
    '[promote NAME VERSION [--rescore] | export NAME VERSION FOLDER | import NET FILE... [--experiment FILE.yml]] [--json] [--stage NAME]',
  summary:
    'Lists the models; promote puts one in force (--rescore: for echo instances scored by others too), export saves one, import takes checkpoints.',
  async run(args) {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        rescore: { type: 'boolean', default: false },
        json: { type: 'boolean' },
        experiment: { type: 'string' },
        stage: { type: 'string' },
      },
    });
    const [verb, name, version, ...rest] = positionals;
    const promote = verb === 'promote' && name !== undefined && version !== undefined && rest.length === 0;
    const exported = verb === 'export' && name !== undefined && version !== undefined && rest.length === 1;
    const checkpoints = verb === 'import' && name !== undefined ? positionals.slice(2) : [];
    if (verb !== undefined && !promote && !exported && checkpoints.length === 0)
      throw new UsageError(
        'expected nothing, promote NAME VERSION, export NAME VERSION FOLDER, or import NET FILE...',
      );
    if (values.rescore && !promote) throw new UsageError('--rescore goes with promote NAME VERSION');
    const target = await openTarget(values.stage);
    try {
      if (checkpoints.length > 0) {
        if (isPictureNet(name!)) await importPictures(target, name, checkpoints);
        else {
          const experiment = values.experiment ?? join(root, 'experiments', await experimentOf(name!));
          await importInto(target, experiment, checkpoints);
        }
      }
      if (exported) {
        await exportModel(target, name, version, rest[0]!);
        return 0;
      }
      if (promote) {
        await putInForce(target, name, version, values.rescore);
        // Recordings that waited for a model are dispatched at once.
        await target.sqs.send(
          new SendMessageCommand({ QueueUrl: target.names.queueUrl('wake'), MessageBody: '{}' }),
        );
      }
      const all = await listModels(target.database);
      const inForce = new Set<string>();
      const rows = all.map((model) => {
        const first = model.promotedAt !== null && !inForce.has(model.task);
        if (first) inForce.add(model.task);
        return { ...model, inForce: first };
      });
      if (values.json) for (const row of rows) process.stdout.write(`${JSON.stringify(row)}\n`);
      else {
        const cells = rows.map((row) => [
          row.task,
          row.name,
          row.version,
          row.inForce ? 'in force' : '',
          row.promotedAt ?? '',
        ]);
        process.stdout.write(table(['task', 'model', 'version', '', 'promoted'], cells));
      }
      return 0;
    } finally {
      await target.close();
    }
  },
};

/** Echo instances that one statement makes ready again. */
const reopenedAtOnce = 20_000;

/** Promotes a model; with `rescore` the echo instances that other models have scored become ready again. */
async function putInForce(target: Target, name: string, version: string, rescore: boolean): Promise<void> {
  const { task } = await modelOf(target, name, version);
  if (rescore && task === 'ecg')
    throw new Error('--rescore is for models of echo: electrocardiograms keep the scores that they have');
  await promoteModel(target.database, name, version);
  if (!rescore || task === 'ecg') return;
  let all = 0;
  // What has no figures at all comes first.
  for (const reopen of [
    () => reopenUnmeasured(target.database, reopenedAtOnce),
    () => reopenForModel(target.database, { task, name, version }, reopenedAtOnce),
  ])
    for (let some = reopenedAtOnce; some === reopenedAtOnce; all += some) some = await reopen();
  process.stderr.write(`${all} instances are scored again\n`);
}

async function modelOf({ database }: Target, name: string, version: string): Promise<RegisteredModel> {
  const all = await listModels(database);
  const model = all.find((one) => one.name === name && one.version === version);
  if (model === undefined) throw new Error(`there is no model ${name} ${version}`);
  return model;
}

/** Saves a model's folder (card, weights, ONNX) with the same net as a tf.js graph model in `tfjs/` beside it. */
async function exportModel(target: Target, name: string, version: string, folder: string): Promise<void> {
  const model = await modelOf(target, name, version);
  const source = bucketFolder(target.objects, target.names.bucket('models'), model.prefix);
  const output = diskFolder(folder);
  const tfjs = subfolder(output, 'tfjs');
  if (model.task !== 'ecg') {
    const artifact = await readPictureArtifact(source);
    await writePictureArtifact(output, artifact);
    await writePictureTfjs(tfjs, artifact);
    return;
  }
  const artifact = await readArtifact(source);
  const onnx = await source.read(artifact.card.onnx[0]!);
  await writeArtifact(output, artifact, onnx!);
  await writeTfjs(tfjs, artifact);
}

/** The experiment file of the checkout that describes the published system of a net. */
async function experimentOf(net: string): Promise<string> {
  for (const file of (await readdir(join(root, 'experiments'))).sort()) {
    const experiment = parseAnyExperiment(await readFile(join(root, 'experiments', file), 'utf8'));
    // The shipped model is a net of the same name and not the published system.
    if (experiment.net.name === net && !shippedModels().some((model) => model.name === experiment.name))
      return file;
  }
  throw new UsageError(`no experiment describes a net '${net}': name one with --experiment`);
}

const isPictureNet = (net: string): net is 'vgg' | 'unet' => net === 'vgg' || net === 'unet';

/** Imports usal_echo's checkpoints as one model, as `importInto` does. */
async function importPictures(
  target: Target,
  net: 'vgg' | 'unet',
  checkpoints: readonly string[],
): Promise<void> {
  const files = await Promise.all(checkpoints.map((path) => readFile(path)));
  const command = `npx systole models import ${net} FILE...`;
  const artifact = importPublished(net, files, { command, codeVersion: codeVersion() });
  const { card } = artifact;
  const prefix = modelPrefix(card);
  await writePictureArtifact(bucketFolder(target.objects, target.names.bucket('models'), prefix), artifact);
  const { name, version, task } = card;
  await registerModel(target.database, { name, version, task, prefix, card, promote: false });
}

/** Imports checkpoints as the members of one model and registers it; it is in force once promoted. */
async function importInto(
  target: Target,
  experimentFile: string,
  checkpoints: readonly string[],
): Promise<void> {
  const experiment = parseExperiment(await readFile(experimentFile, 'utf8'));
  const files = await Promise.all(checkpoints.map((path) => readFile(path)));
  const command = `npx systole models import ${experiment.net.name} FILE...`;
  const { artifact, onnx } = await importModel(experiment, files, { command, codeVersion: codeVersion() });
  const { name, version, task } = artifact.card;
  const prefix = modelPrefix({ name, version });
  const folder = bucketFolder(target.objects, target.names.bucket('models'), prefix);
  const card = await writeArtifact(folder, artifact, onnx);
  await registerModel(target.database, { name, version, task, prefix, card, promote: false });
}

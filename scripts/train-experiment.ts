import { execFileSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { onnxEngine } from '../shared/engine/onnx/onnx-engine.ts';
import { openRuntime } from '../shared/engine/onnx/runtime.ts';
import { parseExperiment } from '../shared/learning/experiment.ts';
import { trainExperiment } from '../shared/learning/train.ts';
import { diskFolder } from '../shared/storage/folder.ts';

/**
 * Trains an experiment on this machine, without bucket or database:
 * npx tsx scripts/train-experiment.ts EXPERIMENT.yml DATA_FOLDER MODEL_FOLDER
 * Checkpoints lie in .systole/checkpoints/NAME; a training that was interrupted (Ctrl-C) goes on from there.
 */
const [file, data, model] = process.argv.slice(2);
if (file === undefined || data === undefined || model === undefined) {
  process.stderr.write('usage: train-experiment.ts EXPERIMENT.yml DATA_FOLDER MODEL_FOLDER\n');
  process.exit(2);
}
const stop = new AbortController();
for (const name of ['SIGTERM', 'SIGINT'] as const) process.once(name, () => stop.abort());
const experiment = parseExperiment(await readFile(file, 'utf8'));
const threads = experiment.threads ?? availableParallelism();
const artifact = await trainExperiment(experiment, {
  dataset: diskFolder(data),
  checkpoints: diskFolder(`.systole/checkpoints/${experiment.name}`),
  model: diskFolder(model),
  engine: onnxEngine(await openRuntime('onnxruntime-node', threads)),
  command: `npx tsx scripts/train-experiment.ts ${file} DATA_FOLDER MODEL_FOLDER`,
  codeVersion: execFileSync('git', ['rev-parse', '--short=12', 'HEAD'], { encoding: 'utf8' }).trim(),
  signal: stop.signal,
  onProgress: ({ fold, epoch, epochs, epochDone, secondsLeft }) => {
    if (epochDone === undefined) return;
    const { trainingLoss, validationLoss, auroc, auprc } = epochDone;
    process.stdout.write(
      `${fold === undefined ? '' : `fold ${fold} `}epoch ${epoch}/${epochs} loss ${trainingLoss.toFixed(4)} ` +
        `validation ${validationLoss.toFixed(4)} AUROC ${auroc.toFixed(4)} AUPRC ${auprc.toFixed(4)} ` +
        `${Math.round(secondsLeft)} s left\n`,
    );
  },
});
if (artifact === undefined) process.exitCode = 1;
else {
  const { value, low, high } = artifact.card.evaluation.macroAuroc;
  process.stdout.write(`macro AUROC ${value?.toFixed(4)} (${low?.toFixed(4)}-${high?.toFixed(4)})\n`);
}

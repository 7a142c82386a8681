import { Database } from '../../shared/catalog/database.ts';
import { finishTraining, recordEpoch } from '../../shared/catalog/experiments.ts';
import { registerModel } from '../../shared/catalog/models.ts';
import { codeVersion } from '../../shared/deployment/code-version.ts';
import { environment } from '../../shared/deployment/environment.ts';
import { modelPrefix } from '../../shared/deployment/shipped-models.ts';
import { openEngine } from '../../shared/engine/open-engine.ts';
import { SystoleError } from '../../shared/errors.ts';
import { checkAnyExperiment, dataPrefix } from '../../shared/learning/any-experiment.ts';
import { bucketFolder } from '../../shared/storage/bucket-folder.ts';
import { Objects } from '../../shared/storage/objects.ts';
import { type JobContext, report, runProgram } from '../job.ts';
import { trainFiles } from './train-files.ts';
import { trainSideBySide } from './train-side-by-side.ts';

/**
 * The training program: trains what the experiment says from the data set in the uploads bucket, with checkpoints in
 * the work bucket from which a second attempt goes on, and puts the model into the registry. It comes into force at once
 * where none is for its task, and otherwise when somebody promotes it.
 */
async function trainRun({ manifest, signal }: JobContext): Promise<void> {
  const objects = new Objects();
  const database = new Database(environment.database());
  const { runId, experiment: document } = JSON.parse(await objects.text(manifest)) as {
    runId: string;
    experiment: unknown;
  };
  try {
    const experiment = checkAnyExperiment(document);
    const engine = await openEngine(experiment.threads === undefined ? {} : { threads: experiment.threads });
    report('engine', { engine: engine.name, threads: engine.threads });
    const prefix = `${experiment.name}/${runId}/`;
    let recorded: Promise<void> = Promise.resolve();
    const artifact = await trainSideBySide(experiment, {
      // An experiment without a prefix reads nothing.
      dataset: bucketFolder(objects, environment.bucket('uploads'), dataPrefix(experiment) ?? ''),
      checkpoints: bucketFolder(objects, environment.bucket('work'), `checkpoints/${runId}/`),
      model: bucketFolder(objects, environment.bucket('models'), prefix),
      engine,
      models: (name, version) =>
        bucketFolder(objects, environment.bucket('models'), modelPrefix({ name, version })),
      command: `npx systole train experiments/${experiment.name}.yml`,
      codeVersion,
      signal,
      onProgress: ({ epochDone, epoch, epochs, secondsLeft }) => {
        if (epochDone === undefined) return;
        const { trainingLoss, validationLoss } = epochDone;
        const figures = {
          ...epochDone.figures,
          training_loss: trainingLoss,
          validation_loss: validationLoss,
        };
        report('epoch', { epoch, epochs, ...figures, secondsLeft: Math.round(secondsLeft) });
        const finite = Object.fromEntries(
          Object.entries(figures).filter(([, value]) => Number.isFinite(value)),
        );
        // One after another; a figure that the database refuses for the moment is not worth the training.
        recorded = recorded
          .then(() => recordEpoch(database, runId, epoch, finite))
          .catch(() => report('epoch-not-recorded', { epoch }));
      },
    });
    await recorded;
    if (artifact === undefined) return;
    const { name, version, task } = artifact.card;
    await registerModel(database, { name, version, task, prefix, card: artifact.card, runId, promote: true });
    await finishTraining(database, runId, { state: 'finished' });
  } catch (error) {
    if (error instanceof SystoleError)
      await finishTraining(database, runId, { state: 'failed', reason: error.reason, detail: error.detail });
    throw error;
  }
}

await runProgram({
  name: 'train',
  job: trainRun,
  alone: trainFiles,
  usage:
    'train EXPERIMENT.yml [--data FOLDER] --output FOLDER [--checkpoints FOLDER] [--threads N] [--processes N]',
});

import { BatchService, type BatchServiceOptions } from '../../../local/batch/batch-service.ts';

// A service to be killed: submits jobs, prints their ids and every event, or tells that it cannot take events.
const { options, submissions, refuseEvents } = JSON.parse(process.argv[2]!) as {
  options: Omit<BatchServiceOptions, 'stateChanged'>;
  submissions: object[];
  refuseEvents?: boolean;
};
const batch = await BatchService.open({
  ...options,
  stateChanged: async (event) => {
    if (refuseEvents) throw new Error('no events now');
    console.log(JSON.stringify({ event }));
  },
});
batch.start();
for (const submission of submissions) {
  const job = await batch.submit({ jobName: 'killed', jobQueue: 'cpu', ...submission });
  console.log(JSON.stringify({ jobId: job.id }));
}
setInterval(() => {}, 1000);

/** The inside of a worker of `workers.ts`: takes jobs one after the other and posts what came of them. */
import { parentPort, workerData } from 'node:worker_threads';
import {
  beaconJob,
  errorAsData,
  type JobContext,
  type JobModule,
  type ToPool,
  type ToWorker,
  type WorkerSetup,
} from './job.ts';

const { module, beacon, shared: first } = workerData as WorkerSetup;
const port = parentPort!;
const post = (message: ToPool) => port.postMessage(message);
const waiting: ToWorker[] = [];
let shared = first;
let work: JobModule['work'] | undefined;
let busy = false;

port.on('message', (message: ToWorker) => {
  waiting.push(message);
  if (work !== undefined) void workOff(work);
});

try {
  const loaded = (await import(module)) as Partial<JobModule>;
  if (typeof loaded.work !== 'function') throw new TypeError(`${module} exports no function "work"`);
  work = loaded.work;
  void workOff(work);
} catch (error) {
  post({ type: 'failed', phase: 'load', error: errorAsData(error) });
}

async function workOff(work: JobModule['work']): Promise<void> {
  if (busy) return;
  busy = true;
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    if (next.type === 'shared') {
      shared = next.shared;
      continue;
    }
    const { index, job } = next;
    const context: JobContext = { index, shared, beacon };
    beacon[beaconJob] = index;
    try {
      post({ type: 'done', index, result: await work(job, context) });
    } catch (error) {
      post({ type: 'failed', phase: 'work', index, error: errorAsData(error) });
    }
  }
  busy = false;
}

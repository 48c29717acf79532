/** What the worker of `judging.ts` does: reads a history, and judges it. */
import {
  HistoryError,
  HistoryReader,
  type Judge,
  type Judgement,
  judges,
  type Operation,
  type RecordedHistory,
  refusedOperation,
  type Violation,
  witnessesOf,
} from '../index.ts';
import { HistoryFileError, readText } from '../platform/histories.ts';
import type { JobContext } from '../platform/job.ts';
import {
  type Complaint,
  type Judged,
  type JudgingJob,
  type JudgingReply,
  standingAt,
  type TracedViolation,
} from './judging.ts';

const complaintsMax = 10;
/** Violations that are sent back; more would tell nobody anything. */
const violationsMax = 20;

export async function work(job: JudgingJob, context: JobContext): Promise<JudgingReply> {
  try {
    return await judged(job, context.shared as Float64Array);
  } catch (error) {
    if (error instanceof RangeError || error instanceof HistoryFileError) return { refusal: error.message };
    throw error;
  }
}

async function judged(job: JudgingJob, standing: Float64Array): Promise<Judged> {
  const startMs = performance.now();
  const isLate = (): boolean => job.budgetMs !== undefined && performance.now() - startMs > job.budgetMs;
  const { format, independent, place } = job;
  const reader = new HistoryReader({ format, independent, isMaelstrom: place.isMaelstrom });
  let isCut = false;
  await readText(place, (text, bytesRead) => {
    reader.push(text);
    standing[standingAt.bytesRead] = bytesRead;
    standing[standingAt.operations] = reader.operationCount;
    isCut = isLate();
    return !isCut && reader.wantsMore;
  });
  const history = reader.end(!isCut);
  const readMs = performance.now() - startMs;
  standing[standingAt.phase] = 1;
  standing[standingAt.operations] = history.operations.length;
  const judge = job.judge === undefined ? undefined : judges.get(job.judge);
  const complaints = judge === undefined || history.findingCount > 0 ? [] : complaintsOf(judge, history);
  const result: Judged = {
    file: place.name,
    format: history.format,
    operations: history.operations.length,
    functions: [...new Set(history.operations.map(({ f }) => f))].sort(),
    skipped: history.skipped,
    findings: history.findings,
    findingCount: history.findingCount,
    complaints,
    violationCount: 0,
    readMs,
    judgeMs: 0,
  };
  if (judge === undefined || history.findingCount > 0 || complaints.length > 0) return result;
  if (isCut) {
    const reason = `time ran out: ${history.operations.length} operations were read, none was judged`;
    const operations = history.operations.length;
    return { ...result, judgement: { verdict: 'unknown', reason, operations, engine: 'none' } };
  }
  let verdict: Judgement;
  try {
    verdict = judge.judge(history.operations, {
      settings: job.settings,
      steps: job.steps,
      watch: (done, violations) => {
        standing[standingAt.judged] = done;
        standing[standingAt.violations] = violations;
        return !isLate();
      },
    });
  } catch (error) {
    if (!(error instanceof HistoryError)) throw error;
    return { ...result, complaints: [complaintOf(error, history)] };
  }
  const judgeMs = performance.now() - startMs - readMs;
  if (verdict.verdict !== 'broken') return { ...result, judgement: verdict, judgeMs };
  const { violations, ...rest } = verdict;
  return {
    ...result,
    judgement: { ...rest, violations: traced(violations.slice(0, violationsMax), history) },
    violationCount: violations.length,
    judgeMs,
  };
}

function complaintsOf({ problem }: Judge, history: RecordedHistory): Complaint[] {
  if (problem === undefined) return [];
  const wrong: [Operation, string][] = [];
  for (const operation of history.operations) {
    const message = problem(operation);
    if (message !== undefined) wrong.push([operation, message]);
    if (wrong.length >= complaintsMax) break;
  }
  const lines = history.linesOf(wrong.map(([operation]) => operation));
  return wrong.map(([operation, message]) => {
    // What is wrong is more often the answer.
    const [line, returnLine] = lines.get(operation) ?? [];
    return { line: returnLine ?? line, message: `${operation.f}: ${message}` };
  });
}

function complaintOf(error: HistoryError, history: RecordedHistory): Complaint {
  const operation = refusedOperation(error, history.operations);
  if (operation === undefined) return { line: undefined, message: error.message };
  const [line, returnLine] = history.linesOf([operation]).get(operation) ?? [];
  return { line: returnLine ?? line, message: error.message.replace(/^operation \d+ \(([^)]*)\)/, '$1') };
}

function traced(violations: readonly Violation[], history: RecordedHistory): TracedViolation[] {
  const all = violations.map((violation) => ({ violation, witnesses: witnessesOf(violation) }));
  const lines = history.linesOf(all.flatMap(({ witnesses }) => witnesses.map(({ operation }) => operation)));
  return all.map(({ violation, witnesses }) => ({
    ...violation,
    witnesses: witnesses.map((witness) => {
      const [line, returnLine] = lines.get(witness.operation) ?? [];
      return { ...witness, line, returnLine };
    }),
  }));
}

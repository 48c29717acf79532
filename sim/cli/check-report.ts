/** What came of judging a history, as reports and mistakes. */
import { type CheckReport, findingLines } from '../../reports/index.ts';
import { type Judge, type Judged, judges, version } from '../entry/main.ts';
import { near, quoted } from './arguments.ts';
import { Mistake } from './mistake.ts';

/** @throws Mistake if there is no such judge */
export function judgeNamed(name: string): Judge {
  const judge = judges.get(name);
  if (judge !== undefined) return judge;
  const names = [...judges.keys()];
  throw new Mistake(`there is no model ${quoted(name)}`, near(name, names), `Models: ${names.join(', ')}`);
}

/** @throws Mistake if the history is not one, or not one for this judge */
export function refuse({ file, findings, findingCount, complaints }: Judged): void {
  const lines =
    findingCount > 0
      ? findingLines(file, findings, findingCount)
      : complaints.map(({ line, message }) => `${line === undefined ? file : `${file}:${line}`}: ${message}`);
  if (lines.length === 0) return;
  const count = Math.max(findingCount, complaints.length);
  const what = count === 1 ? 'a problem' : count > 10 ? 'more than 10 problems' : `${count} problems`;
  throw new Mistake(
    [`${what} in ${file}; nothing was judged`, ...lines.map((line) => `  ${line}`)].join('\n'),
  );
}

/** @param format the one that was asked for, if the content was not to tell */
export function reportOf(
  judged: Judged,
  judge: Judge,
  format: string | undefined,
  wallMs: number,
): CheckReport {
  const { judgement, file, operations, skipped, violationCount, readMs, judgeMs } = judged;
  const { verdict, violations = [], reason, keys, steps, engine, operations: _, ...details } = judgement!;
  return {
    version: version(),
    file,
    format: format ?? judged.format,
    isFormatDetected: format === undefined && judged.format !== undefined,
    model: judge.name,
    verdict,
    violations,
    violationCount,
    ...(reason !== undefined && { reason }),
    operations,
    ...(keys !== undefined && { keys }),
    ...(steps !== undefined && { steps }),
    engine,
    skipped,
    readMs,
    judgeMs,
    wallMs,
    ...(Object.keys(details).length > 0 && { details }),
  };
}

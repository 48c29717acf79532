/** Reports: from results to characters, purely. */
import { jsonReporter } from './json.ts';
import type { Reporter } from './style.ts';
import { textReporter } from './text.ts';
import { verboseReporter } from './verbose.ts';

/** All reporters by name, in the order in which help lists them. */
export const reporters: ReadonlyMap<string, Reporter> = new Map(
  [textReporter, verboseReporter, jsonReporter].map((reporter) => [reporter.name, reporter]),
);

export { type Ablation, ablationJson, ablationText } from './ablation.ts';
export {
  type CheckReport,
  type CheckViolation,
  checkJson,
  checkText,
  findingLines,
  settingText,
} from './check.ts';
export { type DriveReport, driveData, driveText } from './drive.ts';
export { type Explained, explanationJson, explanationText } from './explanation.ts';
export { type JsonReport, type JsonResult, type JsonSweep, jsonReport } from './json.ts';
export { compact, counted, duration, grouped, moment, percent, virtual } from './numbers.ts';
export { type Palette, plainPalette } from './palette.ts';
export { type ReferenceOf, reference, type Schema } from './reference.ts';
export {
  type Finding,
  isExpected,
  isGood,
  type Nondeterminism,
  type Report,
  type Result,
  type Status,
  statusOf,
  type Totals,
  totalsOf,
} from './result.ts';
export { necessityLines, shrunkLine, shrunkText, sizes } from './shrunk.ts';
export { logLines, stateText } from './state.ts';
export { storyLines, tellBroken, violationText } from './story.ts';
export { type Reporter, type Style, spoken, wrapped } from './style.ts';
export { traceLines } from './trace.ts';

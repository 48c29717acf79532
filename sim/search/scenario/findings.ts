/** What zod says about a value, as sentences. */
import type { z } from 'zod';
import { faultKinds } from './faults/kinds.ts';
import { hintFor, listed } from './nearest.ts';
import type { Finding, Path } from './problem.ts';
import { isMap } from './source.ts';
import { bytesHint, notADuration, shown } from './units.ts';

type Issue = z.core.$ZodIssue;

/** Checks one section, the part of a scenario at `path`. */
export function check<S extends z.ZodType>(
  schema: S,
  value: unknown,
  path: Path,
): { data: z.output<S> | undefined; findings: Finding[] } {
  const result = schema.safeParse(value, { reportInput: true });
  if (result.success) return { data: result.data, findings: [] };
  return { data: undefined, findings: result.error.issues.flatMap((issue) => findingsOf(issue, path)) };
}

function findingsOf(issue: Issue, above: Path): Finding[] {
  const path = [...above, ...issue.path.filter((step) => typeof step !== 'symbol')];
  const subject = subjectOf(path);
  if (issue.code === 'custom') {
    const hint: unknown = issue.params?.hint;
    return [{ path, message: issue.message, ...(typeof hint === 'string' && { hint }) }];
  }
  if (issue.code === 'unrecognized_keys') {
    const known = issue.message.split(' ');
    return issue.keys.map((key) => unknownKey(path, key, known, issue.input));
  }
  if (issue.code === 'invalid_union' && issue.discriminator !== undefined)
    return ofDiscriminator(issue, path);
  if (issue.input === undefined) return [{ path, message: `${subject} is missing` }];
  if (issue.input === null) return [{ path, message: `${subject} has no value` }];
  switch (issue.code) {
    case 'invalid_union':
      return ofUnion(issue, path);
    case 'invalid_value': {
      const names = issue.values.map(String);
      if (issue.message.startsWith('Invalid')) {
        return [{ path, message: `${subject} must be ${listed(names, 'or')}, not ${shown(issue.input)}` }];
      }
      const [noun = 'name', ...keys] = issue.message.split('|');
      return [unknownName(noun, issue.input, [...names, ...keys], path)];
    }
    case 'invalid_type':
      if (bytesHint(issue.message) !== undefined) {
        return [{ path, message: issue.message, hint: bytesHint(issue.message)! }];
      }
      if (issue.message.endsWith(' is not a duration') || issue.message.endsWith(' without a unit')) {
        return [{ path, ...notADuration(issue.input) }];
      }
      return [{ path, message: `${subject} must be ${kindOf(issue.expected)}, not ${shown(issue.input)}` }];
    case 'too_small':
      return [
        {
          path,
          message: `${subject} must ${bound(issue.origin, 'least', Number(issue.minimum))}${but(issue)}`,
        },
      ];
    case 'too_big':
      return [
        {
          path,
          message: `${subject} must ${bound(issue.origin, 'most', Number(issue.maximum))}${but(issue)}`,
        },
      ];
    default:
      return [{ path, message: `${subject} is not possible: ${issue.message}` }];
  }
}

/** Of the branches of a union, the one that the value was meant for: the first whose kind of value it has. */
function ofUnion(issue: z.core.$ZodIssueInvalidUnion, path: Path): Finding[] {
  const mistaken = (inner: Issue): boolean =>
    inner.path.length === 0 &&
    (inner.code === 'invalid_type' ||
      (inner.code === 'invalid_value' && typeof issue.input !== 'string') ||
      (inner.code === 'invalid_union' && inner.errors.every((branch) => branch.some(mistaken))));
  const branch = issue.errors.find((errors) => !errors.some(mistaken));
  if (branch !== undefined) return branch.flatMap((inner) => findingsOf(inner, path));
  const kinds = new Set(issue.errors.flat().flatMap(kindsOf));
  if (issue.message.endsWith(' is not a duration') || issue.message.endsWith(' without a unit')) {
    return [{ path, ...notADuration(issue.input) }];
  }
  return [
    { path, message: `${subjectOf(path)} must be ${listed([...kinds], 'or')}, not ${shown(issue.input)}` },
  ];
}

/** Distributions are the maps told apart by one key. */
function ofDiscriminator(issue: z.core.$ZodIssueInvalidUnion, path: Path): Finding[] {
  // Present at run time, absent from the type.
  const { options = [] } = issue as { readonly options?: readonly unknown[] };
  const { discriminator = '', input } = issue;
  const name = isMap(input) ? input[discriminator] : undefined;
  const known = options.map(String);
  if (name === undefined) return [{ path, message: `${discriminator} is missing`, ...hinted('', known) }];
  return [unknownName('distribution', name, known, path)];
}

function kindsOf(issue: Issue): string[] {
  if (issue.code === 'invalid_type') return [kindOf(issue.expected)];
  if (issue.code === 'invalid_union') return issue.errors.flat().flatMap(kindsOf);
  return issue.code === 'invalid_value' ? ['a name'] : [];
}

export function unknownName(noun: string, value: unknown, known: readonly string[], path: Path): Finding {
  if (noun === 'target' && typeof value === 'string' && /^[a-z]+\d+$/.test(value)) {
    return { path, message: `unknown target "${value}"`, hint: `write [${value}] for one host` };
  }
  if (typeof value === 'number' || typeof value === 'boolean' || typeof value === 'string') {
    return { path, message: `unknown ${noun} ${shown(value)}`, ...hinted(String(value), known) };
  }
  return { path, message: `a ${noun} is a name, not ${shown(value)}`, ...hinted('', known) };
}

export function unknownKey(path: Path, key: string, known: readonly string[], within?: unknown): Finding {
  const at = 'key';
  // In an entry of the script that has no kind yet, a strange word is meant to be one.
  const kindless =
    known.includes('restartAfter') && isMap(within) && !faultKinds.some((kind) => kind in within);
  const finding = {
    path: [...path, key],
    at,
    message: `unknown key "${key}"`,
    ...hinted(key, known),
  } as const;
  if (!kindless || finding.hint?.startsWith('did you mean')) return finding;
  return { path: [...path, key], at, message: `unknown fault kind "${key}"`, ...hinted(key, faultKinds) };
}

const hinted = (name: string, known: readonly string[]) => {
  const hint = hintFor(name, known);
  return hint === undefined ? {} : { hint };
};

function kindOf(expected: string): string {
  switch (expected) {
    case 'object':
    case 'record':
      return 'a map';
    case 'array':
      return 'a list';
    case 'string':
      return 'text';
    case 'int':
      return 'a whole number';
    case 'boolean':
      return 'true or false';
    default:
      return `a ${expected}`;
  }
}

function bound(origin: string, side: 'least' | 'most', limit: number): string {
  if (origin === 'array') return `have at ${side} ${limit} ${limit === 1 ? 'entry' : 'entries'}`;
  if (origin === 'string')
    return limit === 1 && side === 'least' ? 'not be empty' : `have at ${side} ${limit} letters`;
  return `be at ${side} ${limit}`;
}

const but = (issue: { readonly origin: string; readonly input?: unknown }): string =>
  issue.origin === 'array' || issue.origin === 'string' ? '' : `, not ${shown(issue.input)}`;

/** The last words of a path: `nodes`, `faults[0]`, `groups[1][0]`. */
function subjectOf(path: Path): string {
  const name = path.findLastIndex((step) => typeof step === 'string');
  if (name < 0) return 'a scenario';
  return `${path[name]}${path
    .slice(name + 1)
    .map((index) => `[${index}]`)
    .join('')}`;
}

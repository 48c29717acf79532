/** The reference of scenario files as Markdown, made from the same schema that checks them. */
import type { FaultPage } from '../sim/index.ts';

/** As much of JSON Schema as the schema of a scenario uses. */
export interface Schema {
  readonly description?: string;
  readonly default?: unknown;
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly additionalProperties?: Schema | boolean;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly examples?: readonly unknown[];
  readonly $ref?: string;
  readonly $defs?: Readonly<Record<string, Schema>>;
}

export interface ReferenceOf {
  readonly schema: Schema;
  readonly faults: ReadonlyMap<string, FaultPage>;
  /** What is said about targets. */
  readonly targets: string;
}

/** Values that are explained once, at the end. */
const plainTypes: Readonly<Record<string, string>> = {
  Duration: 'duration',
  SignedDuration: 'signed duration',
  Odds: 'odds',
  Distribution: 'distribution',
  Targets: 'targets',
  Rate: 'rate',
  Bytes: 'bytes',
  ByteRate: 'bytes a second',
};

export function reference({ schema, faults, targets }: ReferenceOf): string {
  const { properties = {}, required = [] } = schema;
  const lines = [
    '# Scenario files',
    '',
    'Everything that a scenario file may say. This page is made from the schema that checks the files (`schema.json` of',
    'the package, which editors understand); `skerry validate` says what is wrong with a file, and where.',
    '',
    'Every duration has a unit. Keys that are not required have the default that stands with them.',
    '',
    '## Keys',
    '',
  ];
  for (const [key, value] of Object.entries(properties)) {
    lines.push(...entry(key, value, required.includes(key), 0));
  }
  const line = schema.$defs?.TimedFault?.properties ?? {};
  lines.push('', '## Faults', '');
  lines.push(
    'A line of `faults:` says when, and what of the following. A nemesis draws from the kinds it names.',
    '',
  );
  lines.push(
    ...Object.entries(line).flatMap(([key, value]) => (faults.has(key) ? [] : entry(key, value, false, 0))),
  );
  lines.push('', `*Targets.* ${targets.replace(/^Targets: /, '')}`);
  for (const [kind, { about, text, examples }] of faults) {
    lines.push('', `### ${kind}`, '', `*${about[0]!.toUpperCase()}${about.slice(1)}.* ${text}`, '');
    lines.push('```yaml', 'faults:', ...examples.map((example) => `  - ${example}`), '```', '');
    const own = line[kind];
    if (own !== undefined) lines.push(...fields(own, 0));
  }
  lines.push('', '## Values', '');
  for (const [name, title] of Object.entries(plainTypes)) {
    const definition = schema.$defs?.[name];
    if (definition === undefined) continue;
    lines.push(`- *${title}*: ${definition.description ?? ''}${examplesOf(definition)}`);
    if (name === 'Distribution') lines.push(...fields(definition, 1));
  }
  return `${lines.join('\n').replace(/\n{3,}/g, '\n\n')}\n`;
}

function entry(key: string, schema: Schema, isRequired: boolean, depth: number): string[] {
  const parts = [typeOf(schema)];
  if (isRequired && schema.default === undefined) parts.push('required');
  const fallback = schema.default;
  if (fallback !== undefined && !isEmpty(fallback)) parts.push(`default ${written(fallback)}`);
  const about = schema.description === undefined ? '' : `: ${schema.description}`;
  const indent = '  '.repeat(depth);
  return [`${indent}- \`${key}\` (${parts.join(', ')})${about}`, ...fields(schema, depth + 1)];
}

/** The keys of the maps that a value may be, those of several forms after each other. */
function fields(schema: Schema, depth: number): string[] {
  const { properties, required = [], items, anyOf = [], oneOf = [] } = schema;
  const shape = properties?.dist?.const;
  if (shape !== undefined) return [`${'  '.repeat(depth)}- ${shapeOf(properties!, required)}`];
  const own = Object.entries(properties ?? {})
    .filter(([, value]) => !isPlaceholder(value))
    .flatMap(([key, value]) => entry(key, value, required.includes(key), depth));
  if (properties !== undefined) return own;
  if (items !== undefined) return fields(items, depth);
  return [...anyOf, ...oneOf].flatMap((form) => fields(form, depth));
}

/** `{ dist: uniform, min, max }`; what may be left out has a question mark. */
function shapeOf(properties: Readonly<Record<string, Schema>>, required: readonly string[]): string {
  const parts = Object.entries(properties).map(([key, value]) => {
    if (value.const !== undefined) return `${key}: ${String(value.const)}`;
    return required.includes(key) ? key : `${key}?`;
  });
  return `\`{ ${parts.join(', ')} }\``;
}

function typeOf(schema: Schema): string {
  const { $ref, type, items, anyOf, oneOf, properties, additionalProperties } = schema;
  if ($ref !== undefined) {
    const name = $ref.split('/').at(-1)!;
    return plainTypes[name] ?? 'a fault';
  }
  if (schema.const !== undefined) return `\`${String(schema.const)}\``;
  if (schema.enum !== undefined) return schema.enum.map((value) => `\`${String(value)}\``).join(' or ');
  const forms = anyOf ?? oneOf;
  if (forms !== undefined && properties === undefined) {
    return [...new Set(forms.map(typeOf))].join(' or ');
  }
  if (items !== undefined) return `list of ${typeOf(items)}`;
  if (properties !== undefined) return 'map';
  if (typeof additionalProperties === 'object') return `map of names to ${typeOf(additionalProperties)}`;
  if (Array.isArray(type)) return type.join(' or ');
  switch (type) {
    case 'string':
      return 'text';
    case 'integer':
      return `whole number${range(schema)}`;
    case 'boolean':
      return '`true` or `false`';
    default:
      return String(type ?? 'anything');
  }
}

const range = ({ minimum, maximum }: Schema): string =>
  minimum !== undefined && maximum !== undefined && maximum < Number.MAX_SAFE_INTEGER
    ? ` from ${minimum} to ${maximum}`
    : '';

/** `{}` as it stands in the list of keys of which exactly one is to be there. */
const isPlaceholder = (schema: Schema): boolean => Object.keys(schema).length === 0;

const isEmpty = (value: unknown): boolean =>
  value === '' || (typeof value === 'object' && value !== null && Object.keys(value).length === 0);

/** A default as YAML would have it. */
function written(value: unknown): string {
  if (Array.isArray(value)) return `\`[${value.map(bare).join(', ')}]\``;
  return `\`${bare(value)}\``;
}

function bare(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value);
  const entries = Object.entries(value).map(([key, inner]) => `${key}: ${bare(inner)}`);
  return `{ ${entries.join(', ')} }`;
}

const examplesOf = ({ examples }: Schema): string =>
  examples === undefined
    ? ''
    : ` For example ${examples.map((example) => `\`${String(example)}\``).join(', ')}.`;

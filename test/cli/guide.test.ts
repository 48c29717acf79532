import { describe, expect, test } from 'vitest';
import { catalogue, faultPages, parseScenario } from '../../sim/entry/main.ts';
import { scenario } from './skerry.ts';

describe('what show says can be written into a scenario file', () => {
  test.each([...faultPages].flatMap(([kind, { examples }]) => examples.map((example) => [kind, example])))(
    '%s: %s',
    (kind, example) => {
      const nemesis = `{ faults: [${kind}], every: { dist: exponential, mean: 2s } }`;
      const text = scenario('raft', { nodes: '3', spares: '2', faults: `[${example}]`, nemesis });
      expect(parseScenario(text, { file: 'guide.yaml', catalogue })).toMatchObject({ ok: true });
    },
  );
});

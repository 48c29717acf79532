/** The mistakes that a file can have about its network, with the words that its author reads. */
import { describe, expect, it } from 'vitest';
import { LEAST, problemsOf } from './scenario-fixture.ts';

/** The problems of the least scenario with more lines, from line 4 on. */
const problemsAfter = (text: string): string[] => problemsOf(LEAST + text);

const HOSTS = 'there are n1 to n5 and c1 to c5';

describe('the section network', () => {
  const eu = 'eu: [n1, n2]';
  it.each([
    [`{ regions: { ${eu}, us: [n2] } }`, '32: host "n2" is in the region eu already'],
    [`{ regions: { ${eu}, us: [n9] } }`, `32: there is no host "n9" (${HOSTS})`],
    [`{ regions: { eu: [n1, n1] } }`, '22: host "n1" is named twice'],
    [`{ regions: { eu: [] } }`, '17: eu must have at least 1 entry'],
    [
      `{ regions: { ${eu} }, between: [{ regions: [eu, er] }] }`,
      '55: unknown region "er" (did you mean "eu"?)',
    ],
    [`{ regions: { ${eu} }, between: [{ regions: [eu] }] }`, '50: regions must have at least 2 entries'],
    [
      `{ regions: { ${eu}, us: [n3] }, between: [{ regions: [eu, us] }, { regions: [us, eu] }] }`,
      '83: the links between eu and us stand here twice',
    ],
    ['{ partitions: arrival }', '14: unknown moment "arrival" (there are delivery and send)'],
    ['{ transport: tcp }', '13: unknown transport "tcp" (there are datagram and stream)'],
    ['{ checksums: no }', /checksums must be true or false/],
    ['{ bandwidth: 1MB/s }', '13: bandwidth must be a map, not "1MB/s"'],
    ['{ bandwidth: { rate: 1 MB/s } }', '21: "1 MB/s" is not a rate: there is a space in it (write 1MB/s)'],
  ])('%s', (written, problem) => {
    const problems = problemsAfter(`network: ${written}\n`);
    expect(problems).toHaveLength(1);
    if (typeof problem !== 'string') expect(problems[0]).toMatch(problem);
    else {
      const [, offset, rest] = /^(\d+)(.*)$/.exec(problem)!;
      expect(problems[0]).toBe(`x.yaml:4:${10 + Number(offset)}${rest}`);
    }
  });
});

describe('faults of the network', () => {
  it.each([
    ['{ at: 5s, bandwidth: 3 }', '22: bandwidth must be a map, not 3'],
    ['{ at: 5s, bandwidth: { targets: one } }', '22: rate is missing'],
    [
      '{ at: 5s, bandwidth: { targets: one, rate: 3 } }',
      '44: 3 is a rate without a unit (write bytes a second: 1MB/s)',
    ],
    ['{ at: 5s, bandwidth: { targets: one, rate: 3KB } }', '44: "3KB" is a size, not a rate (write 3KB/s)'],
    [
      '{ at: 5s, bandwidth: { targets: one, rate: 0B/s } }',
      '44: a link of no bytes a second is a cut (use a partition for that)',
    ],
    [
      '{ at: 5s, bandwidth: { targets: one, rate: 3KB/s, queue: [] } }',
      '58: a list is not a number of bytes (write a number and a unit, B, KB, MB, GB, KiB, MiB or GiB: 64KB)',
    ],
    [
      '{ at: 5s, hold: { targets: one, release: slowly } }',
      '42: unknown release "slowly" (there are in-order and at-once)',
    ],
    ['{ at: 5s, hold: [n9] }', `18: there is no host "n9" (${HOSTS})`],
  ])('%s', (written, problem) => {
    const [, offset, rest] = /^(\d+)(.*)$/.exec(problem)!;
    expect(problemsAfter(`faults:\n  - ${written}\n`)).toEqual([`x.yaml:5:${4 + Number(offset)}${rest}`]);
  });
});

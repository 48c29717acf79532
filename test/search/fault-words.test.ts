import { expect, test } from 'vitest';
import { beganText, endedText } from '../../sim/search/fault-words.ts';
import { faultKinds } from '../../sim/search/scenario/index.ts';

test.each([
  [
    'partition',
    '{n1} | {n2, n3}',
    'the network was split: {n1} | {n2, n3}',
    'the split {n1} | {n2, n3} healed',
  ],
  [
    'packet',
    'the links of {n1}',
    'the links of n1 became unreliable',
    'the links of n1 became reliable again',
  ],
  [
    'bandwidth',
    'the links of {n1, n2} to 4000 bytes a second',
    'the bandwidth of the links of n1 and n2 was cut to 4000 bytes a second',
    'the bandwidth of the links of n1 and n2 was as before',
  ],
  ['pause', '{n1, n2}', 'n1 and n2 were paused', 'n1 and n2 went on'],
  ['slow', '{n1}', 'the processor of n1 became slow', 'the processor of n1 had time again'],
  [
    'slow',
    '{n1, n2}',
    'the processors of n1 and n2 became slow',
    'the processors of n1 and n2 had time again',
  ],
  ['clock', '{n1} by -5 s', 'the clock of n1 jumped by -5 s', 'the clock of n1 was put right'],
  [
    'clock',
    '{n1, n2} at +200 ppm',
    'the clocks of n1 and n2 ran at +200 ppm',
    'the clocks of n1 and n2 were put right',
  ],
  ['clock', '{n1} standing still', 'the clock of n1 stood still', 'the clock of n1 was put right'],
])('%s %s', (kind, text, began, ended) => {
  expect([beganText(kind, text), endedText(kind, text)]).toEqual([began, ended]);
});

test('every kind but kill, which is told when a host dies, has words of its own', () => {
  for (const kind of faultKinds) {
    if (kind === 'kill') continue;
    expect(beganText(kind, '{n1}')).not.toBe(beganText('no such kind', '{n1}').replace('no such kind', kind));
  }
});

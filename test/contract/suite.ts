/** One suite for every implementation of `Host`: what it asserts, a protocol may rely on. */
import { describe } from 'vitest';
import { callsContract } from './calls.ts';
import { clockContract } from './clock.ts';
import { deliveryContract } from './delivery.ts';
import { filesContract } from './files.ts';
import type { Lab } from './lab.ts';
import { livesContract } from './lives.ts';
import { valuesContract } from './values.ts';

/** @param makeLab a fresh lab for every test */
export function hostContract(name: string, makeLab: () => Lab): void {
  describe(`the contract ${name}`, () => {
    describe('delivery', () => deliveryContract(makeLab));
    describe('calls', () => callsContract(makeLab));
    describe('values', () => valuesContract(makeLab));
    describe('clock and chance', () => clockContract(makeLab));
    describe('files', () => filesContract(makeLab));
    describe('lives', () => livesContract(makeLab));
  });
}

import { simulatedLab } from './simulated.ts';
import { hostContract } from './suite.ts';

for (const seed of ['1', '2', '3']) hostContract(`in the simulator, seed ${seed}`, () => simulatedLab(seed));

hostContract('in the simulator, over streams', () => simulatedLab('4', 'stream'));

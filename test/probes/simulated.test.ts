import { simulatedLab } from '../contract/simulated.ts';
import { probes } from './suite.ts';

for (let seed = 1; seed <= 20; seed += 1)
  probes(`in the simulator, seed ${seed}`, () => simulatedLab(`${seed}`));

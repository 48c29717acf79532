import { nodeLab } from './node.ts';
import { hostContract } from './suite.ts';

hostContract('over TCP', nodeLab);

import { nodeLab } from '../contract/node.ts';
import { probes } from './suite.ts';

probes('over TCP', nodeLab);

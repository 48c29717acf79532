import { transcript } from '../transcripts/transcript.ts';
import { report } from './script.ts';

transcript('reports/json', report);

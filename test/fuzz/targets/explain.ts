import { cases } from '../../../src/clinic/cases/index.js';
import { answer } from '../../../src/clinic/explain/answer.js';
import { answerText } from '../../../src/cli/view/clinic/candidates.js';
import { baseChart } from '../../clinic/fixture.js';
import type { Target } from '../target.js';
import { fileText } from './examples.js';

interface Sample {
  readonly text: string;
}

const samples = (path: string): readonly string[] =>
  fileText(path)
    .split('\n')
    .filter(line => line !== '')
    .map(line => (JSON.parse(line) as Sample).text);

/** `kw explain`, without a cluster and beside one. */
export const explain: Target = {
  name: 'explain',
  form: 'text',
  examples: () => [
    ...samples('test/corpus/texts/tuning.jsonl'),
    ...samples('test/corpus/texts/held-out.jsonl'),
    fileText('test/corpus/texts/ordinary/lines.txt'),
  ],
  run: text => {
    answerText(answer(text, cases), new Map(), false);
    if (text.length % 7 === 0) answer(text.slice(0, 4096), cases, baseChart('five'));
  },
};

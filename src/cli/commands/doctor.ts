import { writeFile } from 'node:fs/promises';
import { isatty } from 'node:tty';
import { cases } from '../../cases/index.js';
import { writeBundle } from '../../clinic/bundle.js';
import { examine } from '../../clinic/examine.js';
import { explainText } from '../../clinic/explain.js';
import { exitOf } from '../../clinic/report.js';
import { see, type Sight } from '../clinic/see.js';
import { candidatesText } from '../view/clinic/candidates.js';
import { reportHtml } from '../view/clinic/html.js';
import { reportText } from '../view/clinic/text.js';

export interface DoctorOptions extends Sight {
  readonly symptom?: string;
  readonly json?: boolean;
  /** Where to write the page. */
  readonly html?: string;
  /** Where to keep the evidence. */
  readonly save?: string;
  readonly verbose?: boolean;
}

const colors = (): boolean => isatty(1) && !process.env.NO_COLOR;

/** `kw doctor`: 0 healthy, 2 ill, 3 could not see enough. Changes nothing. */
export async function run(options: DoctorOptions): Promise<number> {
  const chart = await see(options);
  if (options.save !== undefined) await writeFile(options.save, writeBundle(chart), { mode: 0o600 });
  if (options.symptom !== undefined) {
    const found = explainText(options.symptom, cases, chart);
    process.stdout.write(options.json ? `${JSON.stringify(found, null, 2)}\n` : candidatesText(found, colors()));
    return found.some(one => one.tested?.result === 'confirmed') ? 2 : found.length === 0 || found.some(one => one.tested?.result === 'unknown') ? 3 : 0;
  }
  const report = examine(chart, cases);
  if (options.html !== undefined) await writeFile(options.html, reportHtml(report));
  process.stdout.write(options.json ? `${JSON.stringify(report, null, 2)}\n` : reportText(report, { colors: colors(), verbose: options.verbose }));
  if (options.html !== undefined && !options.json) process.stderr.write(`wrote ${options.html}\n`);
  return exitOf(report);
}

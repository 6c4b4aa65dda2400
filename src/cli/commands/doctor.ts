import { writeFile } from 'node:fs/promises';
import { isatty } from 'node:tty';
import { cases } from '../../clinic/cases/index.js';
import { writeBundle } from '../../clinic/bundle/bundle.js';
import { connectionsOf } from '../../clinic/examine/connections.js';
import { examine } from '../../clinic/examine/examine.js';
import { answer } from '../../clinic/explain/answer.js';
import { exitOf, type Report } from '../../clinic/examine/report.js';
import { tellAnswer } from '../clinic/answer.js';
import { mistaken } from '../complaint.js';
import { see, type Sight } from '../clinic/see.js';
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
    const found = answer(options.symptom, cases, chart);
    if (options.html !== undefined) await writePage(options, found.report ?? mute());
    return tellAnswer(found, options);
  }
  const report: Report = { ...examine(chart, cases), connections: connectionsOf(chart) };
  process.stdout.write(
    options.json
      ? `${JSON.stringify(report, null, 2)}\n`
      : reportText(report, { colors: colors(), verbose: options.verbose }),
  );
  if (options.html !== undefined) await writePage(options, report);
  return exitOf(report);
}

const writePage = async ({ html, json }: DoctorOptions, report: Report): Promise<void> => {
  if (html === undefined) return;
  await writeFile(html, reportHtml(report));
  if (!json) process.stderr.write(`wrote ${html}\n`);
};

const mute = (): never => {
  throw mistaken(
    'no-page',
    'no case is known to say this: there is nothing to write into a page',
    'kw doctor without --symptom tests all of them',
  );
};

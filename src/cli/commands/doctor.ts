import { writeBundle } from '../../clinic/bundle/bundle.js';
import { exitOf, type Report } from '../../clinic/examine/report.js';
import type { Chart } from '../../clinic/chart/chart.js';
import { doctor, explain } from '../../workflow/doctor.js';
import { mistaken } from '../../workflow/mistaken.js';
import type { AccessOptions } from '../access-options.js';
import { tellAnswer } from '../answer.js';
import { colored, telling } from '../ports.js';
import { type SourceOptions, sourceOf } from '../source.js';
import { reportHtml } from '../view/clinic/html.js';
import { reportText } from '../view/clinic/text.js';
import { writeOut } from '../write.js';

export interface DoctorOptions extends SourceOptions, AccessOptions {
  readonly symptom?: string;
  readonly json?: boolean;
  /** Where to write the page. */
  readonly html?: string;
  /** Where to keep the evidence. */
  readonly save?: string;
  readonly verbose?: boolean;
}

/** `kw doctor`: 0 healthy, 2 ill, 3 could not see enough. Changes nothing. */
export async function run(options: DoctorOptions): Promise<number> {
  const source = sourceOf(options);
  const { symptom } = options;
  if (symptom !== undefined) {
    const { chart, answer } = await telling({ access: options }, ports => explain(symptom, source, ports));
    await save(options, chart);
    if (options.html !== undefined) await writePage(options, answer.report ?? mute());
    return tellAnswer(answer, options);
  }
  const { chart, report } = await telling({ access: options }, ports => doctor(source, ports));
  await save(options, chart);
  process.stdout.write(
    options.json
      ? `${JSON.stringify(report, null, 2)}\n`
      : reportText(report, { colors: colored(1), verbose: options.verbose }),
  );
  if (options.html !== undefined) await writePage(options, report);
  return exitOf(report);
}

const save = async ({ save: file }: DoctorOptions, chart: Chart | undefined): Promise<void> => {
  if (file !== undefined && chart) await writeOut(file, writeBundle(chart), 0o600);
};

const writePage = async ({ html, json }: DoctorOptions, report: Report): Promise<void> => {
  if (html === undefined) return;
  await writeOut(html, reportHtml(report), 0o644);
  if (!json) process.stderr.write(`wrote ${html}\n`);
};

const mute = (): never => {
  throw mistaken(
    'no-page',
    'no case is known to say this: there is nothing to write into a page',
    'kw doctor without --symptom tests all of them',
  );
};

/** What is ill, and why. Changes nothing. */
import type { Chart } from '../clinic/chart/chart.js';
import { cases } from '../clinic/cases/index.js';
import { connectionsOf } from '../clinic/examine/connections.js';
import { examine } from '../clinic/examine/examine.js';
import { trafficOf } from '../clinic/examine/traffic.js';
import type { Report } from '../clinic/examine/report.js';
import { type Answer, answer } from '../clinic/explain/answer.js';
import { keyOf } from '../engine/heal/treatments.js';
import type { EventBody } from '../model/event.js';
import { gather, type Source } from './clinic/evidence.js';
import type { Ports } from './ports.js';
import { begin } from './story.js';

export interface Examined {
  readonly chart: Chart;
  readonly report: Report;
}

/** All cases over all evidence. */
export async function doctor(source: Source, ports: Ports): Promise<Examined> {
  const story = begin(ports);
  const chart = await gather(story, source);
  const traffic = trafficOf(chart);
  const report = { ...examine(chart, cases), connections: connectionsOf(chart), ...(traffic && { traffic }) };
  story.emit(examinationOf(report));
  return { chart, report };
}

/** What a text can mean; of a cluster that is named, which of it is true. */
export async function explain(
  symptom: string,
  source: Source | undefined,
  ports: Ports,
): Promise<{ readonly chart?: Chart; readonly answer: Answer }> {
  const story = begin(ports);
  if (!source) return { answer: answer(symptom, cases) };
  const chart = await gather(story, source);
  const found = answer(symptom, cases, chart);
  if (found.report) story.emit(examinationOf(found.report));
  return { chart, answer: found };
}

/** All evidence, and no judgement of it. */
export const evidence = (source: Source, ports: Ports): Promise<Chart> => gather(begin(ports), source);

export const examinationOf = ({ verdict, causes, unknown }: Report): EventBody => ({
  type: 'examination',
  verdict,
  causes: causes.flatMap(one => one.findings.map(finding => keyOf(one.case, finding))),
  unknown: unknown.map(one => one.case),
});

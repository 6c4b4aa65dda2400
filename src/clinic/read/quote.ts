/** What a finding quotes as its proof, made from its facts; whose chart it is says where and when it was seen. */
import type { Evidence } from '../../model/fact.js';
import type { Chart } from '../chart/chart.js';
import type { HostChart } from '../chart/host-chart.js';
import type { Shown } from '../examine/verdict.js';

/** A part of a host's chart that was seen, or not, as one. */
export type Section = {
  [K in keyof HostChart]: HostChart[K] extends Evidence<unknown> ? K : never;
}[keyof HostChart];

/** `host`: absent, it is the finding's own. `list`: of API objects, by plural and group. */
export type Quote = { readonly source: string; readonly text: string } & (
  | { readonly section: Section; readonly host?: string }
  | { readonly list: string }
  | { readonly traffic: true; readonly host: string }
);

/** From a section of the finding's own host. */
export const quoted = (section: Section, source: string, text: string): Quote => ({ section, source, text });

/** From a section of another host. */
export const quotedOn = (host: string, section: Section, source: string, text: string): Quote => ({
  host,
  section,
  source,
  text,
});

export const quotedObject = (list: string, name: string, text: string): Quote =>
  quotedList(list, `${list} ${name}`, text);

/** Of a list of API objects, or of somebody whom it tells. */
export const quotedList = (list: string, source: string, text: string): Quote => ({ list, source, text });

/** Of the packets that `host` sent. */
export const quotedTraffic = (host: string, source: string, text: string): Quote => ({
  traffic: true,
  host,
  source,
  text,
});

/** With where and when: what the chart does not have was to be seen when it was made. */
export const shownIn = (chart: Chart, host: string, { source, text, ...from }: Quote): Shown => {
  if ('traffic' in from) return { host: from.host, source, at: chart.traffic?.at ?? chart.now, text };
  const evidence = 'list' in from ? chart.api.objects[from.list] : chart.hosts.get(from.host ?? host)?.[from.section];
  const place = 'list' in from ? 'cluster' : (from.host ?? host);
  return { host: evidence?.host ?? place, source, at: evidence?.at ?? chart.now, text };
};

/** The report as one self-contained page: no script, no font, no address outside; every word escaped. */
import type { Diagnosis, Report, TherapyReport } from '../../../clinic/examine/report.js';
import { trafficWords } from '../../../clinic/examine/traffic.js';
import { escapeForTerminal } from '../../../shell/terminal.js';

const safe = (text: string): string => escapeForTerminal(text).replace(/[&<>"']/g, char => `&#${char.charCodeAt(0)};`);

/** `<li>` each, in a `<ul>`. */
const list = (items: readonly string[]): string => `<ul>${items.map(item => `<li>${item}</li>`).join('')}</ul>`;

const folded = (summary: string, inner: string, open = false): string =>
  `<details${open ? ' open' : ''}><summary>${summary}</summary>${inner}</details>`;

export const reportHtml = (report: Report): string => `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${safe(report.cluster ?? 'cluster')}: ${report.verdict}</title>
<style>${style}</style></head><body class="${report.verdict}">
${header(report)}
<main>${report.causes.map(one => section(one)).join('\n')}
${unexplained(report)}
${harmful(report)}
${benign(report)}
${notSeen(report)}
${connections(report)}${traffic(report)}${refuted(report)}
${folded(
  `Not about this cluster (${report.notApplicable.length})`,
  list(report.notApplicable.map(one => `${safe(one.case)}: ${safe(one.because)}`)),
)}
</main></body></html>
`;

const header = (report: Report): string => {
  const { cluster = 'The cluster', symptom, kubernetes, verdict, causes, unknown } = report;
  const verdicts = symptom === undefined ? words : symptomWords;
  const left = report.unexplained?.length ?? 0;
  const counts =
    `${causes.length} causes, ${left} unexplained, ${report.refuted.length} illnesses refuted, ` +
    `${unknown.length} undecided`;
  const version = kubernetes ? `Kubernetes ${safe(kubernetes)}, ` : '';
  const text = symptom === undefined ? '' : `\n<pre>${safe(symptom)}</pre>`;
  return `<header><h1>${safe(cluster)} <em>${verdicts[verdict]}</em></h1>${text}
<p>${version}examined ${safe(report.at)}; ${counts}</p></header>`;
};

const unexplained = ({ unexplained: left = [] }: Report): string => {
  if (left.length === 0) return '';
  const each = left.map(({ says, shows, next }) => {
    const places = shows.map(show => safe(`${show.host}, ${show.source}: ${show.text}`));
    return `<p class="bad"><b>${safe(says)}</b>: next, ${safe(next)}</p>${list(places)}`;
  });
  return `<h2>Broken, and no known illness explains it</h2>${each.join('')}`;
};

const harmful = ({ badCures = [] }: Report): string => {
  if (badCures.length === 0) return '';
  const each = badCures.map(({ cure, why, shows }) => {
    const places = shows.slice(0, 20).map(show => safe(`${show.host}, ${show.source}: ${show.text}`));
    return `<p class="bad"><b>${safe(cure)}</b>: ${safe(why)}</p>${list(places)}`;
  });
  return `<h2>Harmful changes in place</h2>${each.join('')}`;
};

const benign = ({ benign: all }: Report): string => {
  if (all.length === 0) return '';
  const each = all.map(({ line, because, host }) => {
    const text = safe(`${host ? `${host}: ` : ''}${line.trim()}`);
    return `<dt><code>${text}</code></dt><dd>${safe(because)}</dd>`;
  });
  return `<h2>Alarming, but harmless here</h2><dl>${each.join('')}</dl>`;
};

const notSeen = ({ blind, unknown }: Report): string => {
  if (blind.length + unknown.length === 0) return '';
  return `<h2>Not seen</h2>${list([
    ...blind.map(({ host, what, why }) => safe(`${host}: ${what} (${why})`)),
    ...unknown.map(({ title, missing }) => {
      const gaps = missing.map(({ host, what, why }) => `${host} ${what} (${why})`).join('; ');
      return `<b>${safe(title)}</b>: ${safe(gaps)}`;
    }),
  ])}`;
};

const refuted = ({ refuted: all }: Report): string =>
  folded(
    `Tested and refuted (${all.length})`,
    list(all.map(one => `${safe(one.title)} <small>${safe(one.case)}</small>${one.says ? `: ${safe(one.says)}` : ''}`)),
  );

const traffic = ({ traffic: seen }: Report): string => {
  if (!seen) return '';
  const [head = '', ...more] = trafficWords(seen);
  return `${folded(safe(head), list(more.map(safe)), seen.broken > 0)}\n`;
};

const connections = ({ connections: seen }: Report): string => {
  if (seen === undefined) return '';
  const counts = `${seen.sound} sound, ${seen.broken} broken, ${seen.unseen} not seen whole`;
  const examples = seen.examples.map(({ from, to, why }) => safe(`${from} → ${to}: ${why.join('; ')}`));
  return `${folded(`Connections, proven from both ends: ${counts}`, list(examples), seen.broken > 0)}\n`;
};

const words = { healthy: 'is healthy', ill: 'is ill', unseen: 'could not be seen well enough' } as const;
const symptomWords = {
  healthy: 'has none of the illnesses that this text can mean',
  ill: 'is ill, and this text says so',
  unseen: 'could not be seen well enough to say what this text means',
} as const;

const section = (one: Diagnosis): string => {
  const { title, findings, therapies, badCures, consequences } = one;
  const more = findings.length > 20 ? `<p>and the same in ${findings.length - 20} more places</p>` : '';
  const warnings = badCures.map(({ cure, why }) => `<p class="bad"><b>Do not</b> ${safe(cure)}: ${safe(why)}</p>`);
  const follows =
    consequences.length > 0 ? folded('What follows from it', consequences.map(section).join(''), true) : '';
  return `<section><h2>${safe(title)} <small>${safe(`${one.case}/${one.variant}`)}</small></h2>
${findings.slice(0, 20).map(found).join('')}
${more}
${therapies.map(therapy).join('')}${warnings.join('')}
${checks(one)}${follows}</section>`;
};

const found = ({ says, shows }: Diagnosis['findings'][number]): string => {
  const evidence = shows.map(({ host, source, at, text }) => {
    const where = `<b>${safe(host)}</b> ${safe(source)} <time>${safe(at)}</time>`;
    return `<li>${where}<pre>${safe(text)}</pre></li>`;
  });
  return `<p>${safe(says)}</p><ul class="evidence">${evidence.join('')}</ul>`;
};

const therapy = (one: TherapyReport): string => {
  if ('refused' in one)
    return `<p class="cure"><b>Therapy, only by hand:</b> ${safe(one.refused)}</p>${list(one.advice.map(safe))}`;
  const risk = `<small>risk: ${one.risk}${one.backup ? ', needs a fresh backup' : ''}</small>`;
  return `<p class="cure"><b>Therapy:</b> ${safe(one.title)} ${risk}</p>`;
};

const checks = (one: Diagnosis): string => {
  const all = one.findings[0]?.checks ?? [];
  if (all.length === 0) return '';
  const each = all.map(({ command, host, answer, healthy }) => {
    const asked = `<pre><b>${safe(`${host}# ${command}`)}</b>\n${safe(answer)}</pre>`;
    return `${asked}<p>healthy: <code>${safe(healthy)}</code></p>`;
  });
  return folded('See it yourself', each.join(''));
};

const style = `:root{color-scheme:light dark;font:15px/1.5 system-ui,sans-serif}
body{margin:0 auto;max-width:60rem;padding:1rem}
header{border-left:.5rem solid gray;padding-left:1rem}.ill header{border-color:#c33}.healthy header{border-color:#393}
.unseen header{border-color:#c90}
h1 em{font-style:normal;font-weight:400}
section{border:1px solid #8884;border-radius:.5rem;margin:1rem 0;padding:.2rem 1rem}
small,time{opacity:.6;font-weight:400}
pre{background:#8881;border-radius:.3rem;overflow-x:auto;padding:.5rem;white-space:pre-wrap;overflow-wrap:anywhere}
.cure{border-left:.3rem solid #393;padding-left:.6rem}
.bad{border-left:.3rem solid #c90;padding-left:.6rem}`;

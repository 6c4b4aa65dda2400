/** The report as one self-contained page: no script, no font, no address outside; every word escaped. */
import type { Diagnosis, Report, TherapyReport } from '../../../clinic/examine/report.js';
import { escapeForTerminal } from '../../../shell/terminal.js';

const safe = (text: string): string => escapeForTerminal(text).replace(/[&<>"']/g, char => `&#${char.charCodeAt(0)};`);

export const reportHtml = (report: Report): string => `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${safe(report.cluster ?? 'cluster')}: ${report.verdict}</title>
<style>${style}</style></head><body class="${report.verdict}">
<header><h1>${safe(report.cluster ?? 'The cluster')} <em>${(report.symptom === undefined ? words : symptomWords)[report.verdict]}</em></h1>${
  report.symptom === undefined
    ? ''
    : `
<pre>${safe(report.symptom)}</pre>`
}
<p>${report.kubernetes ? `Kubernetes ${safe(report.kubernetes)}, ` : ''}examined ${safe(report.at)}; ${report.causes.length} causes, ${report.refuted.length} illnesses refuted, ${report.unknown.length} undecided</p></header>
<main>${report.causes.map(one => section(one)).join('\n')}
${
  report.badCures
    ? `<h2>Done to this cluster, and bad for it</h2>${report.badCures
        .map(
          ({ cure, why, shows }) =>
            `<p class="bad"><b>${safe(cure)}</b>: ${safe(why)}</p><ul>${shows
              .slice(0, 20)
              .map(show => `<li>${safe(`${show.host}, ${show.source}: ${show.text}`)}</li>`)
              .join('')}</ul>`,
        )
        .join('')}`
    : ''
}
${report.benign.length > 0 ? `<h2>Alarming, but harmless here</h2><dl>${report.benign.map(({ line, because, host }) => `<dt><code>${safe(`${host ? `${host}: ` : ''}${line.trim()}`)}</code></dt><dd>${safe(because)}</dd>`).join('')}</dl>` : ''}
${report.blind.length + report.unknown.length > 0 ? `<h2>Not seen</h2><ul>${report.blind.map(({ host, what, why }) => `<li>${safe(`${host}: ${what} (${why})`)}</li>`).join('')}${report.unknown.map(one => `<li><b>${safe(one.title)}</b>: ${safe(one.missing.map(({ host, what, why }) => `${host} ${what} (${why})`).join('; '))}</li>`).join('')}</ul>` : ''}
${connections(report)}<details><summary>Tested and refuted (${report.refuted.length})</summary><ul>${report.refuted.map(one => `<li>${safe(one.title)} <small>${safe(one.case)}</small>${one.says ? `: ${safe(one.says)}` : ''}</li>`).join('')}</ul></details>
<details><summary>Not about this cluster (${report.notApplicable.length})</summary><ul>${report.notApplicable.map(one => `<li>${safe(one.case)}: ${safe(one.because)}</li>`).join('')}</ul></details>
</main></body></html>
`;

const connections = ({ connections: seen }: Report): string =>
  seen === undefined
    ? ''
    : `<details${seen.broken > 0 ? ' open' : ''}><summary>Connections, proven from both ends: ${seen.sound} sound, ${seen.broken} broken, ${seen.unseen} not seen whole</summary><ul>${seen.examples.map(({ from, to, why }) => `<li>${safe(`${from} → ${to}: ${why.join('; ')}`)}</li>`).join('')}</ul></details>
`;

const words = { healthy: 'is healthy', ill: 'is ill', unseen: 'could not be seen well enough' } as const;
const symptomWords = {
  healthy: 'has none of the illnesses that this text can mean',
  ill: 'is ill, and this text says so',
  unseen: 'could not be seen well enough to say what this text means',
} as const;

const section = (
  one: Diagnosis,
): string => `<section><h2>${safe(one.title)} <small>${safe(`${one.case}/${one.variant}`)}</small></h2>
${one.findings
  .slice(0, 20)
  .map(
    finding =>
      `<p>${safe(finding.says)}</p><ul class="evidence">${finding.shows.map(show => `<li><b>${safe(show.host)}</b> ${safe(show.source)} <time>${safe(show.at)}</time><pre>${safe(show.text)}</pre></li>`).join('')}</ul>`,
  )
  .join('')}
${one.findings.length > 20 ? `<p>and the same in ${one.findings.length - 20} more places</p>` : ''}
${one.therapies.map(therapy).join('')}${one.badCures.map(({ cure, why }) => `<p class="bad"><b>Do not</b> ${safe(cure)}: ${safe(why)}</p>`).join('')}
${lessons(one)}${one.consequences.length > 0 ? `<details open><summary>What follows from it</summary>${one.consequences.map(section).join('')}</details>` : ''}</section>`;

const therapy = (one: TherapyReport): string =>
  'refused' in one
    ? `<p class="cure"><b>Therapy, only by hand:</b> ${safe(one.refused)}</p><ul>${one.advice.map(line => `<li>${safe(line)}</li>`).join('')}</ul>`
    : `<p class="cure"><b>Therapy:</b> ${safe(one.title)} <small>risk: ${one.risk}${one.backup ? ', needs a fresh backup' : ''}</small></p>`;

const lessons = (one: Diagnosis): string => {
  const all = one.findings[0]?.lessons ?? [];
  return all.length === 0
    ? ''
    : `<details><summary>See it yourself</summary>${all.map(({ command, host, answer, healthy }) => `<pre><b>${safe(`${host}# ${command}`)}</b>\n${safe(answer)}</pre><p>healthy: <code>${safe(healthy)}</code></p>`).join('')}</details>`;
};

const style = `:root{color-scheme:light dark;font:15px/1.5 system-ui,sans-serif}body{margin:0 auto;max-width:60rem;padding:1rem}
header{border-left:.5rem solid gray;padding-left:1rem}.ill header{border-color:#c33}.healthy header{border-color:#393}.unseen header{border-color:#c90}
h1 em{font-style:normal;font-weight:400}section{border:1px solid #8884;border-radius:.5rem;margin:1rem 0;padding:.2rem 1rem}small,time{opacity:.6;font-weight:400}
pre{background:#8881;border-radius:.3rem;overflow-x:auto;padding:.5rem;white-space:pre-wrap;overflow-wrap:anywhere}.cure{border-left:.3rem solid #393;padding-left:.6rem}.bad{border-left:.3rem solid #c90;padding-left:.6rem}`;

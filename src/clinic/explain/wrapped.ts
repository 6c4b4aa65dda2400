/** What a mail or a terminal has wrapped: lines of one width, of which only the first begins as a record does. */
import { pattern } from '../../model/pattern.js';

const narrowest = 60;
const widest = 140;
/** Behind a line so full the next word had no room. */
const full = 0.75;

/** What begins something of its own: a record, a label, a prompt, a row, a frame of a trace. */
const begins = pattern(
  /^\s*(?:[EWIF]\d{4} |\d{4}[-/]\d\d|[A-Z][a-z]{2} +\d{1,2} \d\d:|(?:level|time|ts|msg)=|at )/,
  /|^\s*[-+$#>*|:@{}[\]"'\u2502]/,
  /|^\s*(?:Normal|Warning) +[A-Z]|^\s*[A-Z][A-Za-z ]{1,40}: |^\s*\w+ \d+ +\w|^\s*(?:error|sudo|kubectl|kubeadm|helm)\b/,
  /|^\s*(?:kube\w*|etcd|containerd|coredns|calico|cilium|flannel)[\w-]{0,40}: |^\s*[\w.-]{1,60}: {2,}/,
  /|^\s*[\w./-]{1,80}\[\d+\]: |^\s*\w[\w. -]{0,40} \| |^\s*$/,
);
/** Behind a line that was cut at the very last column, anything else may stand. */
const beginsSurely = pattern(
  /^(?:[EWIF]\d{4} |\d{4}[-/]\d\d|[A-Z][a-z]{2} +\d{1,2} \d\d:|(?:level|time|ts)=|\{"|[[|\u2502]|[-+:][A-Z]+ )|^\s*$/,
);
const columns = /\S {2,}\S.* {2,}\S/;
/** A record of a log, or what a tool says of itself, and not prose or a listing. */
const record = pattern(
  /^\s*(?:\S.{0,120}\s)?[EWIF]\d{4} \d\d:|\b(?:level|time)=|^[A-Z][a-z]{2} +\d{1,2} \d\d:\d\d|\{"/,
  /|^\s*(?:Normal|Warning) +[A-Z]|^(?:.{0,60} )?kernel: |\d{4}-\d\d-\d\d[T ]\d\d:\d\d/,
  /|^\s*(?:\w+ ){0,4}(?:[Ee]rror|ERROR|FATAL|[Ff]ail\w*|[Uu]nable|[Cc]annot)\b/,
);

/** How wide windows and pages are. */
const usual: readonly number[] = [72, 76, 80, 100, 120, 132];

export const wrapped = (lines: readonly string[]): readonly string[] => {
  const width = lines.reduce((most, one) => Math.max(most, one.trimEnd().length), 0);
  if (lines.length < 2 || width < narrowest || width > widest) return lines;
  const exact = usual.includes(width) || lines.filter(one => one.length === width).length > 1;
  const goesOn = lines.map((line, at) => at > 0 && continues(line, lines[at - 1] ?? '', width, exact));
  // Cut at the very column, and not where a word ends.
  const between = exact && lines.every((one, at) => !goesOn[at + 1] || one.length === width) ? '' : ' ';
  const told: string[] = [];
  let inside = false;
  for (const [at, line] of lines.entries()) {
    if (inside && goesOn[at]) told.push(`${(told.pop() ?? '').trimEnd()}${between}${line.trimStart()}`);
    else {
      told.push(line);
      inside = record.test(line);
    }
  }
  return told;
};

const continues = (line: string, before: string, width: number, exact: boolean): boolean =>
  // Rows that begin alike stand each for itself.
  line.slice(0, 12) !== before.slice(0, 12) &&
  !columns.test(line) &&
  (exact && before.length === width
    ? !beginsSurely.test(line)
    : before.trimEnd().length >= full * width && !begins.test(line));

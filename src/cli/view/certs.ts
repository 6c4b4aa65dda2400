/** Certificates as a table: what ends first is on top; the same on several hosts is one line. */
import { createColors } from 'picocolors';
import { renewers } from '../../blueprint/access/renewed-by.js';
import type { CertificateList, ListedCertificate } from '../../clinic/read/certificates-listed.js';
import { hostsInWords } from '../../plan/hosts-in-words.js';
import { marked } from '../../shell/terminal.js';
import { table } from './table.js';
import { inColumns } from './words.js';

const renewerNames = { timer: 'timer', kubelet: 'kubelet', kw: 'kw up' } as const;

/** Days before the end at which it is time. */
const soon = 30;

/** @param columns Of the terminal; none for a pipe. */
export const certsText = ({ certificates, missing }: CertificateList, colors: boolean, columns?: number): string => {
  const color = createColors(colors);
  const rows = [...lines(certificates).values()].map(group => {
    const [one] = group;
    if (!one) return [];
    const paint = one.days < 0 ? color.red : one.days < soon ? color.yellow : (text: string): string => text;
    return [
      paint(one.days < 0 ? `ended ${one.endsAt.slice(0, 10)}` : `${one.days} d`),
      ...[hostsInWords(group.map(each => each.host)), one.path, one.subject, one.signer, one.readBy.join(', ')].map(
        cell => marked(cell),
      ),
      one.renewedBy ? renewerNames[one.renewedBy] : '',
      one.loaded === 'older' ? color.red('no, an older one') : one.loaded === 'current' ? 'yes' : '',
    ];
  });
  return [
    certificates.length === 0
      ? 'no certificate in use was seen\n'
      : table(['ends in', 'hosts', 'file', 'subject', 'signed by', 'read by', 'renewed by', 'loaded'], rows, columns),
    ...legend(certificates).map(line => inColumns(line, columns)),
    ...nextAct(certificates),
    ...(missing.length === 0 ? [] : [`\n${color.bold('Not seen')}\n`]),
    ...missing.map(one => `  ${marked(`${one.host}: ${one.what}: ${one.why}`)}\n`),
  ].join('');
};

/** Of a cluster of ours; the CAs are nobody's to renew. */
const nextAct = (all: readonly ListedCertificate[]): readonly string[] => {
  const ended = all.filter(one => one.days < 0 && one.renewedBy !== undefined).length;
  return ended === 0
    ? []
    : [`\n${ended} ended, and whoever they were for is refused. What brings them back: kw revive\n`];
};

/** Who is meant by the column, of those that are in it. */
const legend = (all: readonly ListedCertificate[]): readonly string[] => {
  const named = [...new Set(all.flatMap(one => one.renewedBy ?? []))];
  return named.length === 0 ? [] : ['\n', ...named.map(by => `renewed by ${renewerNames[by]}: ${renewers[by]}\n`)];
};

const lines = (all: readonly ListedCertificate[]): ReadonlyMap<string, readonly ListedCertificate[]> => {
  const groups = new Map<string, ListedCertificate[]>();
  for (const one of all) {
    const key = [one.path, one.fingerprint, one.readBy.join(), one.loaded ?? ''].join('\0');
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  return groups;
};

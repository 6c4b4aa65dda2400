/** Takes PEM text apart the way Go does (encoding/pem), and says what Go keeps silent about. */
import type { Diagnostic } from '../model/diagnostic.js';

export interface PemBlock {
  readonly label: string;
  /** 1-based line of its BEGIN. */
  readonly line: number;
  /** Empty where it is not a certificate: keys are not decoded, and facts leave them on their hosts. */
  readonly der: Buffer;
}

export interface PemRead {
  readonly blocks: readonly PemBlock[];
  readonly problems: readonly Diagnostic[];
}

interface Open {
  readonly label: string;
  readonly line: number;
  readonly body: { readonly text: string; readonly line: number }[];
}

/** Never throws; bytes that are no PEM become problems with lines. */
export const readPem = (text: string, file: string): PemRead => {
  const blocks: PemBlock[] = [];
  const problems: Diagnostic[] = [];
  let open: Open | undefined;
  const say = (
    code: string,
    line: number,
    says: string,
    severity: 'error' | 'warning' = 'error',
    help?: string,
  ): void => {
    problems.push({ code, severity, says, at: { file, line, column: 1 }, ...(help && { help }) });
  };
  const unclosed = (left: Open): void =>
    say('unclosed-pem', left.line, `BEGIN ${left.label} has no END ${left.label}: the block is cut off`);
  let junk = 0;
  text.split(/\r\n|\n/).forEach((raw, index) => {
    const line = index + 1;
    const [, edge, label = ''] = /^-----(BEGIN|END) ([^\n]*?)-----\s*$/.exec(raw) ?? [];
    if (edge === 'BEGIN') {
      if (open) unclosed(open);
      open = { label, line, body: [] };
      junk = 0;
    } else if (edge === 'END' && open) {
      if (label !== open.label) say('unclosed-pem', line, `END ${label} closes BEGIN ${open.label}`);
      else decode(open, blocks, say);
      open = undefined;
    } else if (open) open.body.push({ text: raw.trim(), line });
    else if (raw.trim() !== '' && junk === 0) junk = line;
  });
  if (open) unclosed(open);
  else if (junk > 0 && blocks.length > 0)
    say(
      'trailing-junk',
      junk,
      'text after the last PEM block',
      'warning',
      'remove it: some readers stop there, others ignore it',
    );
  if (blocks.length === 0 && problems.length === 0) problems.push(noPem(text, file));
  return { blocks, problems };
};

const decode = (open: Open, blocks: PemBlock[], say: (code: string, line: number, says: string) => void): void => {
  if (open.label !== 'CERTIFICATE')
    return void blocks.push({ label: open.label, line: open.line, der: Buffer.alloc(0) });
  const broken = open.body.find(({ text }) => !/^[A-Za-z0-9+/]*={0,2}$/.test(text));
  const joined = open.body.map(({ text }) => text).join('');
  if (broken) say('broken-base64', broken.line, `${open.label}: this line is not base64`);
  else if (joined === '') say('broken-base64', open.line, `${open.label}: the block is empty`);
  else if (joined.length % 4 !== 0 || /=[^=]/.test(joined))
    say(
      'broken-base64',
      open.line,
      `${open.label}: ${joined.length} base64 characters do not end on a byte: some are missing`,
    );
  else blocks.push({ label: open.label, line: open.line, der: Buffer.from(joined, 'base64') });
};

const noPem = (text: string, file: string): Diagnostic => {
  const marker = text.search(/-----BEGIN [A-Z]/);
  const [says, help] =
    text.trim() === ''
      ? ['the file is empty', 'write the certificate again']
      : marker >= 0
        ? [
            'the BEGIN line does not stand alone at the start of its line, so readers find no PEM data',
            'remove the indentation, and whatever stands before or after it in that line',
          ]
        : /^\s*LS0tLS1CRUdJTi/.test(text)
          ? ['no PEM data: it is PEM encoded in base64 once more', 'decode it once: base64 -d']
          : text.startsWith('0\u0082') || text.startsWith('0\ufffd')
            ? ['no PEM data: it looks like DER', 'convert it: openssl x509 -inform der']
            : ['no PEM data', 'a certificate begins with the line -----BEGIN CERTIFICATE-----'];
  const line = marker > 0 ? text.slice(0, marker).split('\n').length : 1;
  return { code: 'no-pem', severity: 'error', says, help, at: { file, line, column: 1 } };
};

import { isatty } from 'node:tty';
import { cases } from '../../cases/index.js';
import { explainText } from '../../clinic/explain.js';
import { mistaken } from '../complaint.js';
import { candidatesText } from '../view/clinic/candidates.js';

const mostBytes = 1024 * 1024;

/** `kw explain`: what a text can mean, without a cluster. */
export async function run({ text, json }: { readonly text: readonly string[]; readonly json?: boolean }): Promise<number> {
  const given = text.length > 0 ? text.join(' ') : isatty(0) ? '' : await piped();
  if (given.trim() === '') throw mistaken('no-text', 'there is no text to explain', "kw explain 'x509: certificate signed by unknown authority', or: journalctl -u kubelet | kw explain");
  const found = explainText(given, cases);
  process.stdout.write(json ? `${JSON.stringify(found, null, 2)}\n` : candidatesText(found, isatty(1) && !process.env.NO_COLOR));
  return found.length > 0 ? 0 : 3;
}

/** The last megabyte: what is said at the end is nearest to the illness. */
async function piped(): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of process.stdin as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    size += chunk.length;
    while (size - (chunks[0]?.length ?? 0) > mostBytes) size -= chunks.shift()?.length ?? 0;
  }
  return Buffer.concat(chunks).toString();
}

import { isatty } from 'node:tty';
import { cases } from '../../clinic/cases/index.js';
import { answer } from '../../clinic/explain/answer.js';
import { tellAnswer } from '../clinic/answer.js';
import { see, type Sight } from '../clinic/see.js';
import { mistaken } from '../complaint.js';

const mostBytes = 1024 * 1024;

export interface ExplainOptions extends Partial<Sight> {
  readonly text: readonly string[];
  readonly json?: boolean;
}

/** `kw explain`: what a text can mean; where a cluster is named, which of it is true. */
export async function run({ text, json, ...sight }: ExplainOptions): Promise<number> {
  const given = text.length > 0 ? text.join(' ') : isatty(0) ? '' : await piped();
  if (given.trim() === '')
    throw mistaken(
      'no-text',
      'there is no text to explain',
      "kw explain 'x509: certificate signed by unknown authority', or: journalctl -u kubelet | kw explain",
    );
  const atHand = [sight.file, sight.bundle, sight.kubeconfig, sight.hosts].some(one => one !== undefined);
  const chart = atHand ? await see({ ...sight, file: sight.file ?? 'cluster.yaml' }) : undefined;
  return tellAnswer(answer(given, cases, chart), { json });
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

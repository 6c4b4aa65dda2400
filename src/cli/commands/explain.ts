import { isatty } from 'node:tty';
import { explain } from '../../workflow/doctor.js';
import { mistaken } from '../../workflow/mistaken.js';
import type { AccessOptions } from '../access-options.js';
import { tellAnswer } from '../answer.js';
import { telling } from '../ports.js';
import { type SourceOptions, sourceOf } from '../source.js';

const mostBytes = 32 * 1024 * 1024;

export interface ExplainOptions extends Partial<SourceOptions>, AccessOptions {
  readonly text: readonly string[];
  readonly json?: boolean;
}

/** `kw explain`: what a text can mean; where a cluster is named, which of it is true. */
export async function run({ text, json, ...named }: ExplainOptions): Promise<number> {
  const [only] = text;
  const pipe = text.length === 0 ? !isatty(0) : text.length === 1 && only === '-';
  const given = pipe ? await piped() : text.join(' ');
  if (given.trim() === '')
    throw mistaken(
      'no-text',
      'there is no text to explain',
      "kw explain 'x509: certificate signed by unknown authority', or: journalctl -u kubelet | kw explain",
    );
  const isNamed = [named.file, named.bundle, named.kubeconfig, named.hosts].some(one => one !== undefined);
  const source = isNamed ? sourceOf({ ...named, file: named.file ?? 'cluster.yaml' }) : undefined;
  const { answer } = await telling({ access: named }, ports => explain(given, source, ports));
  return tellAnswer(answer, { json });
}

/** All of it: what is read of a long text, the answer says. */
async function piped(): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of process.stdin as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > mostBytes)
      throw mistaken(
        'text-too-long',
        `the text is longer than ${mostBytes / 1024 / 1024} MiB`,
        'give its end, or the minute of the failure: journalctl -u kubelet --since -10min | kw explain',
      );
  }
  return Buffer.concat(chunks).toString();
}

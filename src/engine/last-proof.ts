/**
 * What the journal remembers of proofs: a run that was killed in its proof has done all its steps, and proven nothing.
 */
import { open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Stage, stages } from '../model/resource.js';
import { eventIn } from './journal.js';

/**
 * How far the last run that built anything was proven; undefined: this control machine remembers none, and `host` is
 * nothing at all.
 */
export async function provenUpTo(directory: string): Promise<Stage | undefined> {
  const folder = join(directory, 'journal');
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  for (const name of names
    .filter(each => each.endsWith('.jsonl'))
    .sort()
    .reverse()) {
    const { head, tail } = await ends(join(folder, name));
    // A therapy is proven by asking its cases again.
    if (/"command":"kw (up|verify|reset)"/.test(head)) return lastProof(tail);
  }
  return undefined;
}

export const covers = (proven: Stage, wanted: Stage): boolean => stages.indexOf(proven) >= stages.indexOf(wanted);

/** A journal of thousands of hosts is long, and a run with nothing to do is short: its two ends say enough. */
const most = 64 * 1024;

async function ends(file: string): Promise<{ readonly head: string; readonly tail: string }> {
  const handle = await open(file, 'r');
  try {
    const { size } = await handle.stat();
    const read = async (from: number, length: number): Promise<string> => {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, from);
      return buffer.toString('utf8', 0, bytesRead);
    };
    return { head: await read(0, 4096), tail: await read(Math.max(0, size - most), most) };
  } finally {
    await handle.close();
  }
}

function lastProof(tail: string): Stage {
  const line = tail
    .split('\n')
    .findLast(each => each.startsWith('{') && each.endsWith('}') && each.includes('"type":"proof-ended"'));
  // What is damaged has proven nothing.
  const event = line === undefined ? undefined : eventIn(line);
  if (event?.type !== 'proof-ended' || event.ok !== true) return 'host';
  const until = event.until ?? 'addons';
  return stages.includes(until) ? until : 'host';
}

/** Reads a script's stream: records are lines that begin with the nonce; everything else is noise of the host. */
import { WorldFailed } from '../../model/event.js';

export interface Record {
  readonly words: readonly string[];
  /** What followed in base64. */
  readonly payload?: string;
}

/** Bytes. A script of ours prints nothing but records: what comes beside them is little, or the host is ill. */
export interface Room {
  readonly line: number;
  /** Of the payloads between two answers. */
  readonly payload: number;
  readonly noise: number;
}

const MiB = 1024 * 1024;
const usual: Room = { line: 64 * 1024, payload: 64 * MiB, noise: MiB };

const withPayload = new Set(['differs', 'failed', 'expired', 'proof']);

/** Throws WorldFailed (refused) where more comes than a script prints. */
export async function* records(
  output: AsyncIterable<string>,
  nonce: string,
  room: Room = usual,
): AsyncGenerator<Record> {
  let open: { words: readonly string[]; lines: string[] } | undefined;
  let noise = 0;
  let held = 0;
  for await (const line of lines(output, room.line)) {
    if (open) {
      if (line !== '.') {
        held += line.length;
        if (held > room.payload) throw tooMuch(`an answer of more than ${room.payload} bytes`);
        open.lines.push(line);
        continue;
      }
      yield { words: open.words, payload: Buffer.from(open.lines.join(''), 'base64').toString() };
      open = undefined;
    } else if (line.startsWith(`${nonce} `)) {
      const words = line.slice(nonce.length + 1).split(' ');
      if (words[0] === 'answer') held = 0;
      if (withPayload.has(words[0] ?? '')) open = { words, lines: [] };
      else yield { words };
    } else {
      noise += line.length + 1;
      if (noise > room.noise) throw tooMuch(`more than ${room.noise} bytes that are no word of the script`);
    }
  }
}

async function* lines(output: AsyncIterable<string>, most: number): AsyncGenerator<string> {
  let rest: string[] = [];
  let length = 0;
  for await (const chunk of output) {
    const parts = chunk.split('\n');
    const last = parts.pop() ?? '';
    if (parts.length === 0) {
      rest.push(last);
      length += last.length;
    } else {
      yield rest.join('') + parts[0];
      yield* parts.slice(1);
      rest = [last];
      length = last.length;
    }
    if (length > most) throw tooMuch(`a line of more than ${most} bytes`);
    // Byte by byte, each piece would cost many times what it holds.
    if (rest.length > 1024) rest = [rest.join('')];
  }
}

const tooMuch = (what: string): WorldFailed =>
  new WorldFailed({
    class: 'refused',
    message: `the host printed ${what}`,
    help: 'nothing more is done on it in this run; look at what it runs, it may be broken or in foreign hands',
  });

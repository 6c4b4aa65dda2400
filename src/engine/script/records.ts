/** Reads a script's stream: records are lines that begin with the nonce; everything else is noise of the host. */

export interface Record {
  readonly words: readonly string[];
  /** What followed in base64. */
  readonly payload?: string;
}

const withPayload = new Set(['differs', 'failed', 'expired', 'proof']);

export async function* records(output: AsyncIterable<string>, nonce: string): AsyncGenerator<Record> {
  let open: { words: readonly string[]; lines: string[] } | undefined;
  for await (const line of lines(output)) {
    if (open) {
      if (line !== '.') {
        open.lines.push(line);
        continue;
      }
      yield { words: open.words, payload: Buffer.from(open.lines.join(''), 'base64').toString() };
      open = undefined;
    } else if (line.startsWith(`${nonce} `)) {
      const words = line.slice(nonce.length + 1).split(' ');
      if (withPayload.has(words[0] ?? '')) open = { words, lines: [] };
      else yield { words };
    }
  }
}

async function* lines(output: AsyncIterable<string>): AsyncGenerator<string> {
  let rest: string[] = [];
  for await (const chunk of output) {
    const parts = chunk.split('\n');
    const last = parts.pop() ?? '';
    if (parts.length === 0) {
      rest.push(last);
      continue;
    }
    yield rest.join('') + parts[0];
    yield* parts.slice(1);
    rest = [last];
  }
}

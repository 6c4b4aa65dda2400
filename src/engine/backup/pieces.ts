/**
 * Files through ssh, in pieces: a snapshot is small beside what a host fetches, and holds all secrets, so no web server
 * gives it out.
 */
import { WorldFailed } from '../../model/event.js';
import { sh } from '../../shell/sh.js';
import type { RunOnHost } from '../heal/backup.js';

const piece = 8 * 2 ** 20;

/**
 * The file's bytes, for who compares their digest: `most` of them at the most, since a host may send without end and
 * the digest is only known after the last. Throws WorldFailed (exit) where it cannot be read, or is longer.
 */
export async function* readPieces(host: string, path: string, run: RunOnHost, most: number): AsyncGenerator<Buffer> {
  let left = most;
  for (let at = 0; ; at += 1) {
    const { code, stdout, stderr } = await run(
      host,
      sh`dd if=${path} bs=${String(piece)} skip=${String(at)} count=1 2>/dev/null | base64`,
      120_000,
    );
    if (code !== 0)
      throw new WorldFailed({ class: 'exit', host, message: `${path} could not be read: ${stderr.trim()}` });
    const bytes = Buffer.from(stdout, 'base64');
    left -= bytes.length;
    if (left < 0 || bytes.length > piece)
      throw new WorldFailed({
        class: 'exit',
        host,
        message: `${path} is not taken: more came than the ${Math.floor(most)} bytes that it may have`,
      });
    if (bytes.length > 0) yield bytes;
    if (bytes.length < piece) break;
  }
}

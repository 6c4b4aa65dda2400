/**
 * Files through ssh, in pieces: a snapshot is small beside what a host fetches, and holds all secrets, so no web server
 * gives it out.
 */
import { WorldFailed } from '../../model/event.js';
import { sh } from '../../shell/sh.js';
import type { RunOnHost } from '../heal/backup.js';

const piece = 8 * 2 ** 20;

/** The file's bytes, for who compares their digest. Throws WorldFailed (exit) where it cannot be read. */
export async function* readPieces(host: string, path: string, run: RunOnHost): AsyncGenerator<Buffer> {
  for (let at = 0; ; at += 1) {
    const { code, stdout, stderr } = await run(
      host,
      sh`dd if=${path} bs=${String(piece)} skip=${String(at)} count=1 2>/dev/null | base64`,
      120_000,
    );
    if (code !== 0)
      throw new WorldFailed({ class: 'exit', host, message: `${path} could not be read: ${stderr.trim()}` });
    const bytes = Buffer.from(stdout, 'base64');
    if (bytes.length > 0) yield bytes;
    if (bytes.length < piece) break;
  }
}

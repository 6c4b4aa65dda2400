/**
 * Changes that a host took back by itself, and whether it would, or does so now. Where its unit does not run, a script
 * was cut off before it had changed anything.
 */
import { z } from 'zod';
import { type Fact, Unreadable } from '../model/fact.js';
import type { ChangedBy, TakenBack, WayBackOnHost } from '../model/taken-back.js';
import { armedFolder, armedRunPath, lifeboatUnit, lockPath, takenBackFolder } from '../shell/taken-back.js';
import { sh } from '../shell/sh.js';

const script = sh`for f in ${takenBackFolder}/*; do [ -f "$f" ] || continue; echo "run \${f##*/}"; head -c 2048 "$f"
done
if [ ! -d ${armedFolder} ] || ! systemctl is-active -q ${lifeboatUnit}; then :
elif [ -e ${armedFolder}/taking ]; then echo now taking
elif [ -e ${armedFolder}/waiting ]; then
  echo now waiting
  read -r run 2>/dev/null <${armedRunPath} &&
    { read -r until; read -r by; IFS= read -r who; } 2>/dev/null <${lockPath} &&
    [ "$run" = "$by" ] && printf 'by %.2048s\\n' "$who"
fi
echo end`;

export const takenBack: Fact<WayBackOnHost> = { id: 'taken-back', question: { ask: 'host', script }, parse: read };

const runId = /^[A-Za-z0-9.-]{1,64}$/;
const instant = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;

function read(output: string): WayBackOnHost {
  const lines = output.trimEnd().split('\n');
  if (lines.at(-1) !== 'end') throw new Unreadable('taken-back', output, 'it broke off');
  const notes: Map<string, string>[] = [];
  let now: string | undefined;
  let by: ChangedBy | undefined;
  for (const line of lines.slice(0, -1)) {
    const [word = '', rest = ''] = split(line);
    if (word === 'now') now = rest;
    else if (word === 'by') by = changedBy(rest);
    else if (word === 'run') notes.push(new Map([[word, rest]]));
    else notes.at(-1)?.set(word, rest);
  }
  const past = notes.map(note => noteIn(note) ?? unreadable(output));
  return { ...(now === 'waiting' || now === 'taking' ? { now } : {}), ...(by ? { by } : {}), past };
}

const process = z.object({
  run: z.string().regex(runId),
  owner: z.string(),
  machine: z.string(),
  pid: z.number().int().positive(),
  started: z.string(),
});

/** Undefined: it is no lock of ours, and says nothing. */
const changedBy = (text: string): ChangedBy | undefined => {
  try {
    return process.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
};

const split = (line: string): readonly [string, string] => {
  const at = line.indexOf(' ');
  return at < 0 ? [line, ''] : [line.slice(0, at), line.slice(at + 1)];
};

const unreadable = (output: string): never => {
  throw new Unreadable('taken-back', output, 'a note of what was taken back makes no sense');
};

const noteIn = (note: ReadonlyMap<string, string>): TakenBack | undefined => {
  const [run = '', at = '', changed = '', why = ''] = ['run', 'at', 'changed', 'why'].map(key => note.get(key));
  const seconds = note.get('seconds') ?? '';
  const words = { command: note.get('command') ?? '', owner: note.get('owner') ?? '', units: note.get('units') ?? '' };
  if (!runId.test(run) || !instant.test(at) || !instant.test(changed)) return undefined;
  if ((why !== 'silence' && why !== 'boot') || !/^\d{1,9}$/.test(seconds)) return undefined;
  return { run, at, changed, why, ok: note.get('ok') === '1', seconds: Number(seconds), ...words };
};

/** What on the host is meant, where no server is: a volume, a program, a file. */
import { pattern } from '../../model/pattern.js';
import type { Account } from './account.js';

/** What is mounted, and what is put in front of it. */
const volume = pattern(
  /(?:Volume\S{0,40}|Device|Attach|Multi-Attach error) .{0,30}for volume "?([\w.-]+)/,
  /|mount\.nfs\d?: (?:.{0,80}? )?(\S{1,200}:\/\S*)?|(\d+(?:\.\d+){3}:\/[\w./-]*)/,
);
/** What was called: a shell names it right before, others behind. */
const program = pattern(
  /(?:^|[\s:"'])([\w.+-]+)["']?: (?:command )?not found/i,
  /|exec(?:utable)?:? ["']?([\w.+-]+)["']?:? (?:executable file )?not found/,
  /|\b([\w.@-]+) (?:is|are)(?: not|n't) (?:running|started|active)|Unit (\S+) (?:not found|is masked)/,
  /|\b([\w.+-]+) not found in (?:system|your) path|need a (\/sbin\/mount\.[\w<>]+)|unknown filesystem type '?([\w.]+)/,
);
/** The path right before the words that tell how it went. */
const fileBefore = pattern(
  /((?:\/[\w.@+-]{1,100}){2,16})["'`]?\)?(?: with error)?:? /i,
  /(?:no such file|permission denied|operation not permitted|is a directory|not a directory|read-only|does not exist)/,
);
const file =
  /(?:open|stat|exec|read|loading|load|path):? "?(\/[\w./@-]+)|(\/(?:etc|var|opt|run|usr|proc|sys|dev)\/[\w./@-]+)/;

export const programIn = (line: string): Partial<Account> => ({ whom: 'program', ...firstAt(program.exec(line)) });

export const thingIn = (line: string): Partial<Account> => {
  const held = volume.exec(line);
  if (held) return { whom: 'volume', ...firstAt(held) };
  const { at } = firstAt(fileBefore.exec(line) ?? file.exec(line));
  return at === undefined ? {} : { whom: /^\/(?:proc|dev)\//.test(at) ? 'kernel-file' : 'file', at };
};

const firstAt = (hit: RegExpExecArray | null): Partial<Account> => {
  const at = hit?.slice(1).find(one => one !== undefined);
  return at === undefined ? {} : { at };
};

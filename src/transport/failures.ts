/** The failures of a transport, worded once. */
import { escapeForTerminal } from '../shell/terminal.js';
import { WorldFailed, type FailureClass } from '../model/event.js';

const longest = 4096;

/** `said` is cut to 4 KiB and its control characters are escaped. */
export const failed = (host: string, kind: FailureClass, message: string, help?: string): WorldFailed => {
  const text = escapeForTerminal(message.trim());
  return new WorldFailed({
    class: kind,
    host,
    message: text.length > longest ? `${text.slice(0, longest)} …` : text,
    ...(help === undefined ? {} : { help }),
  });
};

export const interrupted = (host: string): WorldFailed => failed(host, 'exit', 'interrupted');

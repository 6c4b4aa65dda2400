/** Where the program's words go. */
export interface Terminal {
  writeOut(text: string): void;
  writeErr(text: string): void;
  /** Of the terminal that errors go to; undefined: a pipe or a file, where nothing is wrapped. */
  readonly errColumns?: number | undefined;
}

/** A reader that went away (`kw plan | head`) is not a failure. */
export const standardTerminal = (): Terminal => {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EPIPE') process.exit();
      else throw error;
    });
  }
  return {
    writeOut: text => {
      process.stdout.write(text);
    },
    writeErr: text => {
      process.stderr.write(text);
    },
    errColumns: process.stderr.columns,
  };
};

/** Resolves when everything written so far has left the process. */
export const flushed = async (): Promise<void> => {
  await Promise.all(
    [process.stdout, process.stderr].map(
      stream =>
        new Promise(resolve => {
          stream.write('', resolve);
        }),
    ),
  );
};

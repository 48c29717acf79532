#!/usr/bin/env node
/** The program: reads argv, sets the exit code. */
import { exitCodes } from './exit.ts';
import { program } from './program.ts';
import { openTerminal } from './terminal.ts';

const terminal = openTerminal();
const interruption = new AbortController();

process.on('SIGINT', () => {
  // The second one is not a request.
  if (interruption.signal.aborted) process.exit(exitCodes.interrupted);
  interruption.abort();
  terminal.say('interrupted: here is what is known so far (again, to end at once)');
});

process.exitCode = await program(process.argv.slice(2), { terminal, signal: interruption.signal });

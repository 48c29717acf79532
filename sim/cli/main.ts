#!/usr/bin/env node
/** The program: reads argv, sets the exit code. */
import { exitCodes } from './exit.ts';
import { commandOf, explain, program } from './program.ts';
import { openTerminal } from './terminal.ts';

const argv = process.argv.slice(2);
const terminal = openTerminal();
const interruption = new AbortController();

const isService = commandOf(argv)?.isService === true;

const interrupt = () => {
  // The second one is not a request.
  if (interruption.signal.aborted) process.exit(exitCodes.interrupted);
  interruption.abort();
  if (!isService) terminal.say('interrupted: here is what is known so far (again, to end at once)');
};

process.on('SIGINT', interrupt);
if (isService) process.on('SIGTERM', interrupt);

process.on('uncaughtException', (error) => process.exit(explain(error, argv, terminal)));

process.exitCode = await program(argv, { terminal, signal: interruption.signal });
// A module of the user's may have left a timer behind that would keep the process alive.
process.stdout.write('', () => process.exit());

/** The command line `partner-sync`: parses, sends commands, reads content, prints. No rules here. */
import { runCommandLine } from './client/program.ts';

process.exitCode = await runCommandLine(process.argv);
